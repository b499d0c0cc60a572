#ifndef SMON_CLIENT_JSON_H_
#define SMON_CLIENT_JSON_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace smon::client {

enum class JsonStyle {
  kOneLine,   // no newline anywhere
  kIndented,  // for one message that is the whole output; ends in a newline
};

// As the proto maps to JSON: lowerCamelCase, 64-bit integers as strings, enums
// by name, fields without a value included (but for absent optional ones and
// absent messages). INTERNAL for what JSON cannot hold.
//
// Strings are safe on a terminal: control characters and those that change the
// direction of text are escaped as \uHHHH, which any reader undoes.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                   JsonStyle style);

// Appends the same on one line, and fast: for lists of 100,000 jobs.
// Made for the messages of this API: no maps, no bytes, and of the types of
// google.protobuf only Timestamp.
absl::Status AppendJson(const google::protobuf::Message& message,
                        std::string* out);

// Appends one value of a field that is no Message but Timestamp: `index` is its
// place in a repeated field, and -1 for a single one. False for a time that
// RFC 3339 cannot hold; then "null" is appended.
bool AppendJsonValue(const google::protobuf::Message& message,
                     const google::protobuf::FieldDescriptor& field, int index,
                     std::string* out);

// Appends `text` with quotes.
void AppendJsonString(absl::string_view text, std::string* out);

// True for a Timestamp, which is a text in JSON.
bool IsTimestamp(const google::protobuf::FieldDescriptor& field);

// The fields of a message that are shown, in their order: all but those that
// are absent.
std::vector<const google::protobuf::FieldDescriptor*> ShownFields(
    const google::protobuf::Message& message);

}  // namespace smon::client

#endif  // SMON_CLIENT_JSON_H_
