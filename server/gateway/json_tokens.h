#ifndef SMON_SERVER_GATEWAY_JSON_TOKENS_H_
#define SMON_SERVER_GATEWAY_JSON_TOKENS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

struct JsonToken {
  enum class Kind {
    kEnd,
    kNull,
    kBool,
    kNumber,
    kString,
    kName,  // of an object's member; the ':' goes with it
    kObjectOpen,
    kObjectClose,
    kArrayOpen,
    kArrayClose,
  };

  Kind kind = Kind::kEnd;
  size_t position = 0;    // of its first byte
  absl::string_view raw;  // as it was written
  std::string text;       // of kString and kName: what it stands for
  bool value = false;     // of kBool
};

// A JSON value as tokens. Its strings must be UTF-8, and \u escapes of
// surrogates come in pairs: INVALID_ARGUMENT, in protojson's words, for others.
class JsonTokens {
 public:
  // What FirstJsonValue has returned; it must outlive this object.
  explicit JsonTokens(absl::string_view json) : json_(json) {}

  absl::StatusOr<JsonToken> Next();
  // What Next will return. `kEnd` also where that is an error.
  JsonToken::Kind PeekKind();

  // "(line 1:8)", for messages.
  std::string Place(size_t position) const;

 private:
  absl::StatusOr<JsonToken> Read();
  absl::StatusOr<JsonToken> ReadString();
  void SkipSpaceAndCommas();

  const absl::string_view json_;
  size_t at_ = 0;
  std::string open_;  // a '{' or '[' for each level
  bool name_next_ = false;
  std::optional<absl::StatusOr<JsonToken>> peeked_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_TOKENS_H_
