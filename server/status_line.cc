#include "server/status_line.h"

#include <algorithm>

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
    // As grpc.health.v1 calls it.
    const std::string cluster =
        counters.clusters.size() < 2 || part.cluster.empty()
            ? ""
            : absl::StrCat("/", part.cluster);
    absl::StrAppend(&line, part.name, cluster, " degraded since ",
                    TimeOfDay(part.since), ": ",
                    part.last_error.substr(0, kMostError), "; ");
  }
  const absl::Time polled = SumOfPolls(counters.clusters).last_success;
  const bool polls =
      counters.clusters.empty() ||
      std::any_of(counters.clusters.begin(), counters.clusters.end(),
                  [](const auto& c) { return c.is_mine; });
  if (!polls) {
    absl::StrAppend(&line, "standby");
  } else if (polled == absl::InfinitePast()) {
    absl::StrAppend(&line, "no poll yet");
  } else {
    absl::StrAppend(&line, "last poll ", TimeOfDay(polled));
  }
  absl::StrAppend(&line, ", ", counters.sent.logs_submitted, " logs sent, ",
                  counters.sent.verdicts, " verdicts");
  return line;
}

}  // namespace smon
