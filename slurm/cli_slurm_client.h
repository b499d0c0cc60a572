#ifndef SMON_SLURM_CLI_SLURM_CLIENT_H_
#define SMON_SLURM_CLI_SLURM_CLIENT_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "slurm/command_runner.h"
#include "slurm/job_selection.h"
#include "slurm/sacct.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// A SlurmClient that runs squeue, sacct, scontrol and sinfo.
//
//   PosixCommandRunner runner;
//   CliSlurmClient slurm(&runner, {{"batch", "batch_long"}, "",
//                                  absl::Seconds(60)});
//
// With a cluster's name, each of them asks that one (-M NAME): where its
// controller is, Slurm's commands are told by slurmdbd.
//
// Two more commands than SlurmClient promises, seldom: `sacct --helpformat`
// once, before the first use of accounting, and `sinfo -N` when a job ran on a
// node that was not met before.
class CliSlurmClient final : public SlurmClient {
 public:
  struct Options {
    std::vector<std::string> partitions;  // empty: all
    std::string user;                     // empty: all
    absl::Duration command_timeout = absl::Seconds(60);
    std::string cluster = "";  // empty: the one of slurm.conf
    // ReadClusterInfo() sees whether it is the one of slurm.conf, too: that one
    // is asked without slurmdbd. One command more.
    bool may_be_local = false;
  };

  // The runner is not owned and must outlive this.
  CliSlurmClient(CommandRunner* runner, Options options);

  absl::StatusOr<JobSnapshot> ReadQueue(IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadWholeQueue(IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadJobs(const std::vector<int64_t>& numbers,
                                       IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadAccounting(absl::Time since, absl::Time until,
                                             IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadWholeAccounting(absl::Time since,
                                                  absl::Time until,
                                                  IsNews is_news) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) override;
  absl::StatusOr<ClusterInfo> ReadClusterInfo() override;
  absl::StatusOr<std::vector<std::string>> ListPartitions() override;
  CommandCounts Counts() const override;

 private:
  // Runs the command, counts it, and gives what it printed: at the end, or to
  // `on_output` as it comes.
  absl::StatusOr<std::string> Run(
      std::vector<std::string> argv,
      std::function<void(absl::string_view)> on_output = nullptr);
  // The queue, or those of its jobs that `more_arguments` name.
  absl::StatusOr<JobSnapshot> ReadQueueOf(
      const JobSelection& selection, IsNews is_news,
      const std::vector<std::string>& more_arguments = {});
  absl::StatusOr<JobSnapshot> ReadAccountingOf(const JobSelection& selection,
                                               absl::Time since,
                                               absl::Time until,
                                               IsNews is_news);
  // The same for a command line that names the cluster already, if it has to.
  absl::StatusOr<std::string> RunAddressed(
      std::vector<std::string> argv,
      std::function<void(absl::string_view)> on_output);
  std::vector<std::string> ByName(std::vector<std::string> argv) const;
  // What scontrol tells, run with these arguments.
  absl::StatusOr<ClusterInfo> ReadConfig(std::vector<std::string> argv);
  absl::StatusOr<SacctCapabilities> Capabilities();
  // Turns the node names that Slurm gives as batch_host into host names; those
  // that cannot be told into none.
  absl::Status NameHosts(std::vector<JobRecord>* jobs);
  bool KnowsNodes(const std::vector<JobRecord>& jobs) const;

  CommandRunner* const runner_;
  const JobSelection selection_;
  const absl::Duration command_timeout_;
  const std::string cluster_;

  // Never held while a command runs.
  mutable Mutex mu_;
  CommandCounts counts_ ABSL_GUARDED_BY(mu_);
  // The cluster is asked by name; and whether that is settled.
  bool by_name_ ABSL_GUARDED_BY(mu_);
  bool settled_ ABSL_GUARDED_BY(mu_);
  std::optional<SacctCapabilities> capabilities_ ABSL_GUARDED_BY(mu_);
  // By node; empty for a node that Slurm does not have (any more).
  std::map<std::string, std::string> node_hosts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_CLI_SLURM_CLIENT_H_
