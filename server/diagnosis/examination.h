#ifndef SMON_SERVER_DIAGNOSIS_EXAMINATION_H_
#define SMON_SERVER_DIAGNOSIS_EXAMINATION_H_

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/diagnosis/finding.h"
#include "server/diagnosis/host_findings.h"
#include "server/monitor/monitor.h"
#include "slurm/slurm_client.h"

namespace smon {

// Gathers the facts for a diagnosis: one Slurm command for each cluster, all at
// once, one request to attrsvc, some short reads of the store. Waits 15 seconds
// for Slurm and 8 for attrsvc at most. For one thread at a time.
class Examination {
 public:
  // The settings that findings are about.
  struct Options {
    std::vector<std::string> partitions;
    std::string watched_user;
    absl::Duration interval;
    bool by_rest = false;
    std::string attrsvc;
    std::string store;
    // Fills in what is known of ports and secrets.
    std::function<void(HostFacts*)> add_ports;
  };

  // The pointers outlive this object.
  Examination(Monitor* monitor, const Clock* clock, Options options)
      : monitor_(monitor), clock_(clock), options_(std::move(options)) {}

  // Waits for the Slurm commands, which have to be cancelled before if they
  // hang.
  ~Examination() = default;

  // "service" first, then those of Slurm, attrsvc and the host. Those of Slurm
  // have the cluster's name where there are several.
  Findings Examine();

 private:
  using Reading = std::future<absl::StatusOr<slurm::ClusterInfo>>;

  // A command that has not ended in time is waited for again the next time.
  void AskSlurm(const std::string& cluster);
  absl::StatusOr<slurm::ClusterInfo> AwaitSlurm(
      const std::string& cluster,
      std::chrono::steady_clock::time_point deadline);
  // Of each cluster.
  Findings ExamineSlurm(const Monitor::Counters& counters);
  Findings FindingsOf(const ClusterWatch::Snapshot& cluster,
                      absl::StatusOr<slurm::ClusterInfo> info) const;
  Findings ExamineDelivery() const;
  Findings ExamineHost(const Monitor::Counters& counters) const;
  // What the replica that polls the cluster is called; empty for none.
  std::string PollerOf(const std::string& cluster) const;
  // Whether there is a job of another user of the cluster in the store.
  bool SeesOthers(const std::string& own_user,
                  const std::string& cluster) const;

  Monitor* const monitor_;
  const Clock* const clock_;
  const Options options_;
  std::map<std::string, Reading> readings_;  // by cluster
};

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_EXAMINATION_H_
