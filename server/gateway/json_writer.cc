#include "server/gateway/json_writer.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "common/status_macros.h"
#include "server/gateway/go_text.h"
#include "server/gateway/json_text.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;

// Nanoseconds with 0, 3, 6 or 9 digits.
std::string Fraction(int32_t nanos) {
  std::string text = absl::StrFormat(".%09d", nanos);
  for (int i = 0; i < 3 && absl::EndsWith(text, "000"); ++i) {
    text.resize(text.size() - 3);
  }
  return text == "." ? "" : text;
}

absl::Status OutOfRange(const pb::Message& message, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("proto: ", message.GetDescriptor()->full_name(), what));
}

class Writer {
 public:
  explicit Writer(std::string* out) : out_(out) {}

  absl::Status Write(const pb::Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
      case pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return WriteTimestamp(message);
      case pb::Descriptor::WELLKNOWNTYPE_DURATION:
        return WriteDuration(message);
      case pb::Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return WriteFieldMask(message);
      case pb::Descriptor::WELLKNOWNTYPE_ANY:
        return WriteAny(message);
      case pb::Descriptor::WELLKNOWNTYPE_VALUE:
        return WriteValue(message);
      case pb::Descriptor::WELLKNOWNTYPE_STRUCT:
      case pb::Descriptor::WELLKNOWNTYPE_LISTVALUE:
      case pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
      case pb::Descriptor::WELLKNOWNTYPE_FLOATVALUE:
      case pb::Descriptor::WELLKNOWNTYPE_INT64VALUE:
      case pb::Descriptor::WELLKNOWNTYPE_UINT64VALUE:
      case pb::Descriptor::WELLKNOWNTYPE_INT32VALUE:
      case pb::Descriptor::WELLKNOWNTYPE_UINT32VALUE:
      case pb::Descriptor::WELLKNOWNTYPE_STRINGVALUE:
      case pb::Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      case pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE:
        // Stands for its one field.
        return WriteField(message, message.GetDescriptor()->field(0));
      case pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      case pb::Descriptor::__WELLKNOWNTYPE__DO_NOT_USE__ADD_DEFAULT_INSTEAD__:
        break;
    }
    return WriteFields(message, "");
  }

 private:
  // {"@type":type_url,fields...}; without the first when type_url is empty.
  absl::Status WriteFields(const pb::Message& message,
                           absl::string_view type_url) {
    const pb::Descriptor* type = message.GetDescriptor();
    const pb::Reflection* reflection = message.GetReflection();
    const char* separator = "";
    out_->push_back('{');
    if (!type_url.empty()) {
      out_->append("\"@type\":");
      AppendJsonString(type_url, out_);
      separator = ",";
    }
    for (int i = 0; i < type->field_count(); ++i) {
      const Field* field = type->field(i);
      const bool set =
          field->is_repeated() || reflection->HasField(message, field);
      // Of a oneof, or proto3 optional, which is one in disguise.
      if (!set && field->containing_oneof() != nullptr) continue;
      out_->append(separator);
      separator = ",";
      AppendJsonString(field->json_name(), out_);
      out_->push_back(':');
      if (!set && field->has_presence()) {
        out_->append("null");
      } else {
        SMON_RETURN_IF_ERROR(WriteField(message, field));
      }
    }
    out_->push_back('}');
    return absl::OkStatus();
  }

  absl::Status WriteField(const pb::Message& message, const Field* field) {
    if (field->is_map()) return WriteMap(message, field);
    if (!field->is_repeated()) return WriteScalar(message, field, -1);
    out_->push_back('[');
    const int size = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_->push_back(',');
      SMON_RETURN_IF_ERROR(WriteScalar(message, field, i));
    }
    out_->push_back(']');
    return absl::OkStatus();
  }

  // Entries in the order of their keys.
  absl::Status WriteMap(const pb::Message& message, const Field* field) {
    const pb::Reflection* reflection = message.GetReflection();
    const Field* key = field->message_type()->map_key();
    std::vector<const pb::Message*> entries;
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      entries.push_back(&reflection->GetRepeatedMessage(message, field, i));
    }
    std::sort(entries.begin(), entries.end(),
              [key](const pb::Message* a, const pb::Message* b) {
                return KeyLess(*a, *b, key);
              });
    out_->push_back('{');
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_->push_back(',');
      std::string name;
      SMON_RETURN_IF_ERROR(Writer(&name).WriteScalar(*entries[i], key, -1));
      if (name[0] != '"') name = absl::StrCat("\"", name, "\"");
      absl::StrAppend(out_, name, ":");
      SMON_RETURN_IF_ERROR(
          WriteScalar(*entries[i], field->message_type()->map_value(), -1));
    }
    out_->push_back('}');
    return absl::OkStatus();
  }

  static bool KeyLess(const pb::Message& a, const pb::Message& b,
                      const Field* key) {
    const pb::Reflection* r = a.GetReflection();
    switch (key->cpp_type()) {
      case Field::CPPTYPE_STRING:
        return r->GetString(a, key) < r->GetString(b, key);
      case Field::CPPTYPE_BOOL:
        return r->GetBool(a, key) < r->GetBool(b, key);
      case Field::CPPTYPE_INT32:
        return r->GetInt32(a, key) < r->GetInt32(b, key);
      case Field::CPPTYPE_INT64:
        return r->GetInt64(a, key) < r->GetInt64(b, key);
      case Field::CPPTYPE_UINT32:
        return r->GetUInt32(a, key) < r->GetUInt32(b, key);
      default:
        return r->GetUInt64(a, key) < r->GetUInt64(b, key);
    }
  }

  // The field, or its element `index` when that is not negative.
  absl::Status WriteScalar(const pb::Message& message, const Field* field,
                           int index) {
    const pb::Reflection* r = message.GetReflection();
    const bool one = index < 0;
    switch (field->cpp_type()) {
      case Field::CPPTYPE_BOOL:
        out_->append((one ? r->GetBool(message, field)
                          : r->GetRepeatedBool(message, field, index))
                         ? "true"
                         : "false");
        break;
      case Field::CPPTYPE_INT32:
        absl::StrAppend(out_, one ? r->GetInt32(message, field)
                                  : r->GetRepeatedInt32(message, field, index));
        break;
      case Field::CPPTYPE_UINT32:
        absl::StrAppend(out_,
                        one ? r->GetUInt32(message, field)
                            : r->GetRepeatedUInt32(message, field, index));
        break;
      case Field::CPPTYPE_INT64:
        absl::StrAppend(out_, "\"",
                        one ? r->GetInt64(message, field)
                            : r->GetRepeatedInt64(message, field, index),
                        "\"");
        break;
      case Field::CPPTYPE_UINT64:
        absl::StrAppend(out_, "\"",
                        one ? r->GetUInt64(message, field)
                            : r->GetRepeatedUInt64(message, field, index),
                        "\"");
        break;
      case Field::CPPTYPE_FLOAT:
        AppendJsonFloat(one ? r->GetFloat(message, field)
                            : r->GetRepeatedFloat(message, field, index),
                        out_);
        break;
      case Field::CPPTYPE_DOUBLE:
        AppendJsonFloat(one ? r->GetDouble(message, field)
                            : r->GetRepeatedDouble(message, field, index),
                        out_);
        break;
      case Field::CPPTYPE_ENUM:
        WriteEnum(field->enum_type(),
                  one ? r->GetEnumValue(message, field)
                      : r->GetRepeatedEnumValue(message, field, index));
        break;
      case Field::CPPTYPE_STRING: {
        std::string scratch;
        const std::string& text =
            one ? r->GetStringReference(message, field, &scratch)
                : r->GetRepeatedStringReference(message, field, index,
                                                &scratch);
        if (field->type() == Field::TYPE_BYTES) {
          absl::StrAppend(out_, "\"", absl::Base64Escape(text), "\"");
        } else {
          AppendJsonString(text, out_);
        }
        break;
      }
      case Field::CPPTYPE_MESSAGE:
        return Write(one ? r->GetMessage(message, field)
                         : r->GetRepeatedMessage(message, field, index));
    }
    return absl::OkStatus();
  }

  void WriteEnum(const pb::EnumDescriptor* type, int number) {
    if (type->full_name() == "google.protobuf.NullValue") {
      out_->append("null");
      return;
    }
    const pb::EnumValueDescriptor* value = type->FindValueByNumber(number);
    if (value == nullptr) {
      absl::StrAppend(out_, number);
    } else {
      AppendJsonString(value->name(), out_);
    }
  }

  static int64_t Seconds(const pb::Message& message) {
    return message.GetReflection()->GetInt64(
        message, message.GetDescriptor()->FindFieldByNumber(1));
  }
  static int32_t Nanos(const pb::Message& message) {
    return message.GetReflection()->GetInt32(
        message, message.GetDescriptor()->FindFieldByNumber(2));
  }

  absl::Status WriteTimestamp(const pb::Message& message) {
    const int64_t seconds = Seconds(message);
    const int32_t nanos = Nanos(message);
    if (seconds < pb::util::TimeUtil::kTimestampMinSeconds ||
        seconds > pb::util::TimeUtil::kTimestampMaxSeconds) {
      return OutOfRange(message,
                        absl::StrCat(": seconds out of range ", seconds));
    }
    if (nanos < 0 || nanos > 999999999) {
      return OutOfRange(message, absl::StrCat(": nanos out of range ", nanos));
    }
    absl::StrAppend(
        out_, "\"",
        absl::FormatTime("%E4Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(seconds),
                         absl::UTCTimeZone()),
        Fraction(nanos), "Z\"");
    return absl::OkStatus();
  }

  absl::Status WriteDuration(const pb::Message& message) {
    const int64_t seconds = Seconds(message);
    const int32_t nanos = Nanos(message);
    if (std::abs(seconds) > pb::util::TimeUtil::kDurationMaxSeconds) {
      return OutOfRange(message,
                        absl::StrCat(": seconds out of range ", seconds));
    }
    if (std::abs(nanos) > 999999999) {
      return OutOfRange(message, absl::StrCat(": nanos out of range ", nanos));
    }
    if ((seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
      return OutOfRange(message, ": signs of seconds and nanos do not match");
    }
    absl::StrAppend(out_, "\"", seconds < 0 || nanos < 0 ? "-" : "",
                    std::abs(seconds), Fraction(std::abs(nanos)), "s\"");
    return absl::OkStatus();
  }

  absl::Status WriteFieldMask(const pb::Message& message) {
    const Field* paths = message.GetDescriptor()->FindFieldByNumber(1);
    const pb::Reflection* reflection = message.GetReflection();
    std::string joined;
    for (int i = 0; i < reflection->FieldSize(message, paths); ++i) {
      if (i > 0) joined.push_back(',');
      const std::string path = reflection->GetRepeatedString(message, paths, i);
      if (!IsFieldPath(path)) {
        return OutOfRange(
            message,
            absl::StrCat(".paths contains invalid path: ", GoQuote(path)));
      }
      bool upper = false;
      // Only a name that comes back from lowerCamelCase unchanged.
      bool reversible = true;
      for (const char c : path) {
        reversible &=
            !absl::ascii_isupper(c) && (!upper || absl::ascii_islower(c));
        if (c != '_') joined.push_back(upper ? absl::ascii_toupper(c) : c);
        upper = c == '_';
      }
      if (!reversible || upper) {
        return OutOfRange(
            message,
            absl::StrCat(".paths contains irreversible value ", GoQuote(path)));
      }
    }
    AppendJsonString(joined, out_);
    return absl::OkStatus();
  }

  absl::Status WriteValue(const pb::Message& message) {
    const pb::Reflection* reflection = message.GetReflection();
    const Field* field = reflection->GetOneofFieldDescriptor(
        message, message.GetDescriptor()->oneof_decl(0));
    if (field == nullptr)
      return OutOfRange(message, ": none of the oneof fields is set");
    if (field->cpp_type() == Field::CPPTYPE_DOUBLE &&
        !std::isfinite(reflection->GetDouble(message, field))) {
      return OutOfRange(message, ".number_value: not finite");
    }
    return WriteScalar(message, field, -1);
  }

  absl::Status WriteAny(const pb::Message& message) {
    pb::Any any;
    any.ParseFromString(message.SerializeAsString());
    if (any.type_url().empty()) {
      if (!any.value().empty())
        return OutOfRange(message, ": type_url is empty");
      out_->append("{}");
      return absl::OkStatus();
    }
    const size_t slash = any.type_url().rfind('/');
    const pb::Descriptor* type =
        pb::DescriptorPool::generated_pool()->FindMessageTypeByName(
            any.type_url().substr(slash == std::string::npos ? 0 : slash + 1));
    std::unique_ptr<pb::Message> inner;
    if (type != nullptr) {
      inner.reset(
          pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
    }
    const bool known = inner && inner->ParseFromString(any.value());
    if (known &&
        type->well_known_type() == pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED &&
        type->full_name() != "google.protobuf.Empty") {
      return WriteFields(*inner, any.type_url());
    }
    out_->append("{\"@type\":");
    AppendJsonString(any.type_url(), out_);
    out_->append(",\"value\":");
    if (known) {
      SMON_RETURN_IF_ERROR(Write(*inner));
    } else {
      absl::StrAppend(out_, "\"", absl::Base64Escape(any.value()), "\"");
    }
    out_->push_back('}');
    return absl::OkStatus();
  }

  std::string* const out_;
};

}  // namespace

absl::StatusOr<std::string> MessageToJson(const pb::Message& message) {
  std::string out;
  SMON_RETURN_IF_ERROR(Writer(&out).Write(message));
  return out;
}

}  // namespace smon
