#include "testing/attrsvc_standin/knobs.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "nlohmann/json.hpp"

namespace smon::attrsvc_standin {
namespace {

using Json = nlohmann::ordered_json;

absl::Status Bad(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", name, "' is no knob, or its value is not right"));
}

bool Read(const Json& json, int* value) {
  if (!json.is_number_integer()) return false;
  const int64_t number = json.get<int64_t>();
  if (number < 0 || number > 1'000'000'000) return false;
  *value = static_cast<int>(number);
  return true;
}

bool Read(const Json& json, double* value) {
  if (!json.is_number()) return false;
  *value = json.get<double>();
  return true;
}

bool Read(const Json& json, std::string* value) {
  if (!json.is_string()) return false;
  *value = json.get<std::string>();
  return true;
}

bool Set(const std::string& name, const Json& json, Knobs* knobs) {
  if (name == "latency_ms") return Read(json, &knobs->latency_ms);
  if (name == "analysis_ms") return Read(json, &knobs->analysis_ms);
  if (name == "submit_per_minute") return Read(json, &knobs->submit_per_minute);
  if (name == "result_per_minute") return Read(json, &knobs->result_per_minute);
  if (name == "fail_rate") return Read(json, &knobs->fail_rate);
  if (name == "status") return Read(json, &knobs->status);
  if (name == "error_code") return Read(json, &knobs->error_code);
  if (name == "retry_after") return Read(json, &knobs->retry_after);
  return false;
}

}  // namespace

absl::Status ApplyJson(const std::string& json, Knobs* knobs) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return absl::InvalidArgumentError("the body is not a JSON object");
  }
  Knobs changed = *knobs;
  for (const auto& item : parsed.items()) {
    if (!Set(item.key(), item.value(), &changed)) return Bad(item.key());
  }
  SMON_RETURN_IF_ERROR(Check(changed));
  *knobs = changed;
  return absl::OkStatus();
}

std::string ToJson(const Knobs& knobs) {
  return Json{{"latency_ms", knobs.latency_ms},
              {"analysis_ms", knobs.analysis_ms},
              {"submit_per_minute", knobs.submit_per_minute},
              {"result_per_minute", knobs.result_per_minute},
              {"fail_rate", knobs.fail_rate},
              {"status", knobs.status},
              {"error_code", knobs.error_code},
              {"retry_after", knobs.retry_after}}
      .dump();
}

absl::Status Check(const Knobs& knobs) {
  if (knobs.latency_ms < 0) return Bad("latency_ms");
  if (knobs.analysis_ms < 0) return Bad("analysis_ms");
  if (knobs.submit_per_minute < 0) return Bad("submit_per_minute");
  if (knobs.result_per_minute < 0) return Bad("result_per_minute");
  if (!(knobs.fail_rate >= 0 && knobs.fail_rate <= 1)) return Bad("fail_rate");
  if (knobs.status != 0 && (knobs.status < 200 || knobs.status > 599)) {
    return Bad("status");
  }
  // It becomes a header.
  for (const char c : knobs.retry_after) {
    if (c < ' ' || c > '~') return Bad("retry_after");
  }
  return absl::OkStatus();
}

}  // namespace smon::attrsvc_standin
