#ifndef SMON_SERVER_MONITOR_MONITOR_H_
#define SMON_SERVER_MONITOR_MONITOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/attrsvc_client.h"
#include "server/monitor/attrsvc_stats.h"
#include "server/monitor/check.h"
#include "server/monitor/cluster_notes.h"
#include "server/monitor/cluster_watch.h"
#include "server/monitor/component_health.h"
#include "server/monitor/integrity_check.h"
#include "server/monitor/poller.h"
#include "server/monitor/resubmission.h"
#include "server/monitor/store.h"
#include "server/monitor/store_probe.h"
#include "server/monitor/submitter.h"
#include "slurm/slurm_client.h"

namespace smon {

// The service without its ports: polls each cluster's Slurm, delivers logs, and
// says how it is doing. Thread-safe once started.
class Monitor {
 public:
  struct Options {
    Poller::Options poller;  // of each cluster; ClusterWatch fills in the rest
    Submitter::Options submitter;
    std::string version;
    // How this replica is called, and its address, for the others.
    std::string replica_name;
    std::string replica_address;
  };

  // One cluster at least, each once; the first one is the default. All pointers
  // must outlive this object.
  Monitor(std::vector<ClusterSource> clusters, AttrsvcClient* attrsvc,
          Store* store, const Clock* clock, Options options);
  ~Monitor();

  // Goes on where the last run stopped, and starts the threads.
  absl::Status Start();
  // Ends the threads; see Poller::Stop and Submitter::Stop.
  void Stop(absl::Duration grace);

  // Takes what can be changed while running: Poller::Change and
  // Submitter::Change say what that is. Thread-safe.
  void Change(const Options& options);

  v1::Health GetHealth() const;
  // Whether the process is well: its loops turn. What is wrong here only a
  // restart may mend; Slurm, attrsvc or the store being away is not.
  Checks Liveness() const;
  // Whether it can answer: it is well, the store can be read, and the first
  // poll is over, whatever came of it. Neither waits for anything.
  Checks Readiness() const;

  // Everything that is counted, but for the store's counts. Waits for nothing.
  struct Counters {
    std::vector<ClusterWatch::Snapshot> clusters;
    Submitter::Totals sent;
    std::vector<Submitter::LaneStats> lanes;
    Submitter::Plans plans;
    std::vector<ComponentHealth::Snapshot> components;
  };
  Counters GetCounters() const;
  // In the order in which they were given. Waits for nothing.
  std::vector<ClusterWatch::Snapshot> GetClusters() const;
  // What an empty cluster's name stands for: the first one.
  const std::string& default_cluster() const { return watches_[0]->name(); }
  const StoreProbe& store_probe() const { return store_probe_; }
  // What other replicas tell of clusters.
  const ClusterNotes& cluster_notes() const { return cluster_notes_; }

  absl::StatusOr<v1::Stats> GetStats() const;
  // See Store::Resubmit; the log is sent at once. Fills in order.now.
  absl::StatusOr<ResubmitResult> Resubmit(int64_t job, ResubmitOrder order);
  // The same for all jobs that match; see Store::StartResubmission. `stop` is
  // asked every some hundred jobs, and ends it by returning true: CANCELLED.
  // After that, or another error, the same order goes on with what is left.
  absl::StatusOr<ResubmitReport> ResubmitAll(const JobFilter& filter,
                                             int64_t max_jobs,
                                             ResubmitOrder order,
                                             const std::function<bool()>& stop);

  // Looks at the job now; see Poller::Notify. Waits for nothing. `job_id` is as
  // Slurm displays it, or a raw id; an empty `cluster` stands for the
  // default one. INVALID_ARGUMENT when it cannot be a job's, or the cluster is
  // watched neither here nor by another smonsvc on the same store. No error for
  // a job that Slurm does not have.
  absl::Status Notify(const std::string& cluster, const std::string& job_id);

  // attrsvc's own statistics, a JSON object as it came; see AttrsvcStats::Get.
  absl::StatusOr<std::string> GetAttrsvcStats(
      absl::Duration patience, const std::function<bool()>& stop) {
    return attrsvc_stats_.Get(patience, stop);
  }

  // Asks the Slurm of a cluster that is watched, which takes a command or,
  // where none has answered yet, two.
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo(
      const std::string& cluster) const;
  // See AttrsvcClient::QuestionsBlock.
  bool AttrsvcQuestionsBlock() const { return attrsvc_->QuestionsBlock(); }

  Store* store() const { return store_; }
  const Replicas& replicas() const { return *store_->replicas(); }

 private:
  void ListenToReplicas();
  absl::Status JoinReplicas();
  // Null for one that is not watched; an empty name stands for the default.
  ClusterWatch* Find(const std::string& cluster) const;
  // Whether a replica that is alive polls it, though this one may not watch it.
  bool IsPolledByAnother(const std::string& cluster) const;
  // In the order in which they are shown: the clusters' first.
  std::vector<ComponentHealth::Snapshot> Components(
      const std::vector<ClusterWatch::Snapshot>& clusters) const;
  // "poller", or "poller/NAME" where there are several clusters.
  std::string LoopName(const ClusterWatch& watch) const;

  AttrsvcClient* const attrsvc_;
  Store* const store_;
  const Clock* const clock_;
  const Options options_;
  const absl::Time started_at_;
  ComponentHealth attrsvc_health_;
  ComponentHealth store_health_;
  IntegrityCheck integrity_check_;
  StoreProbe store_probe_;
  ClusterNotes cluster_notes_;
  AttrsvcStats attrsvc_stats_;
  Submitter submitter_;
  std::vector<std::unique_ptr<ClusterWatch>> watches_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_MONITOR_H_
