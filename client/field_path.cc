#include "client/field_path.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/json.h"
#include "client/nearest.h"
#include "client/time_format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace smon::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Find(const Descriptor& type, absl::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    if (absl::EqualsIgnoreCase(field->json_name(), name) ||
        absl::EqualsIgnoreCase(field->name(), name)) {
      return field;
    }
  }
  return nullptr;
}

absl::Status UnknownField(const Descriptor& type, absl::string_view name) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->json_name());
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown field '", name, "'", DidYouMean(name, names), " (fields of ",
      type.name(), ": ", absl::StrJoin(names, ", "), ")"));
}

bool HasFields(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         !IsTimestamp(field) && !field.is_repeated();
}

std::string ListText(const Message& message, const FieldDescriptor& field) {
  std::string text = "[";
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) text.push_back(',');
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const absl::Status told = AppendJson(
          message.GetReflection()->GetRepeatedMessage(message, &field, i),
          &text);
      if (!told.ok()) return "";
    } else {
      AppendJsonValue(message, field, i, &text);
    }
  }
  return size == 0 ? "" : absl::StrCat(text, "]");
}

// JSON's text of the value, without the quotes that some have there.
std::string ScalarText(const Message& message, const FieldDescriptor& field) {
  std::string text;
  if (!AppendJsonValue(message, field, -1, &text)) return "";
  if (text.size() < 2 || text.front() != '"') return text;
  return text.substr(1, text.size() - 2);
}

std::string ValueText(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return ListText(message, field);
  if (field.has_presence() && !reflection.HasField(message, &field)) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnumValue(message, &field) == 0
                 ? ""
                 : ScalarText(message, field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!IsTimestamp(field)) {
        return ToJson(reflection.GetMessage(message, &field),
                      JsonStyle::kOneLine)
            .value_or("");
      }
      return ScalarText(message, field);
    default:
      return ScalarText(message, field);
  }
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Parse(const Descriptor& type,
                                           absl::string_view text) {
  FieldPath path;
  const Descriptor* inside = &type;
  if (!text.empty() && text.front() == '.') text.remove_prefix(1);
  for (absl::string_view name : absl::StrSplit(text, '.')) {
    if (inside == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "': nothing is below '",
                       path.fields_.back()->json_name(), "'"));
    }
    const FieldDescriptor* const field = Find(*inside, name);
    if (field == nullptr) return UnknownField(*inside, name);
    path.fields_.push_back(field);
    inside = HasFields(*field) ? field->message_type() : nullptr;
  }
  return path;
}

std::string FieldPath::Text(const Message& message) const {
  const Message* inside = &message;
  for (const FieldDescriptor* field : fields_) {
    if (field == fields_.back()) break;
    if (!inside->GetReflection()->HasField(*inside, field)) return "";
    inside = &inside->GetReflection()->GetMessage(*inside, field);
  }
  return ValueText(*inside, *fields_.back());
}

}  // namespace smon::client
