#ifndef SMON_CLIENT_MESSAGE_TEXT_H_
#define SMON_CLIENT_MESSAGE_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/output_format.h"
#include "google/protobuf/message.h"

namespace smon::client {

// One message as a whole document: indented JSON, or YAML when `format` is
// kYaml. Ends in a newline. Errors as of ToJson.
absl::StatusOr<std::string> MessageText(
    const google::protobuf::Message& message, OutputFormat format);

}  // namespace smon::client

#endif  // SMON_CLIENT_MESSAGE_TEXT_H_
