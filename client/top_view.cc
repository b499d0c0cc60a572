#include "client/top_view.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/job_table.h"
#include "client/text_width.h"
#include "client/time_format.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

// So many have a line of their own.
constexpr int kMostClusters = 6;

// Lines of one screen.
class Screen {
 public:
  explicit Screen(const Terminal& terminal) : terminal_(terminal) {}

  void Add(absl::string_view text, Color color = Color::kNone) {
    const std::string line = CutToWidth(ToPrintable(text), terminal_.columns);
    lines_.push_back(terminal_.color ? Colored(line, color) : line);
  }

  // A table has its own colours, and is cut already.
  void AddTable(absl::string_view title, const v1::ListJobsResponse& jobs,
                int most_lines, const JobListStyle& style) {
    if (most_lines < 3) return;
    Add(title);
    const auto table = MakeJobTable(style, JobTableKind::kUsual);
    v1::ListJobsResponse shown = jobs;
    const int rows = std::min(jobs.jobs_size(), most_lines - 2);
    shown.mutable_jobs()->DeleteSubrange(rows, jobs.jobs_size() - rows);
    std::string text;
    if (!table->Append(shown.jobs(), &text).ok()) return;
    for (absl::string_view line :
         absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      lines_.emplace_back(line);
    }
  }

  int size() const { return static_cast<int>(lines_.size()); }
  std::string Text(int rows) {
    if (size() > rows) lines_.resize(static_cast<size_t>(rows));
    return absl::StrJoin(lines_, "\n");
  }

 private:
  const Terminal terminal_;
  std::vector<std::string> lines_;
};

std::string HealthLine(const v1::Health& health) {
  if (health.status() == v1::Health::OK) return "Health   OK";
  return absl::StrCat("Health   DEGRADED: ",
                      absl::StrJoin(health.issues(), ", "));
}

// `clusters`: says whose each part is.
std::string PartsLine(const v1::Health& health, bool clusters, absl::Time now,
                      absl::TimeZone zone) {
  std::vector<std::string> parts;
  for (const v1::Health::Component& part : health.components()) {
    std::string text = absl::StrCat(
        part.name(), part.cluster().empty() || !clusters ? "" : "@",
        clusters ? part.cluster() : "", " ",
        part.status() == v1::Health::STATUS_UNSPECIFIED
            ? "unknown"
            : v1::Health::Status_Name(part.status()));
    if (part.status() == v1::Health::DEGRADED && part.has_since_time()) {
      absl::StrAppend(&text, " (",
                      FormatRelative(FromProto(part.since_time()), now, zone),
                      ")");
    }
    parts.push_back(text);
  }
  return absl::StrCat("Parts    ", absl::StrJoin(parts, ", "));
}

std::string PhasesLine(const v1::Stats& stats) {
  std::vector<std::string> phases;
  for (const v1::Stats::PhaseCount& count : stats.phases()) {
    phases.push_back(absl::StrCat(
        count.jobs(), " ",
        absl::AsciiStrToLower(v1::Delivery::Phase_Name(count.phase()))));
  }
  return absl::StrCat("Logs     ", absl::StrJoin(phases, ", "));
}

std::string RateText(double rate) {
  return rate == 0 ? "no limit" : absl::StrFormat("%.4g/s", rate);
}

std::string LaneLine(const v1::Stats::Lane& lane) {
  return absl::StrFormat(
      "Lane     %s: %s of %s, %d in flight, %d requests, %d retries",
      lane.name(), RateText(lane.current_rate()), RateText(lane.max_rate()),
      lane.in_flight(), lane.requests(), lane.retries());
}

std::string PollsLine(const v1::Stats& stats, absl::Time now,
                      absl::TimeZone zone) {
  const v1::Stats::Polls& polls = stats.polls();
  if (!polls.has_last_success_time()) return "Polls    none yet";
  return absl::StrFormat(
      "Polls    last %s, took %.2f s, every %.0f s; %d failed",
      FormatRelative(FromProto(polls.last_success_time()), now, zone),
      polls.last_duration_seconds(), polls.interval_seconds(), polls.failed());
}

// "tux OK (POLLER), polled 3s ago, 12 live, 4 failed".
std::string ClusterLine(const v1::Cluster& cluster, absl::Time now,
                        absl::TimeZone zone) {
  std::string text = absl::StrCat(
      cluster.name(), " ",
      cluster.status() == v1::Health::STATUS_UNSPECIFIED
          ? "unknown"
          : v1::Health::Status_Name(cluster.status()),
      cluster.has_last_poll_time()
          ? absl::StrCat(
                ", polled ",
                FormatRelative(FromProto(cluster.last_poll_time()), now, zone))
          : ", not polled yet");
  if (cluster.has_jobs()) {
    absl::StrAppend(&text, ", ", cluster.jobs().live(), " not ended, ",
                    cluster.jobs().failed(), " failed");
  }
  return text;
}

std::string ReplicaLine(const v1::ListReplicasResponse& replicas) {
  std::vector<std::string> texts;
  for (const v1::Replica& replica : replicas.replicas()) {
    const auto& polled = replica.polled_clusters();
    texts.push_back(absl::StrCat(
        replica.name(), " ",
        polled.empty() ? "STANDBY"
                       : absl::StrCat("POLLER of ", absl::StrJoin(polled, "+")),
        replica.replica_id() == replicas.replica_id() ? " (answers)" : ""));
  }
  return absl::StrCat("Replicas ", absl::StrJoin(texts, ", "));
}

// Where there are several of them.
void AddFleet(const TopView& view, absl::Time now, absl::TimeZone zone,
              Screen* screen) {
  const int clusters = view.clusters.clusters_size();
  for (int i = 0; clusters > 1 && i < std::min(clusters, kMostClusters); ++i) {
    const v1::Cluster& cluster = view.clusters.clusters(i);
    screen->Add(
        absl::StrCat(i == 0 ? "Clusters " : "         ",
                     ClusterLine(cluster, now, zone)),
        cluster.status() == v1::Health::DEGRADED ? Color::kRed : Color::kNone);
  }
  if (clusters > kMostClusters) {
    screen->Add(absl::StrCat("         and ", clusters - kMostClusters,
                             " more ('smonctl clusters')"));
  }
  if (view.replicas.replicas_size() > 1) {
    screen->Add(ReplicaLine(view.replicas));
  }
}

void AddHead(const TopView& view, absl::Time now, absl::TimeZone zone,
             Screen* screen) {
  const std::string up =
      view.health.has_start_time()
          ? absl::StrCat(
                ", up for ",
                FormatElapsed(now - FromProto(view.health.start_time())))
          : "";
  screen->Add(absl::StrCat(FormatLocal(now, zone), "  smonsvc ",
                           view.health.version(), " at ", view.address, up,
                           "  (q quits, r refreshes)"));
  if (!view.error.empty()) {
    screen->Add(
        absl::StrCat(
            view.time == absl::InfinitePast()
                ? "Nothing known yet: "
                : absl::StrCat("As of ", FormatRelative(view.time, now, zone),
                               ": "),
            view.error),
        Color::kRed);
  }
  screen->Add(HealthLine(view.health), view.health.status() == v1::Health::OK
                                           ? Color::kGreen
                                           : Color::kRed);
  screen->Add(
      PartsLine(view.health, view.clusters.clusters_size() > 1, now, zone));
  const v1::Stats::Jobs& jobs = view.stats.jobs();
  screen->Add(absl::StrCat("Jobs     ", jobs.total(), " known, ",
                           jobs.running(), " not ended, ", jobs.terminal(),
                           " ended, ", jobs.results_fetched(), " verdicts"));
  screen->Add(PhasesLine(view.stats));
  for (const v1::Stats::Lane& lane : view.stats.lanes()) {
    screen->Add(LaneLine(lane));
  }
  screen->Add(PollsLine(view.stats, now, zone));
  AddFleet(view, now, zone, screen);
}

}  // namespace

std::string DrawTop(const TopView& view, int rows, const Terminal& terminal,
                    absl::Time now, absl::TimeZone zone) {
  Screen screen(terminal);
  AddHead(view, now, zone, &screen);
  JobListStyle style;
  style.terminal = terminal;
  style.now = now;
  style.zone = zone;
  style.clusters = view.shows_clusters;
  // Three fifths for what failed, and what the running jobs leave free; the
  // two lines between belong to nobody.
  const int left = rows - screen.size() - 2;
  const int running = std::min(view.running.jobs_size() + 2, left * 2 / 5);
  screen.Add("");
  screen.AddTable("Newly unsuccessful", view.unsuccessful, left - running,
                  style);
  screen.Add("");
  screen.AddTable("Running", view.running, running, style);
  return screen.Text(rows);
}

}  // namespace smon::client
