#include "common/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/log_flood.h"
#include "common/mutex.h"
#include "common/utf8.h"
#include "nlohmann/json.hpp"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace smon {
namespace {

std::atomic<LogFormat> log_format{LogFormat::kText};

// Created on first use and never destroyed: threads may log until the end.
spdlog::logger& Logger() {
  static auto* const logger = [] {
    auto* made = new spdlog::logger(
        "smon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::kDebug:
      return spdlog::level::debug;
    case LogSeverity::kInfo:
      return spdlog::level::info;
    case LogSeverity::kWarning:
      return spdlog::level::warn;
    case LogSeverity::kError:
      break;
  }
  return spdlog::level::err;
}

absl::string_view SeverityName(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::kDebug:
      return "DEBUG";
    case LogSeverity::kInfo:
      return "INFO";
    case LogSeverity::kWarning:
      return "WARNING";
    case LogSeverity::kError:
      break;
  }
  return "ERROR";
}

// Whether systemd's journal reads stderr: JOURNAL_STREAM has the device and the
// inode of its pipe, and a child may have inherited it with another stderr.
bool StderrIsJournal() {
  struct stat file;
  const char* const stream = std::getenv("JOURNAL_STREAM");
  return stream != nullptr && fstat(STDERR_FILENO, &file) == 0 &&
         absl::StrCat(file.st_dev, ":", file.st_ino) == stream;
}

// What tells the journal the priority of a line, as sd-daemon(3) has it, by
// which `journalctl -p warning` chooses; "" where it does not read.
const char* JournalPriority(LogSeverity severity) {
  static const bool is_journal = StderrIsJournal();
  if (!is_journal) return "";
  switch (severity) {
    case LogSeverity::kDebug:
      return "<7>";
    case LogSeverity::kInfo:
      return "<6>";
    case LogSeverity::kWarning:
      return "<4>";
    case LogSeverity::kError:
      break;
  }
  return "<3>";
}

// A value that holds a space, a quote or nothing is quoted.
void AppendTextValue(absl::string_view value, std::string* out) {
  std::string clean = ToPrintable(value);
  if (!clean.empty() && clean.find_first_of(" \"=") == std::string::npos) {
    out->append(clean);
    return;
  }
  out->push_back('"');
  for (const char c : clean) {
    if (c == '"') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('"');
}

// Of one message, lines a second that are written.
constexpr int kMostLines = 100;

// Never destroyed, as Logger().
struct Flood {
  Mutex mu;
  LogFlood counts ABSL_GUARDED_BY(mu){kMostLines};
};

Flood& TheFlood() {
  static auto* const flood = new Flood;
  return *flood;
}

bool Admit(LogSeverity severity, absl::string_view message) {
  Flood& flood = TheFlood();
  MutexLock lock(&flood.mu);
  return flood.counts.Admit(severity, message, SystemClock().Monotonic());
}

void WriteAlways(LogSeverity severity, absl::string_view message,
                 LogFields fields) {
  if (!LogEnabled(severity)) return;
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(),
                                            absl::UTCTimeZone());
  Logger().log(
      ToSpdlog(severity),
      absl::StrCat(JournalPriority(severity),
                   FormatLogLine(log_format, time, severity, message, fields)));
}

void Write(LogSeverity severity, absl::string_view message, LogFields fields) {
  if (!LogEnabled(severity) || !Admit(severity, message)) return;
  WriteAlways(severity, message, fields);
}

}  // namespace

std::string FormatLogLine(LogFormat format, absl::string_view time,
                          LogSeverity severity, absl::string_view message,
                          LogFields fields) {
  if (format == LogFormat::kJson) {
    nlohmann::ordered_json line;
    line["time"] = std::string(time);
    line["level"] = std::string(SeverityName(severity));
    line["msg"] = ToValidUtf8(message);
    for (const LogField& field : fields) {
      line[std::string(field.key)] = ToValidUtf8(field.value);
    }
    return line.dump();
  }
  std::string line = absl::StrCat(time, " ", SeverityName(severity), " ",
                                  ToPrintable(message));
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=");
    AppendTextValue(field.value, &line);
  }
  return line;
}

void InitLog(LogSeverity least, LogFormat format) {
  log_format = format;
  Logger().set_level(ToSpdlog(least));
}

absl::Status ParseLogSeverity(absl::string_view text, LogSeverity* severity) {
  for (const LogSeverity known : {LogSeverity::kDebug, LogSeverity::kInfo,
                                  LogSeverity::kWarning, LogSeverity::kError}) {
    if (absl::AsciiStrToUpper(text) == SeverityName(known)) {
      *severity = known;
      return absl::OkStatus();
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' is no log level: give DEBUG, INFO, WARNING or ERROR"));
}

bool LogEnabled(LogSeverity severity) {
  return Logger().should_log(ToSpdlog(severity));
}

void LogInfoAlways(absl::string_view message, LogFields fields) {
  WriteAlways(LogSeverity::kInfo, message, fields);
}

void LogWhatWasLeftOut() {
  std::vector<LogFlood::LeftOut> left_out;
  {
    Flood& flood = TheFlood();
    MutexLock lock(&flood.mu);
    left_out = flood.counts.Take(SystemClock().Monotonic());
  }
  for (const LogFlood::LeftOut& one : left_out) {
    WriteAlways(one.severity, "more lines of a message were left out",
                {{"of", one.message}, {"lines", one.lines}});
  }
}

void LogDebug(absl::string_view message, LogFields fields) {
  Write(LogSeverity::kDebug, message, fields);
}
void LogInfo(absl::string_view message, LogFields fields) {
  Write(LogSeverity::kInfo, message, fields);
}
void LogWarning(absl::string_view message, LogFields fields) {
  Write(LogSeverity::kWarning, message, fields);
}
void LogError(absl::string_view message, LogFields fields) {
  Write(LogSeverity::kError, message, fields);
}

}  // namespace smon
