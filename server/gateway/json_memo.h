#ifndef SMON_SERVER_GATEWAY_JSON_MEMO_H_
#define SMON_SERVER_GATEWAY_JSON_MEMO_H_

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"

namespace smon {

// A message as JSON.
struct JsonAnswer {
  std::string body;
  std::string etag;  // EtagOf(body)
};

// The JSON of the large messages that were answered lately. It depends on
// nothing but the message's type and bytes, so it is made once for all who get
// the same. Thread-safe.
class JsonMemo {
 public:
  // Smaller messages are made into JSON as fast as they are looked for.
  static constexpr size_t kLeastBytes = 4096;

  // So many bytes of messages and JSON are kept, and nothing that alone has
  // more than an eighth of them.
  explicit JsonMemo(size_t most_bytes = size_t{8} << 20)
      : most_bytes_(most_bytes) {}

  // What was put for a message of this type with these bytes, or null.
  std::shared_ptr<const JsonAnswer> Find(
      const google::protobuf::Descriptor* type, absl::string_view bytes);
  void Put(const google::protobuf::Descriptor* type, absl::string_view bytes,
           const std::string& body);

 private:
  using Key = std::pair<const google::protobuf::Descriptor*, std::string>;

  const size_t most_bytes_;
  Mutex mu_;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<Key, std::shared_ptr<const JsonAnswer>> answers_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_MEMO_H_
