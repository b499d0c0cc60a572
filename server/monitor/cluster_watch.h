#ifndef SMON_SERVER_MONITOR_CLUSTER_WATCH_H_
#define SMON_SERVER_MONITOR_CLUSTER_WATCH_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/monitor/component_health.h"
#include "server/monitor/heartbeat.h"
#include "server/monitor/poller.h"
#include "server/monitor/store.h"
#include "slurm/job_id.h"
#include "slurm/slurm_client.h"

namespace smon {

// A cluster that is watched, and the way to its Slurm, which is not shared with
// another cluster.
struct ClusterSource {
  slurm::SlurmClient* slurm = nullptr;
  std::string name;
  std::string slurm_version = "";
  bool has_accounting = true;
  // See Poller::Options.
  std::function<absl::StatusOr<Poller::Cluster>()> learn = nullptr;
};

// One cluster that is watched: its Slurm, the Poller that reads it with a
// thread of its own, and how Slurm and accounting have answered. Clusters do
// not wait for one another. Thread-safe once started.
class ClusterWatch {
 public:
  // What there is to tell of the cluster.
  struct Snapshot {
    std::string name;
    std::string slurm_version;  // empty until it is known
    ComponentHealth::Snapshot slurm;
    // None where the cluster keeps no accounting, or that is not known yet.
    std::optional<ComponentHealth::Snapshot> accounting;
    Poller::Totals polls;
    slurm::CommandCounts commands;
    // Whether this replica polls it; another one does otherwise, and what is
    // here says nothing of how the cluster is.
    bool is_mine = true;
  };

  // `poller` is what all clusters have in common; cluster, version and
  // accounting are the source's. `on_pending` is called from the polling
  // thread; see Poller. All pointers must outlive this object.
  ClusterWatch(ClusterSource source, Store* store, const Clock* clock,
               ComponentHealth* store_health, std::function<void()> on_pending,
               Poller::Options poller);

  // See the Poller's methods of these names. Loads nothing while another
  // replica polls the cluster.
  absl::Status Load() { return is_mine() ? poller_.Load() : absl::OkStatus(); }
  void RolesChanged() { poller_.RolesChanged(); }
  void Start() { poller_.Start(); }
  void Stop() { poller_.Stop(); }
  void Change(const Poller::Options& options) { poller_.Change(options); }
  void Notify(const slurm::JobId& id) { poller_.Notify(id); }
  const Heartbeat& heartbeat() const { return poller_.heartbeat(); }

  const std::string& name() const { return source_.name; }
  bool is_mine() const {
    return store_->replicas()->PollToken(source_.name).has_value();
  }
  Snapshot Get() const;

  // Asks Slurm, which takes a command.
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo() const {
    return source_.slurm->ReadClusterInfo();
  }

 private:
  const ClusterSource source_;
  Store* const store_;
  ComponentHealth slurm_health_;
  ComponentHealth accounting_health_;
  Poller poller_;
};

// What all clusters' polls come to: numbers are added up; of times and
// durations it is what the cluster that is worst off has: the oldest last
// success and watermark, the longest interval. next_poll is the soonest.
// Times are of the clusters that this replica polls, InfinitePast for none.
Poller::Totals SumOfPolls(const std::vector<ClusterWatch::Snapshot>& clusters);
slurm::CommandCounts SumOfCommands(
    const std::vector<ClusterWatch::Snapshot>& clusters);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_CLUSTER_WATCH_H_
