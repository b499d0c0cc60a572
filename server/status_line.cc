#include "server/status_line.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace smon {
namespace {

// Of what went wrong, enough to tell what it is.
constexpr size_t kMostError = 120;

std::string TimeOfDay(absl::Time time) {
  return absl::FormatTime("%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace

std::string StatusLine(const Monitor::Counters& counters,
                       const ReloadRecord::Reading& settings) {
  std::string line;
  if (!settings.last.ok()) {
    absl::StrAppend(&line, "settings not taken at ", TimeOfDay(settings.at),
                    ": ", settings.last.message().substr(0, kMostError), "; ");
  }
  for (const ComponentHealth::Snapshot& part : counters.components) {
    if (part.healthy) continue;
    absl::StrAppend(&line, part.name, " degraded since ", TimeOfDay(part.since),
                    ": ", part.last_error.substr(0, kMostError), "; ");
  }
  const absl::Time polled = SumOfPolls(counters.clusters).last_success;
  if (polled == absl::InfinitePast()) {
    absl::StrAppend(&line, "no poll yet");
  } else {
    absl::StrAppend(&line, "last poll ", TimeOfDay(polled));
  }
  absl::StrAppend(&line, ", ", counters.sent.logs_submitted, " logs sent, ",
                  counters.sent.verdicts, " verdicts");
  return line;
}

}  // namespace smon
