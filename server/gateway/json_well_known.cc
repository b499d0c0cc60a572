#include "server/gateway/json_well_known.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/gateway/go_text.h"
#include "server/gateway/go_time.h"
#include "server/gateway/json_scalar.h"
#include "server/gateway/json_text.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;
using Kind = JsonToken::Kind;

bool SetEnum(const JsonToken& token, const Field* field, pb::Message* message) {
  const pb::EnumDescriptor* type = field->enum_type();
  int number = 0;
  if (token.kind == Kind::kString) {
    const pb::EnumValueDescriptor* value = type->FindValueByName(token.text);
    if (value == nullptr) return false;
    number = value->number();
  } else if (token.kind == Kind::kNumber) {
    const auto value = ToInteger(token, 32);
    if (!value.has_value()) return false;
    number = static_cast<int>(*value);
  } else if (token.kind != Kind::kNull ||
             type->full_name() != "google.protobuf.NullValue") {
    return false;
  }
  const pb::Reflection* r = message->GetReflection();
  field->is_repeated() ? r->AddEnumValue(message, field, number)
                       : r->SetEnumValue(message, field, number);
  return true;
}

absl::Status BadValue(const pb::Message& message, absl::string_view before,
                      absl::string_view after, const JsonToken& token) {
  return absl::InvalidArgumentError(absl::StrCat(
      before, message.GetDescriptor()->full_name(), after, token.raw));
}

absl::Status SetTimestamp(const JsonToken& token, pb::Message* message) {
  const absl::Status bad = BadValue(*message, "invalid ", " value ", token);
  const absl::string_view text = token.text;
  const auto time = GoParseTime(text);
  if (!time.ok()) return bad;
  pb::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(*time));
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(
      *time - absl::FromUnixSeconds(timestamp.seconds()))));
  if (timestamp.seconds() < pb::util::TimeUtil::kTimestampMinSeconds ||
      timestamp.seconds() > pb::util::TimeUtil::kTimestampMaxSeconds) {
    return BadValue(*message, "", " value out of range: ", token);
  }
  const size_t point = text.rfind('.');
  const size_t zone = text.find_last_of("Z-+");
  if (point != absl::string_view::npos && zone > point && zone - point > 10) {
    return bad;
  }
  message->CopyFrom(timestamp);
  return absl::OkStatus();
}

// "1.5s", as protojson's parseDuration takes it.
bool ParseDuration(absl::string_view text, pb::Duration* duration) {
  if (text.size() < 2 || !absl::ConsumeSuffix(&text, "s")) return false;
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  if (text.empty()) return false;
  const size_t point = std::min(text.find('.'), text.size());
  const absl::string_view whole = text.substr(0, point);
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const auto all_digits = [](absl::string_view digits) {
    return digits.find_first_not_of("0123456789") == absl::string_view::npos;
  };
  if (!all_digits(whole) || !all_digits(fraction) || fraction.size() > 9 ||
      (whole.size() > 1 && whole[0] == '0')) {
    return false;
  }
  fraction.resize(9, '0');
  int64_t seconds = 0;
  int32_t nanos = 0;
  if ((!whole.empty() && !absl::SimpleAtoi(whole, &seconds)) ||
      !absl::SimpleAtoi(fraction, &nanos)) {
    return false;
  }
  duration->set_seconds(negative ? -seconds : seconds);
  duration->set_nanos(negative ? -nanos : nanos);
  return true;
}

absl::Status SetDuration(const JsonToken& token, pb::Message* message) {
  pb::Duration duration;
  if (!ParseDuration(token.text, &duration)) {
    return BadValue(*message, "invalid ", " value ", token);
  }
  if (std::abs(duration.seconds()) > pb::util::TimeUtil::kDurationMaxSeconds) {
    return BadValue(*message, "", " value out of range: ", token);
  }
  message->CopyFrom(duration);
  return absl::OkStatus();
}

absl::Status SetFieldMask(const JsonToken& token, pb::Message* message) {
  pb::FieldMask mask;
  const absl::string_view text = absl::StripAsciiWhitespace(token.text);
  if (!text.empty()) {
    for (const absl::string_view path : absl::StrSplit(text, ',')) {
      std::string* snake = mask.add_paths();
      for (const char c : path) {
        if (absl::ascii_isupper(c)) snake->push_back('_');
        snake->push_back(absl::ascii_tolower(c));
      }
      if (path.find('_') != absl::string_view::npos || !IsFieldPath(*snake)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "google.protobuf.FieldMask.paths contains invalid path: ",
            GoQuote(path)));
      }
    }
  }
  message->CopyFrom(mask);
  return absl::OkStatus();
}

}  // namespace

bool SetScalar(const JsonToken& token, const Field* field,
               pb::Message* message) {
  const pb::Reflection* r = message->GetReflection();
  const bool add = field->is_repeated();
  // Of a value that may be missing.
  const auto set = [&](const auto& value, auto adder, auto setter) {
    if (!value.has_value()) return false;
    add ? (r->*adder)(message, field, *value)
        : (r->*setter)(message, field, *value);
    return true;
  };
  switch (field->cpp_type()) {
    case Field::CPPTYPE_BOOL:
      if (token.kind != Kind::kBool) return false;
      add ? r->AddBool(message, field, token.value)
          : r->SetBool(message, field, token.value);
      return true;
    case Field::CPPTYPE_INT32:
      return set(ToInteger(token, 32), &pb::Reflection::AddInt32,
                 &pb::Reflection::SetInt32);
    case Field::CPPTYPE_INT64:
      return set(ToInteger(token, 64), &pb::Reflection::AddInt64,
                 &pb::Reflection::SetInt64);
    case Field::CPPTYPE_UINT32:
      return set(ToUnsigned(token, 32), &pb::Reflection::AddUInt32,
                 &pb::Reflection::SetUInt32);
    case Field::CPPTYPE_UINT64:
      return set(ToUnsigned(token, 64), &pb::Reflection::AddUInt64,
                 &pb::Reflection::SetUInt64);
    case Field::CPPTYPE_FLOAT:
      return set(ToNumber(token, 32), &pb::Reflection::AddFloat,
                 &pb::Reflection::SetFloat);
    case Field::CPPTYPE_DOUBLE:
      return set(ToNumber(token, 64), &pb::Reflection::AddDouble,
                 &pb::Reflection::SetDouble);
    case Field::CPPTYPE_ENUM:
      return SetEnum(token, field, message);
    case Field::CPPTYPE_STRING:
      if (field->type() == Field::TYPE_BYTES) {
        return set(ToBytes(token), &pb::Reflection::AddString,
                   &pb::Reflection::SetString);
      }
      if (token.kind != Kind::kString) return false;
      add ? r->AddString(message, field, token.text)
          : r->SetString(message, field, token.text);
      return true;
    case Field::CPPTYPE_MESSAGE:
      break;
  }
  return false;
}

absl::Status SetWellKnown(const JsonToken& token, pb::Message* message) {
  switch (message->GetDescriptor()->well_known_type()) {
    case pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return SetTimestamp(token, message);
    case pb::Descriptor::WELLKNOWNTYPE_DURATION:
      return SetDuration(token, message);
    default:
      return SetFieldMask(token, message);
  }
}

bool SetMapKey(const std::string& name, const Field* key, pb::Message* entry) {
  JsonToken token;
  token.text = name;
  token.raw = token.text;
  switch (key->cpp_type()) {
    case Field::CPPTYPE_STRING:
      token.kind = Kind::kString;
      return SetScalar(token, key, entry);
    case Field::CPPTYPE_BOOL:
      token.kind = Kind::kBool;
      token.value = name == "true";
      return (name == "true" || name == "false") &&
             SetScalar(token, key, entry);
    default: {
      // As strconv reads them: "+1" and "01", but not "1e1".
      const bool is_signed = key->cpp_type() == Field::CPPTYPE_INT32 ||
                             key->cpp_type() == Field::CPPTYPE_INT64;
      const auto integer = GoParseInt(name, 64);
      const auto whole = GoParseUint(name, 64);
      if (is_signed ? !integer.ok() : !whole.ok()) return false;
      const std::string digits =
          is_signed ? absl::StrCat(*integer) : absl::StrCat(*whole);
      token.kind = Kind::kNumber;
      token.raw = digits;
      return SetScalar(token, key, entry);
    }
  }
}

std::string MapKeyText(const pb::Message& entry, const Field* key) {
  const pb::Reflection* r = entry.GetReflection();
  switch (key->cpp_type()) {
    case Field::CPPTYPE_STRING:
      return r->GetString(entry, key);
    case Field::CPPTYPE_BOOL:
      return r->GetBool(entry, key) ? "true" : "false";
    case Field::CPPTYPE_INT32:
      return absl::StrCat(r->GetInt32(entry, key));
    case Field::CPPTYPE_INT64:
      return absl::StrCat(r->GetInt64(entry, key));
    case Field::CPPTYPE_UINT32:
      return absl::StrCat(r->GetUInt32(entry, key));
    default:
      return absl::StrCat(r->GetUInt64(entry, key));
  }
}

}  // namespace smon
