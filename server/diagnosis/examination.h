#ifndef SMON_SERVER_DIAGNOSIS_EXAMINATION_H_
#define SMON_SERVER_DIAGNOSIS_EXAMINATION_H_

#include <functional>
#include <future>
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

// Gathers the facts for a diagnosis: one Slurm command, one request to attrsvc,
// some short reads of the store. Waits 15 seconds for Slurm and 8 for attrsvc
// at most. For one thread at a time.
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

  // Waits for the Slurm command, which has to be cancelled before if it hangs.
  ~Examination() = default;

  // "service" first, then those of Slurm, attrsvc and the host.
  Findings Examine();

 private:
  // A command that has not ended in time is waited for again the next time.
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo();
  Findings ExamineSlurm(const Monitor::Counters& counters);
  Findings ExamineDelivery() const;
  Findings ExamineHost(const Monitor::Counters& counters) const;
  // Whether there is a job of another user in the store.
  bool SeesOthers(const std::string& own_user) const;

  Monitor* const monitor_;
  const Clock* const clock_;
  const Options options_;
  std::future<absl::StatusOr<slurm::ClusterInfo>> reading_;
};

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_EXAMINATION_H_
