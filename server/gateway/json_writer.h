#ifndef SMON_SERVER_GATEWAY_JSON_WRITER_H_
#define SMON_SERVER_GATEWAY_JSON_WRITER_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"

namespace smon {

// A message as JSON, byte for byte as Go's protojson writes it with
// EmitUnpopulated, which is grpc-gateway v2's default marshaler (protobuf-go,
// encoding/protojson/encode.go and well_known_types.go), but for the space that
// protojson puts after commas in some builds at random: never one here.
//
//   {"jobId":"123_4","rawJobId":"127","state":"FAILED","endTime":null,...}
//
// Fields in the order of their declaration; those without presence always,
// singular messages as null when unset, members of a oneof and proto3 optional
// fields only when set.
//
// INVALID_ARGUMENT where protojson fails too: a Timestamp, Duration, FieldMask
// or Value out of its range. An Any of a type that is not linked in, where
// protojson also fails, is written as {"@type":...,"value":"<base64>"}.
absl::StatusOr<std::string> MessageToJson(
    const google::protobuf::Message& message);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_WRITER_H_
