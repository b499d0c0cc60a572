#ifndef SMON_TESTING_FAKE_SLURM_CLIENT_H_
#define SMON_TESTING_FAKE_SLURM_CLIENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "slurm/slurm_client.h"

namespace smon {

// A Slurm whose answers a test sets. Not thread-safe.
class FakeSlurmClient final : public slurm::SlurmClient {
 public:
  absl::StatusOr<slurm::JobSnapshot> queue = slurm::JobSnapshot();
  // Jobs that only ReadWholeQueue() tells of.
  absl::StatusOr<slurm::JobSnapshot> elsewhere = slurm::JobSnapshot();
  absl::StatusOr<slurm::JobSnapshot> accounting = slurm::JobSnapshot();
  absl::StatusOr<std::map<std::string, std::string>> scripts =
      std::map<std::string, std::string>();
  absl::StatusOr<std::vector<std::string>> partitions =
      std::vector<std::string>{"batch"};

  // Runs that only ReadWholeAccounting() tells of.
  absl::StatusOr<slurm::JobSnapshot> accounting_elsewhere =
      slurm::JobSnapshot();

  // What it was asked.
  int whole_queues_read = 0;
  std::vector<absl::Time> accounting_since;
  std::vector<std::vector<std::string>> scripts_asked;

  absl::StatusOr<slurm::JobSnapshot> ReadQueue() override { return queue; }
  absl::StatusOr<slurm::JobSnapshot> ReadWholeQueue() override {
    ++whole_queues_read;
    if (!elsewhere.ok() || !queue.ok()) return elsewhere;
    slurm::JobSnapshot whole = *queue;
    whole.jobs.insert(whole.jobs.end(), elsewhere->jobs.begin(),
                      elsewhere->jobs.end());
    return whole;
  }
  absl::StatusOr<slurm::JobSnapshot> ReadAccounting(absl::Time since) override {
    accounting_since.push_back(since);
    return accounting;
  }
  absl::StatusOr<slurm::JobSnapshot> ReadWholeAccounting(absl::Time) override {
    return accounting_elsewhere;
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) override {
    scripts_asked.push_back(job_ids);
    return scripts;
  }
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo() override {
    return slurm::ClusterInfo{"c", "22.05.8", absl::Minutes(5), true};
  }
  absl::StatusOr<std::vector<std::string>> ListPartitions() override {
    return partitions;
  }
  slurm::CommandCounts Counts() const override { return {}; }
};

}  // namespace smon

#endif  // SMON_TESTING_FAKE_SLURM_CLIENT_H_
