#ifndef SMON_SERVER_GATEWAY_JSON_READER_H_
#define SMON_SERVER_GATEWAY_JSON_READER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace smon {

// Reads a request's JSON into `message`. Fields that the message does not have
// are ignored, as grpc-gateway v2 does by default; all else that does not fit
// is INVALID_ARGUMENT, and so is nesting deeper than 100. Nothing but white
// space stands for an empty message.
//
// An enum value of an unknown name is an error, though the newest protojson
// ignores it: a misspelt state in ResubmitJobs would widen its filter.
absl::Status JsonToMessage(absl::string_view json,
                           google::protobuf::Message* message);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_READER_H_
