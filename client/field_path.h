#ifndef SMON_CLIENT_FIELD_PATH_H_
#define SMON_CLIENT_FIELD_PATH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace smon::client {

// A field of a message, or of a message in it: "jobId", "verdict.reason".
//
//   SMON_ASSIGN_OR_RETURN(FieldPath path,
//                         FieldPath::Parse(*v1::Job::descriptor(), "endTime"));
//   path.Text(job)   // "2026-11-22T15:03:11Z"
//
// Thread-safe: does not change.
class FieldPath {
 public:
  // Names are those of JSON or of the proto, in any case; a leading dot is
  // allowed. INVALID_ARGUMENT for an unknown name, with the nearest one.
  static absl::StatusOr<FieldPath> Parse(
      const google::protobuf::Descriptor& type, absl::string_view text);

  // The value in `message`, of the type that it was parsed for. Empty for an
  // absent field, all that is in an absent message, and an unspecified enum
  // value. Times are RFC 3339 in UTC, a message or a list is JSON. Text is as
  // it came: not yet fit for a terminal.
  std::string Text(const google::protobuf::Message& message) const;

 private:
  // Outermost first; at least one.
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_FIELD_PATH_H_
