#ifndef SMON_COMMON_LOG_H_
#define SMON_COMMON_LOG_H_

#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace smon {

// Structured logging to stderr, one line a call:
//
//   LogInfo("verdict", {{"job_id", job.job_id}, {"action", "STOP"}});
//
//   2026-11-22T20:40:01.123Z INFO verdict job_id=123_4 action=STOP
//   {"time":"2026-11-22T20:40:01.123Z","level":"INFO","msg":"verdict",...}
//
// Values may hold anything: they are escaped, so that none can forge a line.
// Of a flood of one message a part is left out and counted: see log_flood.h.
// Thread-safe.

enum class LogSeverity { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogField {
  absl::string_view key;
  // Whatever absl::StrCat takes.
  template <typename T>
  LogField(absl::string_view k, const T& v) : key(k), value(absl::StrCat(v)) {}
  std::string value;
};

using LogFields = std::initializer_list<LogField>;

// Before it is called: text, INFO. Thread-safe.
void InitLog(LogSeverity least, LogFormat format);

// "DEBUG", "info", "Warning", … to a severity.
absl::Status ParseLogSeverity(absl::string_view text, LogSeverity* severity);

// Whether a line of this severity would be written; for costly arguments.
bool LogEnabled(LogSeverity severity);

void LogDebug(absl::string_view message, LogFields fields = {});
void LogInfo(absl::string_view message, LogFields fields = {});
void LogWarning(absl::string_view message, LogFields fields = {});
void LogError(absl::string_view message, LogFields fields = {});

// One line without its newline, as the functions above write it; `time` is in
// RFC 3339. For tests.
std::string FormatLogLine(LogFormat format, absl::string_view time,
                          LogSeverity severity, absl::string_view message,
                          LogFields fields);

}  // namespace smon

#endif  // SMON_COMMON_LOG_H_
