#ifndef SMON_CLIENT_JSON_H_
#define SMON_CLIENT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace smon::client {

enum class JsonStyle {
  kOneLine,   // no newline anywhere
  kIndented,  // for one message that is the whole output; ends in a newline
};

// As the proto maps to JSON: lowerCamelCase, 64-bit integers as strings, enums
// by name, fields without a value included (but for absent optional ones).
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                   JsonStyle style);

}  // namespace smon::client

#endif  // SMON_CLIENT_JSON_H_
