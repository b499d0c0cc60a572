#ifndef SMON_SERVER_GATEWAY_JSON_TEXT_H_
#define SMON_SERVER_GATEWAY_JSON_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// JSON's strings and numbers as Go writes them (protobuf-go,
// internal/encoding/json/encode.go).

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8
// come out as the text \xhh.
void AppendJsonString(absl::string_view text, std::string* out);

// JSON as Go's encoding/json re-encodes it: '<', '>', '&', U+2028 and U+2029
// as \uXXXX. grpc-gateway's stream messages pass through it, others do not.
std::string EscapeJsonForHtml(absl::string_view json);

// Whether `text` is names with dots between, as a path of a FieldMask is:
// "verdict.action".
bool IsFieldPath(absl::string_view text);

// Appends the shortest text that reads back as the same number; "NaN",
// "Infinity" and "-Infinity" as strings.
void AppendJsonFloat(float value, std::string* out);
void AppendJsonFloat(double value, std::string* out);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_TEXT_H_
