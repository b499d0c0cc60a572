#ifndef SMON_SERVER_GATEWAY_JSON_WELL_KNOWN_H_
#define SMON_SERVER_GATEWAY_JSON_WELL_KNOWN_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/gateway/json_tokens.h"

namespace smon {

// The leaves of JSON that protojson reads into a message; json_reader.cc has
// the branches.

// Sets a field that is not a message, or adds to it when it is repeated. False
// when the token is no value of its type.
bool SetScalar(const JsonToken& token,
               const google::protobuf::FieldDescriptor* field,
               google::protobuf::Message* message);

// Sets a Timestamp, Duration or FieldMask. INVALID_ARGUMENT with protojson's
// words, but for the place.
absl::Status SetWellKnown(const JsonToken& token,
                          google::protobuf::Message* message);

// Sets the key of a map's entry from a member's name. False when it is none.
bool SetMapKey(const std::string& name,
               const google::protobuf::FieldDescriptor* key,
               google::protobuf::Message* entry);
// Equal for equal keys only.
std::string MapKeyText(const google::protobuf::Message& entry,
                       const google::protobuf::FieldDescriptor* key);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_WELL_KNOWN_H_
