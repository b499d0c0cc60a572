#include "testing/slurm_standin/time_spec.h"

#include <stdio.h>
#include <time.h>

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace smon::slurm_standin {
namespace {

// The whole of `text` by one scanf format; how far it got in `parsed`.
template <typename... Ints>
bool Scan(const std::string& text, const char* format, int* parsed,
          Ints*... ints) {
  int length = 0;
  const int fields = sscanf(text.c_str(), format, ints..., &length);
  if (fields != sizeof...(Ints) || length == 0) return false;
  *parsed = std::max(*parsed, length);
  return static_cast<size_t>(length) == text.size();
}

struct tm LocalTime(int64_t time) {
  const time_t seconds = time;
  struct tm local;
  localtime_r(&seconds, &local);
  return local;
}

int64_t AtTimeOfDay(struct tm day, int hour, int minute, int second) {
  day.tm_hour = hour;
  day.tm_min = minute;
  day.tm_sec = second;
  day.tm_isdst = -1;
  return mktime(&day);
}

// "-1hour", "+90", "-5minutes".
std::optional<int64_t> ParseOffset(const std::string& text) {
  constexpr struct {
    absl::string_view name;
    int64_t seconds;
  } kUnits[] = {{"seconds", 1},
                {"minutes", 60},
                {"hours", 3600},
                {"days", 86400},
                {"weeks", 7 * 86400}};
  const size_t digits = text.find_last_of("0123456789");
  int64_t count = 0;
  if (digits == std::string::npos ||
      !absl::SimpleAtoi(text.substr(0, digits + 1), &count)) {
    return std::nullopt;
  }
  const std::string unit = text.substr(digits + 1);
  for (const auto& known : kUnits) {
    if (absl::StartsWith(known.name, unit)) return count * known.seconds;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseWord(const std::string& text, int64_t now) {
  const struct tm today = LocalTime(now);
  if (text == "now") return now;
  if (text == "today" || text == "midnight") {
    return AtTimeOfDay(today, 0, 0, 0);
  }
  if (text == "noon") return AtTimeOfDay(today, 12, 0, 0);
  if (text == "tomorrow") {
    struct tm tomorrow = today;
    ++tomorrow.tm_mday;
    return AtTimeOfDay(tomorrow, 0, 0, 0);
  }
  int64_t seconds = 0;
  if (absl::StartsWith(text, "uts") &&
      absl::SimpleAtoi(text.substr(3), &seconds)) {
    return seconds;
  }
  if (absl::StartsWith(text, "now+") || absl::StartsWith(text, "now-")) {
    const std::optional<int64_t> offset = ParseOffset(text.substr(3));
    if (offset.has_value()) return now + *offset;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<int64_t> ParseTimeSpec(absl::string_view spec, int64_t now) {
  const std::string text(spec);
  if (const std::optional<int64_t> time = ParseWord(text, now)) return *time;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int parsed = 0;
  const auto date = [&] {
    struct tm local = {};
    local.tm_year = year - 1900;
    local.tm_mon = month - 1;
    local.tm_mday = day;
    return AtTimeOfDay(local, hour, minute, second);
  };
  if (Scan(text, "%4d-%2d-%2d%n", &parsed, &year, &month, &day) ||
      Scan(text, "%4d-%2d-%2dT%2d:%2d%n", &parsed, &year, &month, &day, &hour,
           &minute) ||
      Scan(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &parsed, &year, &month, &day,
           &hour, &minute, &second)) {
    return date();
  }
  if (Scan(text, "%2d:%2d%n", &parsed, &hour, &minute) ||
      Scan(text, "%2d:%2d:%2d%n", &parsed, &hour, &minute, &second)) {
    return AtTimeOfDay(LocalTime(now), hour, minute, second);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("Invalid time specification (pos=", parsed, "): ", text));
}

}  // namespace smon::slurm_standin
