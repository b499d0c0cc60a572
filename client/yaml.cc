#include "client/yaml.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "client/json.h"
#include "google/protobuf/descriptor.h"

namespace smon::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool AppendFields(const Message& message, size_t indent, bool begun,
                  std::string* out);

// "key:" and the value, on the same line or below it.
bool AppendField(const Message& message, const FieldDescriptor& field,
                 size_t indent, std::string* out) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  absl::StrAppend(out, field.json_name(), ":");
  const bool is_message =
      field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
      !IsTimestamp(field);
  if (!field.is_repeated()) {
    if (!is_message) {
      out->push_back(' ');
      const bool told = AppendJsonValue(message, field, -1, out);
      out->push_back('\n');
      return told;
    }
    out->push_back('\n');
    return AppendFields(reflection.GetMessage(message, &field), indent + 2,
                        /*begun=*/false, out);
  }
  const int size = reflection.FieldSize(message, &field);
  out->append(size == 0 ? " []\n" : "\n");
  bool told = true;
  for (int i = 0; i < size; ++i) {
    out->append(indent, ' ').append("- ");
    if (is_message) {
      told = AppendFields(reflection.GetRepeatedMessage(message, &field, i),
                          indent + 2, /*begun=*/true, out) &&
             told;
    } else {
      told = AppendJsonValue(message, field, i, out) && told;
      out->push_back('\n');
    }
  }
  return told;
}

// A line for each field; the first goes on the line that was begun.
bool AppendFields(const Message& message, size_t indent, bool begun,
                  std::string* out) {
  bool told = true;
  for (const FieldDescriptor* field : ShownFields(message)) {
    if (!begun) out->append(indent, ' ');
    begun = false;
    told = AppendField(message, *field, indent, out) && told;
  }
  return told;
}

absl::Status Told(bool told) {
  if (told) return absl::OkStatus();
  return absl::InternalError(
      "smonsvc's answer is not for YAML: it has a time out of range");
}

}  // namespace

absl::Status AppendYamlItem(const Message& message, std::string* out) {
  out->append("- ");
  return Told(AppendFields(message, 2, /*begun=*/true, out));
}

absl::Status AppendYaml(const Message& message, std::string* out) {
  return Told(AppendFields(message, 0, /*begun=*/false, out));
}

}  // namespace smon::client
