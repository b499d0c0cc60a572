#include "client/message_text.h"

#include "client/json.h"
#include "client/yaml.h"
#include "common/status_macros.h"

namespace smon::client {

absl::StatusOr<std::string> MessageText(
    const google::protobuf::Message& message, OutputFormat format) {
  if (format != OutputFormat::kYaml) {
    return ToJson(message, JsonStyle::kIndented);
  }
  std::string text;
  SMON_RETURN_IF_ERROR(AppendYaml(message, &text));
  return text;
}

}  // namespace smon::client
