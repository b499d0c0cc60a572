#include "server/gateway/field_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/gateway/go_base64.h"
#include "server/gateway/go_text.h"
#include "server/gateway/go_time.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;

const Field* FindField(const pb::Descriptor* type, const std::string& name) {
  if (const Field* field = type->FindFieldByName(name)) return field;
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->json_name() == name) return type->field(i);
  }
  return nullptr;
}

bool IsSingularMessage(const Field* field) {
  return field->cpp_type() == Field::CPPTYPE_MESSAGE && !field->is_repeated();
}

absl::StatusOr<int> ParseEnum(const pb::EnumDescriptor* type,
                              absl::string_view text) {
  const pb::EnumValueDescriptor* value =
      type->FindValueByName(std::string(text));
  if (value == nullptr) {
    if (const auto number = GoParseInt(text, 32); number.ok()) {
      value = type->FindValueByNumber(static_cast<int>(*number));
    }
  }
  if (value == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(GoQuote(text), " is not a valid value"));
  }
  return value->number();
}

absl::Status CheckUtf8(absl::string_view text) {
  return IsValidUtf8(text) ? absl::OkStatus()
                           : absl::InvalidArgumentError(
                                 "string field contains invalid UTF-8");
}

absl::StatusOr<std::string> ParseBytes(absl::string_view text) {
  auto bytes = GoBase64Decode(text, GoBase64::kStandard, /*padded=*/true);
  return bytes.ok() ? bytes
                    : GoBase64Decode(text, GoBase64::kUrl, /*padded=*/true);
}

absl::Status ParseValue(absl::string_view text, const Field* field,
                        pb::Message* message);

absl::Status ParseMessage(absl::string_view text, pb::Message* message) {
  switch (message->GetDescriptor()->well_known_type()) {
    case pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP: {
      SMON_ASSIGN_OR_RETURN(const absl::Time time, GoParseTime(text));
      const int64_t seconds = absl::ToUnixSeconds(time);
      if (seconds < -62135596800) {
        return absl::InvalidArgumentError(
            absl::StrCat(text, " before 0001-01-01"));
      }
      pb::Timestamp timestamp;
      timestamp.set_seconds(seconds);
      timestamp.set_nanos(static_cast<int32_t>(
          absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
      message->CopyFrom(timestamp);
      return absl::OkStatus();
    }
    case pb::Descriptor::WELLKNOWNTYPE_FIELDMASK: {
      SMON_RETURN_IF_ERROR(CheckUtf8(text));
      pb::FieldMask mask;
      for (const absl::string_view path : absl::StrSplit(text, ',')) {
        mask.add_paths(std::string(path));
      }
      message->CopyFrom(mask);
      return absl::OkStatus();
    }
    case pb::Descriptor::WELLKNOWNTYPE_DURATION: {
      SMON_ASSIGN_OR_RETURN(const absl::Duration value, GoParseDuration(text));
      pb::Duration duration;
      duration.set_seconds(absl::ToInt64Seconds(value));
      duration.set_nanos(static_cast<int32_t>(
          absl::ToInt64Nanoseconds(value - absl::Seconds(duration.seconds()))));
      message->CopyFrom(duration);
      return absl::OkStatus();
    }
    case pb::Descriptor::WELLKNOWNTYPE_BOOLVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case pb::Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case pb::Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      return ParseValue(text, message->GetDescriptor()->field(0), message);
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("unsupported message type: ",
                       GoQuote(message->GetDescriptor()->full_name())));
  }
}

// Appends to a repeated field, sets another.
absl::Status ParseValue(absl::string_view text, const Field* field,
                        pb::Message* message) {
  const pb::Reflection* r = message->GetReflection();
  const bool add = field->is_repeated();
  switch (field->cpp_type()) {
    case Field::CPPTYPE_BOOL: {
      SMON_ASSIGN_OR_RETURN(const bool value, GoParseBool(text));
      add ? r->AddBool(message, field, value)
          : r->SetBool(message, field, value);
      break;
    }
    case Field::CPPTYPE_INT32: {
      SMON_ASSIGN_OR_RETURN(const int64_t value, GoParseInt(text, 32));
      add ? r->AddInt32(message, field, static_cast<int32_t>(value))
          : r->SetInt32(message, field, static_cast<int32_t>(value));
      break;
    }
    case Field::CPPTYPE_INT64: {
      SMON_ASSIGN_OR_RETURN(const int64_t value, GoParseInt(text, 64));
      add ? r->AddInt64(message, field, value)
          : r->SetInt64(message, field, value);
      break;
    }
    case Field::CPPTYPE_UINT32: {
      SMON_ASSIGN_OR_RETURN(const uint64_t value, GoParseUint(text, 32));
      add ? r->AddUInt32(message, field, static_cast<uint32_t>(value))
          : r->SetUInt32(message, field, static_cast<uint32_t>(value));
      break;
    }
    case Field::CPPTYPE_UINT64: {
      SMON_ASSIGN_OR_RETURN(const uint64_t value, GoParseUint(text, 64));
      add ? r->AddUInt64(message, field, value)
          : r->SetUInt64(message, field, value);
      break;
    }
    case Field::CPPTYPE_FLOAT: {
      SMON_ASSIGN_OR_RETURN(const double value, GoParseFloat(text, 32));
      add ? r->AddFloat(message, field, static_cast<float>(value))
          : r->SetFloat(message, field, static_cast<float>(value));
      break;
    }
    case Field::CPPTYPE_DOUBLE: {
      SMON_ASSIGN_OR_RETURN(const double value, GoParseFloat(text, 64));
      add ? r->AddDouble(message, field, value)
          : r->SetDouble(message, field, value);
      break;
    }
    case Field::CPPTYPE_ENUM: {
      SMON_ASSIGN_OR_RETURN(const int value,
                            ParseEnum(field->enum_type(), text));
      add ? r->AddEnumValue(message, field, value)
          : r->SetEnumValue(message, field, value);
      break;
    }
    case Field::CPPTYPE_STRING: {
      std::string value(text);
      if (field->type() == Field::TYPE_BYTES) {
        SMON_ASSIGN_OR_RETURN(value, ParseBytes(text));
      } else {
        SMON_RETURN_IF_ERROR(CheckUtf8(text));
      }
      add ? r->AddString(message, field, std::move(value))
          : r->SetString(message, field, std::move(value));
      break;
    }
    case Field::CPPTYPE_MESSAGE:
      return ParseMessage(text, add ? r->AddMessage(message, field)
                                    : r->MutableMessage(message, field));
  }
  return absl::OkStatus();
}

// An entry of a map: `values` are its key and its value.
absl::Status AddEntry(const Field* field,
                      const std::vector<std::string>& values,
                      pb::Message* message) {
  if (values.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "more than one value provided for key ", GoQuote(values[0]), " in map ",
        GoQuote(field->full_name())));
  }
  pb::Message* entry = message->GetReflection()->AddMessage(message, field);
  const std::string name = GoQuote(field->name());
  SMON_RETURN_IF_ERROR(
      Annotate(ParseValue(values[0], field->message_type()->map_key(), entry),
               absl::StrCat("parsing map key ", name)));
  return Annotate(
      ParseValue(values[1], field->message_type()->map_value(), entry),
      absl::StrCat("parsing map value ", name));
}

absl::Status SetField(pb::Message* message,
                      const std::vector<std::string>& path,
                      const std::vector<std::string>& values) {
  const Field* field = nullptr;
  for (size_t i = 0; i < path.size(); ++i) {
    field = FindField(message->GetDescriptor(), path[i]);
    if (field == nullptr) return absl::OkStatus();
    if (i + 1 == path.size()) break;
    if (!IsSingularMessage(field)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "invalid path: ", GoQuote(path[i]), " is not a message"));
    }
    message = message->GetReflection()->MutableMessage(message, field);
  }
  if (const pb::OneofDescriptor* oneof = field->real_containing_oneof();
      oneof != nullptr && message->GetReflection()->HasOneof(*message, oneof)) {
    return absl::InvalidArgumentError(
        absl::StrCat("field already set for oneof ", GoQuote(oneof->name())));
  }
  const std::string name = GoQuote(field->name());
  if (field->is_map()) return AddEntry(field, values, message);
  if (!field->is_repeated() && values.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "too many values for field ", name, ": ", absl::StrJoin(values, ", ")));
  }
  for (const std::string& value : values) {
    SMON_RETURN_IF_ERROR(Annotate(
        ParseValue(value, field, message),
        absl::StrCat(field->is_repeated() ? "parsing list " : "parsing field ",
                     name)));
  }
  return absl::OkStatus();
}

// The path by proto names where it leads to a field; unchanged otherwise.
std::vector<std::string> Normalize(const pb::Descriptor* type,
                                   const std::vector<std::string>& path) {
  std::vector<std::string> names;
  for (size_t i = 0; i < path.size(); ++i) {
    const Field* field = FindField(type, path[i]);
    if (field == nullptr) return path;
    names.push_back(field->name());
    if (i + 1 == path.size()) break;
    if (!IsSingularMessage(field)) return path;
    type = field->message_type();
  }
  return names;
}

}  // namespace

absl::Status SetFieldFromPath(pb::Message* message,
                              absl::string_view field_path,
                              absl::string_view text) {
  const Field* field =
      FindField(message->GetDescriptor(), std::string(field_path));
  if (field == nullptr || field->is_repeated() ||
      field->message_type() != nullptr) {
    return SetField(message, absl::StrSplit(field_path, '.'),
                    {std::string(text)});
  }
  // Here the generated code of grpc-gateway has fewer words.
  if (field->enum_type() != nullptr &&
      !ParseEnum(field->enum_type(), text).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(text, " is not valid"));
  }
  return ParseValue(text, field, message);
}

absl::Status SetFieldsFromQuery(pb::Message* message,
                                const QueryParameters& parameters,
                                const std::vector<std::string>& except) {
  for (const auto& [name, given] : parameters) {
    absl::string_view key = name;
    std::vector<std::string> values = given;
    // "key[index]=value" is meant for maps; for any other field, the index
    // counts as one more value.
    if (const size_t open = key.rfind('[');
        open != absl::string_view::npos && absl::ConsumeSuffix(&key, "]")) {
      values.insert(values.begin(), std::string(key.substr(open + 1)));
      key = key.substr(0, open);
    }
    const std::vector<std::string> path =
        Normalize(message->GetDescriptor(), absl::StrSplit(key, '.'));
    const std::string normalized = absl::StrJoin(path, ".");
    const bool bound = std::any_of(
        except.begin(), except.end(), [&](const std::string& prefix) {
          return normalized == prefix ||
                 absl::StartsWith(normalized, absl::StrCat(prefix, "."));
        });
    if (!bound) SMON_RETURN_IF_ERROR(SetField(message, path, values));
  }
  return absl::OkStatus();
}

}  // namespace smon
