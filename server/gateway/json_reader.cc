#include "server/gateway/json_reader.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;
using Json = nlohmann::json;

constexpr int kMaxDepth = 100;

const Field* FindField(const pb::Descriptor* type, const std::string& name) {
  for (int i = 0; i < type->field_count(); ++i) {
    const Field* field = type->field(i);
    if (field->json_name() == name || field->name() == name) return field;
  }
  return nullptr;
}

// Removes what `type` does not have. protobuf's own option to ignore it would
// ignore unknown enum values too.
void DropUnknown(const pb::Descriptor* type, Json* json) {
  if (!json->is_object() ||
      type->well_known_type() != pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
    return;
  }
  for (auto it = json->begin(); it != json->end();) {
    const Field* field = FindField(type, it.key());
    if (field == nullptr) {
      it = json->erase(it);
      continue;
    }
    Json& value = it.value();
    ++it;
    if (field->is_map()) {
      const pb::Descriptor* element =
          field->message_type()->map_value()->message_type();
      if (element == nullptr || !value.is_object()) continue;
      for (Json& entry : value) DropUnknown(element, &entry);
    } else if (field->message_type() != nullptr) {
      if (value.is_array()) {
        for (Json& entry : value) DropUnknown(field->message_type(), &entry);
      } else {
        DropUnknown(field->message_type(), &value);
      }
    }
  }
}

}  // namespace

absl::Status JsonToMessage(absl::string_view json, pb::Message* message) {
  if (absl::StripAsciiWhitespace(json).empty()) return absl::OkStatus();
  bool too_deep = false;
  const auto limit_depth = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return !too_deep;
  };
  Json parsed;
  try {
    parsed = Json::parse(json.begin(), json.end(), limit_depth);
  } catch (const Json::exception& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    const std::string what = e.what();
    const size_t start = what.find("] ");
    return absl::InvalidArgumentError(
        start == std::string::npos ? what : what.substr(start + 2));
  }
  if (too_deep) {
    return absl::InvalidArgumentError(
        absl::StrCat("the JSON is nested deeper than ", kMaxDepth));
  }
  DropUnknown(message->GetDescriptor(), &parsed);
  const auto status = pb::util::JsonStringToMessage(
      parsed.dump(-1, ' ', false, Json::error_handler_t::replace), message);
  if (!status.ok()) {
    return absl::InvalidArgumentError(std::string(status.message()));
  }
  return absl::OkStatus();
}

}  // namespace smon
