#ifndef SMON_CLIENT_YAML_H_
#define SMON_CLIENT_YAML_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace smon::client {

// Appends `message` as an item of a YAML list ("- jobId: …"), with the names
// and values of its JSON (client/json.h): what reads the one reads the other.
// Strings are always quoted, so that no name is taken for a number, a date or
// "no". Errors as of ToJson.
absl::Status AppendYamlItem(const google::protobuf::Message& message,
                            std::string* out);

// Appends the same as a document of its own ("jobId: …").
absl::Status AppendYaml(const google::protobuf::Message& message,
                        std::string* out);

}  // namespace smon::client

#endif  // SMON_CLIENT_YAML_H_
