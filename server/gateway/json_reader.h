#ifndef SMON_SERVER_GATEWAY_JSON_READER_H_
#define SMON_SERVER_GATEWAY_JSON_READER_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace smon {

// Reads a request's JSON into `message` as grpc-gateway v2 does: encoding/json
// finds the first value (what follows is not looked at), protojson reads it,
// and their errors are INVALID_ARGUMENT, word for word. Fields that the message
// does not have are ignored. Nothing but white space stands for an empty
// message.
//
// Three things differ. An enum value of an unknown name is an error, though
// protojson ignores it: a misspelt state in ResubmitJobs would widen its
// filter. Messages may nest 100 deep, not 10,000. And google.protobuf.Any is
// refused: no request has one.
absl::Status JsonToMessage(absl::string_view json,
                           google::protobuf::Message* message);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_READER_H_
