#ifndef SMON_SERVER_GATEWAY_PATH_TEMPLATE_H_
#define SMON_SERVER_GATEWAY_PATH_TEMPLATE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

// A path template of google/api/http.proto:
//
//   "/v1/jobs/{job_id}:resubmit"   "/v1/{name=shelves/*/books/*}"   "/f/{p=**}"
//
// It matches as grpc-gateway v2 does (runtime/pattern.go and ServeHTTP in
// runtime/mux.go): the path has been percent-decoded as a whole; "*" takes one
// segment, also an empty one; "**" takes all that is left but for what the
// template has after it; a verb is looked for at the end of the path only where
// the template has one, so that elsewhere a colon is part of the value.
//
// Immutable, so thread-safe.
class PathTemplate {
 public:
  // Field path ("job_id" or "job.name") -> value.
  using Bindings = std::vector<std::pair<std::string, std::string>>;

  enum class Result {
    kNoMatch,
    kMatch,
    // The path ends in "/:verb". grpc-gateway looks no further then.
    kNothingBeforeVerb,
  };

  static absl::StatusOr<PathTemplate> Parse(absl::string_view text);

  // `segments` is the decoded path after its first '/', split at '/'; at least
  // one. Sets `bindings` on a match only.
  Result Match(const std::vector<std::string>& segments,
               Bindings* bindings) const;

  const std::string& verb() const { return verb_; }
  std::vector<std::string> field_paths() const;

 private:
  enum class Kind { kLiteral, kAny, kRest };
  struct Segment {
    Kind kind;
    std::string literal;
  };
  struct Variable {
    std::string field_path;
    size_t begin = 0;  // of segments_
    size_t end = 0;
  };

  absl::Status AddSegment(absl::string_view text);
  absl::Status AddVariable(absl::string_view inside);

  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
  bool has_rest_ = false;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_PATH_TEMPLATE_H_
