#include "server/monitor/cluster_watch.h"

#include <algorithm>
#include <utility>

namespace smon {
namespace {

Poller::Options OptionsOf(const ClusterSource& source,
                          Poller::Options options) {
  options.cluster = source.name;
  options.slurm_version = source.slurm_version;
  options.has_accounting = source.has_accounting;
  options.learn = source.learn;
  return options;
}

void Add(const Notices::Totals& from, Notices::Totals* to) {
  to->received += from.received;
  to->merged += from.merged;
  to->overflowed += from.overflowed;
  to->looks += from.looks;
  to->failed_looks += from.failed_looks;
  to->ended += from.ended;
  to->unknown += from.unknown;
  to->left_to_poll += from.left_to_poll;
  to->pending += from.pending;
}

void Add(const Poller::Coverage& from, Poller::Coverage* to) {
  to->checked = std::min(to->checked, from.checked);
  to->since = std::min(to->since, from.since);
  to->ended += from.ended;
  to->missing += from.missing;
}

void Add(const Poller::Totals& from, Poller::Totals* to) {
  to->jobs += from.jobs;
  to->with_log_path += from.with_log_path;
  to->polls += from.polls;
  to->failed_polls += from.failed_polls;
  to->skipped_summaries += from.skipped_summaries;
  to->malformed_records += from.malformed_records;
  to->malformed.insert(to->malformed.end(), from.malformed.begin(),
                       from.malformed.end());
  to->last_duration = std::max(to->last_duration, from.last_duration);
  to->durations.Add(from.durations);
  to->next_poll = std::min(to->next_poll, from.next_poll);
  to->interval = std::max(to->interval, from.interval);
  to->removed.by_age += from.removed.by_age;
  to->removed.by_count += from.removed.by_count;
  Add(from.notices, &to->notices);
}

}  // namespace

ClusterWatch::ClusterWatch(ClusterSource source, Store* store,
                           const Clock* clock, ComponentHealth* store_health,
                           std::function<void()> on_pending,
                           Poller::Options poller)
    : source_(std::move(source)),
      store_(store),
      slurm_health_("slurm", clock, source_.name),
      accounting_health_("accounting", clock, source_.name),
      poller_(source_.slurm, store, clock,
              {&slurm_health_, &accounting_health_, store_health},
              std::move(on_pending), OptionsOf(source_, std::move(poller))) {}

ClusterWatch::Snapshot ClusterWatch::Get() const {
  Snapshot snapshot;
  snapshot.name = source_.name;
  snapshot.slurm = slurm_health_.Get();
  if (const auto cluster = poller_.cluster(); cluster.has_value()) {
    snapshot.slurm_version = cluster->slurm_version;
    if (cluster->has_accounting) {
      snapshot.accounting = accounting_health_.Get();
    }
  }
  snapshot.polls = poller_.totals();
  snapshot.commands = source_.slurm->Counts();
  snapshot.is_mine = is_mine();
  if (snapshot.is_mine) return snapshot;
  // What was known when this replica polled it is not true any more.
  for (ComponentHealth::Snapshot* part :
       {&snapshot.slurm,
        snapshot.accounting.has_value() ? &*snapshot.accounting : nullptr}) {
    if (part == nullptr) continue;
    ComponentHealth::Snapshot unknown;
    unknown.name = part->name;
    unknown.cluster = part->cluster;
    unknown.since = part->since;
    *part = std::move(unknown);
  }
  snapshot.polls.last_success = absl::InfinitePast();
  snapshot.polls.next_poll = absl::InfiniteFuture();
  snapshot.polls.watermark = absl::InfinitePast();
  snapshot.polls.skipped_summaries = 0;
  const int64_t back_filled = snapshot.polls.coverage.back_filled;
  snapshot.polls.coverage = Poller::Coverage();
  snapshot.polls.coverage.back_filled = back_filled;  // a counter
  return snapshot;
}

Poller::Totals SumOfPolls(const std::vector<ClusterWatch::Snapshot>& clusters) {
  Poller::Totals sum;
  sum.last_success = sum.watermark = absl::InfiniteFuture();
  sum.coverage.checked = sum.coverage.since = absl::InfiniteFuture();
  for (const ClusterWatch::Snapshot& cluster : clusters) {
    Add(cluster.polls, &sum);
    sum.coverage.back_filled += cluster.polls.coverage.back_filled;
    // How the others are, those know who poll them.
    if (!cluster.is_mine) continue;
    sum.last_success = std::min(sum.last_success, cluster.polls.last_success);
    // Where no accounting is kept there is nothing to be behind of.
    if (!cluster.accounting.has_value()) continue;
    sum.watermark = std::min(sum.watermark, cluster.polls.watermark);
    Add(cluster.polls.coverage, &sum.coverage);
  }
  for (absl::Time* time : {&sum.last_success, &sum.watermark,
                           &sum.coverage.checked, &sum.coverage.since}) {
    if (*time == absl::InfiniteFuture()) *time = absl::InfinitePast();
  }
  return sum;
}

slurm::CommandCounts SumOfCommands(
    const std::vector<ClusterWatch::Snapshot>& clusters) {
  slurm::CommandCounts sum;
  for (const ClusterWatch::Snapshot& cluster : clusters) {
    for (const auto& [name, from] : cluster.commands.by_command) {
      slurm::CommandCounts::Count& to = sum.by_command[name];
      to.calls += from.calls;
      to.failures += from.failures;
      to.total += from.total;
      to.last = std::max(to.last, from.last);
      to.longest = std::max(to.longest, from.longest);
      to.durations.Add(from.durations);
    }
  }
  return sum;
}

}  // namespace smon
