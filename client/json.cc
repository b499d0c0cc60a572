#include "client/json.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/time_format.h"
#include "common/utf8.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"

namespace smon::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendEscape(uint32_t code_point, std::string* out) {
  absl::StrAppendFormat(out, "\\u%04x", code_point);
}

// Controls (C1 too), line and paragraph separators, and marks that turn the
// direction of text; `*length` is the character's bytes. `text` is valid UTF-8
// that begins with a byte above 0x7f.
bool MustEscape(absl::string_view text, size_t* length, uint32_t* code_point) {
  const auto byte = [text](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[i]));
  };
  if (byte(0) < 0xe0) {
    *length = 2;
    *code_point = (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    return *code_point < 0xa0 || *code_point == 0x61c;
  }
  if (byte(0) < 0xf0) {
    *length = 3;
    *code_point =
        (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    return *code_point == 0x200e || *code_point == 0x200f ||
           (*code_point >= 0x2028 && *code_point <= 0x202e) ||
           (*code_point >= 0x2066 && *code_point <= 0x2069);
  }
  *length = 4;
  return false;
}

void AppendAscii(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      if (c < ' ' || c == 0x7f) {
        AppendEscape(static_cast<unsigned char>(c), out);
      } else {
        out->push_back(c);
      }
  }
}

void AppendValidString(absl::string_view text, std::string* out) {
  out->push_back('"');
  size_t i = 0;
  while (i < text.size()) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      AppendAscii(text[i++], out);
      continue;
    }
    size_t length = 0;
    uint32_t code_point = 0;
    if (MustEscape(text.substr(i), &length, &code_point)) {
      AppendEscape(code_point, out);
    } else {
      out->append(text.data() + i, length);
    }
    i += length;
  }
  out->push_back('"');
}

void AppendDouble(double value, std::string* out) {
  if (!std::isfinite(value)) {
    AppendJsonString(absl::StrCat(value), out);
    return;
  }
  // The fewest digits that are read back as the same number.
  std::string text = absl::StrFormat("%.15g", value);
  if (std::strtod(text.c_str(), nullptr) != value) {
    text = absl::StrFormat("%.17g", value);
  }
  out->append(text);
}

void AppendEnum(const FieldDescriptor& field, int number, std::string* out) {
  const google::protobuf::EnumValueDescriptor* const value =
      field.enum_type()->FindValueByNumber(number);
  // One that a newer smonsvc has is a number, as the mapping wants it.
  if (value == nullptr) {
    absl::StrAppend(out, number);
  } else {
    absl::StrAppend(out, "\"", value->name(), "\"");
  }
}

// Writes messages without line breaks.
class Printer {
 public:
  explicit Printer(std::string* out) : out_(*out) {}

  void Print(const Message& message) {
    out_.push_back('{');
    bool first = true;
    for (const FieldDescriptor* field : ShownFields(message)) {
      Separate(&first);
      absl::StrAppend(&out_, "\"", field->json_name(), "\":");
      if (field->is_repeated()) {
        PrintList(message, *field);
      } else {
        PrintValue(message, *field, -1);
      }
    }
    out_.push_back('}');
  }

  absl::Status status() const {
    return valid_ ? absl::OkStatus()
                  : absl::InternalError(
                        "smonsvc's answer is not for JSON: it "
                        "has a time out of range");
  }

 private:
  void PrintList(const Message& message, const FieldDescriptor& field) {
    out_.push_back('[');
    bool first = true;
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      Separate(&first);
      PrintValue(message, field, i);
    }
    out_.push_back(']');
  }

  void PrintValue(const Message& message, const FieldDescriptor& field,
                  int index) {
    const bool is_message =
        field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!is_message || IsTimestamp(field)) {
      valid_ = AppendJsonValue(message, field, index, &out_) && valid_;
      return;
    }
    const Reflection& reflection = *message.GetReflection();
    Print(index < 0 ? reflection.GetMessage(message, &field)
                    : reflection.GetRepeatedMessage(message, &field, index));
  }

  void Separate(bool* first) {
    if (!*first) out_.push_back(',');
    *first = false;
  }

  std::string& out_;
  bool valid_ = true;
};

}  // namespace

absl::StatusOr<std::string> ToJson(const Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.add_whitespace = style == JsonStyle::kIndented;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    const std::string error(status.message().data(), status.message().size());
    return absl::InternalError(
        absl::StrCat("smonsvc's answer is not for JSON: ", error));
  }
  return json;
}

absl::Status AppendJson(const Message& message, std::string* out) {
  Printer printer(out);
  printer.Print(message);
  return printer.status();
}

bool AppendJsonValue(const Message& message, const FieldDescriptor& field,
                     int index, std::string* out) {
  const Reflection& reflection = *message.GetReflection();
  const bool one = index < 0;
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      AppendJsonString(
          one ? reflection.GetStringReference(message, &field, &scratch)
              : reflection.GetRepeatedStringReference(message, &field, index,
                                                      &scratch),
          out);
      return true;
    case FieldDescriptor::CPPTYPE_INT32:
      absl::StrAppend(
          out, one ? reflection.GetInt32(message, &field)
                   : reflection.GetRepeatedInt32(message, &field, index));
      return true;
    case FieldDescriptor::CPPTYPE_INT64:
      absl::StrAppend(out, "\"",
                      one ? reflection.GetInt64(message, &field)
                          : reflection.GetRepeatedInt64(message, &field, index),
                      "\"");
      return true;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      AppendDouble(one ? reflection.GetDouble(message, &field)
                       : reflection.GetRepeatedDouble(message, &field, index),
                   out);
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      absl::StrAppend(out,
                      (one ? reflection.GetBool(message, &field)
                           : reflection.GetRepeatedBool(message, &field, index))
                          ? "true"
                          : "false");
      return true;
    case FieldDescriptor::CPPTYPE_ENUM:
      AppendEnum(field,
                 one ? reflection.GetEnumValue(message, &field)
                     : reflection.GetRepeatedEnumValue(message, &field, index),
                 out);
      return true;
    default: {
      const auto& time = static_cast<const google::protobuf::Timestamp&>(
          one ? reflection.GetMessage(message, &field)
              : reflection.GetRepeatedMessage(message, &field, index));
      const std::string text = FormatRfc3339(time);
      if (text.empty()) {
        out->append("null");
      } else {
        absl::StrAppend(out, "\"", text, "\"");
      }
      return !text.empty();
    }
  }
}

void AppendJsonString(absl::string_view text, std::string* out) {
  if (IsValidUtf8(text)) {
    AppendValidString(text, out);
  } else {
    AppendValidString(ToValidUtf8(text), out);
  }
}

bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Timestamp::descriptor();
}

std::vector<const FieldDescriptor*> ShownFields(const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  fields.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    const bool absent = !field->is_repeated() && field->has_presence() &&
                        !reflection.HasField(message, field);
    if (!absent) fields.push_back(field);
  }
  return fields;
}

}  // namespace smon::client
