#include "server/diagnosis/examination.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "server/diagnosis/delivery_findings.h"
#include "server/diagnosis/slurm_findings.h"

namespace smon {
namespace {

// Together shorter than smonctl waits for an answer.
constexpr absl::Duration kSlurmPatience = absl::Seconds(15);
constexpr absl::Duration kAttrsvcPatience = absl::Seconds(8);
// As many of the newest jobs are looked at for one of another user.
constexpr int kJobsForOthers = 200;

std::string OwnUser() {
  const passwd* user = getpwuid(geteuid());
  return user != nullptr ? user->pw_name : absl::StrCat(geteuid());
}

// Why the component does not work; OK while it does.
absl::Status StatusOf(const ComponentHealth::Snapshot& component) {
  return component.healthy ? absl::OkStatus()
                           : absl::UnavailableError(component.last_error);
}

absl::Status StatusOf(const Monitor::Counters& counters,
                      const std::string& component) {
  for (const ComponentHealth::Snapshot& part : counters.components) {
    if (part.name == component) return StatusOf(part);
  }
  return absl::OkStatus();
}

// Whether the process's loops turn: only a restart mends it if they do not.
Finding Service(const Monitor& monitor) {
  std::string problems;
  for (const Check& check : monitor.Liveness()) {
    if (check.ok()) continue;
    absl::StrAppend(&problems, problems.empty() ? "" : ", ", check.name, " ",
                    check.problem);
  }
  if (problems.empty()) {
    return {"service", v1::Diagnosis::OK, "its loops turn", ""};
  }
  return {"service", v1::Diagnosis::FAILURE, problems,
          "restart smonsvc; nothing is lost by that"};
}

void Append(Findings from, Findings* to) {
  std::move(from.begin(), from.end(), std::back_inserter(*to));
}

}  // namespace

Findings Examination::Examine() {
  const Monitor::Counters counters = monitor_->GetCounters();
  Findings findings = {Service(*monitor_)};
  Append(ExamineSlurm(counters), &findings);
  Append(ExamineDelivery(), &findings);
  Append(ExamineHost(counters), &findings);
  return findings;
}

void Examination::AskSlurm(const std::string& cluster) {
  Reading& reading = readings_[cluster];
  if (reading.valid()) return;
  reading = std::async(std::launch::async, [monitor = monitor_, cluster] {
    return monitor->ReadClusterInfo(cluster);
  });
}

absl::StatusOr<slurm::ClusterInfo> Examination::AwaitSlurm(
    const std::string& cluster,
    std::chrono::steady_clock::time_point deadline) {
  Reading& reading = readings_[cluster];
  if (reading.wait_until(deadline) == std::future_status::ready) {
    return reading.get();
  }
  return absl::UnavailableError(absl::StrCat(
      "Slurm has not answered for ", absl::FormatDuration(kSlurmPatience)));
}

Findings Examination::ExamineSlurm(const Monitor::Counters& counters) {
  const auto deadline = std::chrono::steady_clock::now() +
                        absl::ToChronoMilliseconds(kSlurmPatience);
  for (const ClusterWatch::Snapshot& cluster : counters.clusters) {
    AskSlurm(cluster.name);
  }
  Findings all;
  for (const ClusterWatch::Snapshot& cluster : counters.clusters) {
    Findings its = FindingsOf(cluster, AwaitSlurm(cluster.name, deadline));
    if (counters.clusters.size() > 1) {
      for (Finding& finding : its) finding.cluster = cluster.name;
    }
    Append(std::move(its), &all);
  }
  return all;
}

Findings Examination::FindingsOf(
    const ClusterWatch::Snapshot& cluster,
    absl::StatusOr<slurm::ClusterInfo> info) const {
  SlurmFacts facts;
  facts.cluster = std::move(info);
  facts.polling = StatusOf(cluster.slurm);
  if (cluster.accounting.has_value()) {
    facts.accounting = StatusOf(*cluster.accounting);
  }
  facts.interval = options_.interval;
  facts.now = clock_->Now();
  facts.last_poll = cluster.polls.last_success;
  if (!cluster.is_mine) facts.other_poller = PollerOf(cluster.name);
  facts.partitions = options_.partitions;
  facts.watched_user = options_.watched_user;
  facts.own_user = OwnUser();
  facts.sees_others = SeesOthers(facts.own_user, cluster.name);
  facts.by_rest = options_.by_rest;
  return SlurmFindings(facts);
}

Findings Examination::ExamineDelivery() const {
  DeliveryFacts facts;
  facts.attrsvc = options_.attrsvc;
  facts.answer =
      monitor_->GetAttrsvcStats(kAttrsvcPatience, [] { return false; })
          .status();
  // That it does not have statistics does not say that it is not there.
  if (absl::IsFailedPrecondition(facts.answer)) facts.answer = absl::OkStatus();
  facts.questions_block = monitor_->AttrsvcQuestionsBlock();
  facts.now = clock_->Now();
  // A store that cannot be read is a finding of its own.
  AddLogFacts(monitor_->store(), &facts).IgnoreError();
  return DeliveryFindings(facts);
}

Findings Examination::ExamineHost(const Monitor::Counters& counters) const {
  HostFacts facts;
  facts.store = options_.store;
  facts.store_use = StatusOf(counters, "store");
  const absl::StatusOr<StoreProbe::Sample> sample =
      monitor_->store_probe().Latest();
  if (sample.ok()) {
    facts.store_size = sample->size;
  } else {
    facts.store_use.Update(sample.status());
  }
  facts.now = clock_->Now();
  options_.add_ports(&facts);
  return HostFindings(facts);
}

std::string Examination::PollerOf(const std::string& cluster) const {
  const auto replicas = monitor_->replicas().List();
  if (!replicas.ok()) return "";
  for (const Replica& replica : *replicas) {
    const std::vector<std::string>& polled = replica.polled_clusters;
    if (std::find(polled.begin(), polled.end(), cluster) != polled.end()) {
      return ToPrintable(replica.name.empty() ? replica.id : replica.name);
    }
  }
  return "";
}

bool Examination::SeesOthers(const std::string& own_user,
                             const std::string& cluster) const {
  JobQuery query;
  query.filter.cluster = cluster;
  query.limit = kJobsForOthers;
  const absl::StatusOr<JobPage> page = monitor_->store()->ListJobs(query);
  return page.ok() && std::any_of(page->jobs.begin(), page->jobs.end(),
                                  [&own_user](const Job& job) {
                                    return job.record.user != own_user;
                                  });
}

}  // namespace smon
