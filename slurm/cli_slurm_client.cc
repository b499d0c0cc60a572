#include "slurm/cli_slurm_client.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "slurm/batch_scripts.h"
#include "slurm/cluster_heading.h"
#include "slurm/cluster_info.h"
#include "slurm/command_error.h"
#include "slurm/job_id.h"
#include "slurm/node_hosts.h"
#include "slurm/record_fields.h"
#include "slurm/squeue.h"

namespace smon::slurm {
namespace {

constexpr size_t kMostScripts = 2000;
// squeue asks slurmctld for one job alone, but for all of them where it is
// given two, and picks those by itself, comparing each with each.
constexpr size_t kMostJobsByNumber = 200;

// The monotonic clock, so that a step of the wall clock is no duration.
absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

// Whether batch_host is a node that the batch script ran on.
bool RanOnNode(const JobRecord& job) {
  return job.is_batch.value_or(true) && !job.batch_host.empty();
}

}  // namespace

CliSlurmClient::CliSlurmClient(CommandRunner* runner, Options options)
    : runner_(runner),
      selection_{std::move(options.partitions), std::move(options.user)},
      command_timeout_(options.command_timeout),
      cluster_(std::move(options.cluster)),
      by_name_(!cluster_.empty()),
      settled_(cluster_.empty() || !options.may_be_local) {}

std::vector<std::string> CliSlurmClient::ByName(
    std::vector<std::string> argv) const {
  argv.insert(argv.begin() + 1, {"-M", cluster_});
  return argv;
}

absl::StatusOr<std::string> CliSlurmClient::Run(
    std::vector<std::string> argv,
    std::function<void(absl::string_view)> on_output) {
  bool by_name = false;
  {
    MutexLock lock(&mu_);
    by_name = by_name_;
  }
  if (by_name) argv = ByName(std::move(argv));
  return RunAddressed(std::move(argv), std::move(on_output));
}

absl::StatusOr<std::string> CliSlurmClient::RunAddressed(
    std::vector<std::string> argv,
    std::function<void(absl::string_view)> on_output) {
  Command command;
  command.argv = std::move(argv);
  std::string output;
  ClusterHeading heading(
      cluster_,
      on_output ? std::move(on_output) : [&output](absl::string_view piece) {
        output.append(piece.data(), piece.size());
      });
  command.on_output = [&heading](absl::string_view piece) {
    heading.Feed(piece);
  };
  command.timeout = command_timeout_;
  const std::string& name = command.argv[0];
  const absl::Duration start = Monotonic();
  absl::StatusOr<CommandResult> result = runner_->Run(command);
  const absl::Duration duration = Monotonic() - start;
  heading.Finish();
  absl::Status status =
      result.ok() ? CommandError(name, *result) : result.status();
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    status = absl::UnavailableError(absl::StrCat(
        name, " did not end within ", absl::FormatDuration(command_timeout_)));
  }
  {
    MutexLock lock(&mu_);
    CommandCounts::Count& count = counts_.by_command[name];
    ++count.calls;
    if (!status.ok() && status.code() != absl::StatusCode::kCancelled) {
      ++count.failures;
    }
    count.last = duration;
    count.total += duration;
    count.durations.Add(duration);
    count.longest = std::max(count.longest, duration);
  }
  if (!status.ok()) return status;
  return output;
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadQueue(IsNews is_news) {
  return ReadQueueOf(selection_, is_news);
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadWholeQueue(IsNews is_news) {
  return ReadQueueOf(JobSelection(), is_news);
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadQueueOf(
    const JobSelection& selection, IsNews is_news,
    const std::vector<std::string>& more_arguments) {
  const std::string separator = RandomSeparator();
  std::vector<std::string> argv = SqueueArgv(selection, separator);
  argv.insert(argv.end(), more_arguments.begin(), more_arguments.end());
  SqueueReader reader(separator, is_news);
  const auto feed = [&reader](absl::string_view piece) { reader.Feed(piece); };
  SMON_RETURN_IF_ERROR(Run(std::move(argv), feed).status());
  SMON_ASSIGN_OR_RETURN(JobSnapshot snapshot, reader.Finish());
  SMON_RETURN_IF_ERROR(NameHosts(&snapshot.jobs));
  return snapshot;
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadJobs(
    const std::vector<int64_t>& numbers, IsNews is_news) {
  if (numbers.empty()) return JobSnapshot();
  if (numbers.size() > kMostJobsByNumber) {
    const std::set<int64_t> wanted(numbers.begin(), numbers.end());
    return ReadQueue([&](const RecordHead& head) {
      return is_news(head) || wanted.count(head.raw_id) > 0;
    });
  }
  return ReadQueueOf(selection_, [](const RecordHead&) { return true; },
                     {"-j", absl::StrJoin(numbers, ",")});
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadAccounting(absl::Time since,
                                                           absl::Time until,
                                                           IsNews is_news) {
  return ReadAccountingOf(selection_, since, until, is_news);
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadWholeAccounting(
    absl::Time since, absl::Time until, IsNews is_news) {
  return ReadAccountingOf(JobSelection(), since, until, is_news);
}

absl::StatusOr<JobSnapshot> CliSlurmClient::ReadAccountingOf(
    const JobSelection& selection, absl::Time since, absl::Time until,
    IsNews is_news) {
  SMON_ASSIGN_OR_RETURN(const SacctCapabilities capabilities, Capabilities());
  const std::string separator = RandomSeparator();
  SacctReader reader(separator, capabilities, is_news);
  const auto feed = [&reader](absl::string_view piece) { reader.Feed(piece); };
  SMON_RETURN_IF_ERROR(
      Run(SacctArgv(selection, capabilities, since, until, separator), feed)
          .status());
  SMON_ASSIGN_OR_RETURN(JobSnapshot snapshot, reader.Finish());
  SMON_RETURN_IF_ERROR(NameHosts(&snapshot.jobs));
  return snapshot;
}

absl::StatusOr<std::map<std::string, std::string>>
CliSlurmClient::ReadBatchScripts(const std::vector<std::string>& job_ids) {
  if (job_ids.size() > kMostScripts) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMostScripts, " batch scripts at a time"));
  }
  for (const std::string& job_id : job_ids) {
    SMON_RETURN_IF_ERROR(ParseJobId(job_id).status());
  }
  std::map<std::string, std::string> scripts;
  if (job_ids.empty()) return scripts;  // sacct would print all of today's
  SMON_ASSIGN_OR_RETURN(const SacctCapabilities capabilities, Capabilities());
  if (!capabilities.submit_line) return scripts;
  SMON_ASSIGN_OR_RETURN(const std::string output,
                        Run(BatchScriptsArgv(job_ids)));
  return ParseBatchScripts(output, job_ids);
}

absl::StatusOr<ClusterInfo> CliSlurmClient::ReadConfig(
    std::vector<std::string> argv) {
  SMON_ASSIGN_OR_RETURN(const std::string output,
                        RunAddressed(std::move(argv), nullptr));
  return ParseClusterInfo(output);
}

absl::StatusOr<ClusterInfo> CliSlurmClient::ReadClusterInfo() {
  const std::vector<std::string> argv = {"scontrol", "show", "config"};
  bool by_name = false;
  bool settled = false;
  {
    MutexLock lock(&mu_);
    by_name = by_name_;
    settled = settled_;
  }
  absl::StatusOr<ClusterInfo> info = absl::UnknownError("not asked");
  if (!by_name || !settled) info = ReadConfig(argv);
  if (!settled && info.ok()) {
    MutexLock lock(&mu_);
    by_name_ = by_name = info->name != cluster_;
    settled_ = true;
  }
  // A controller of this host that does not answer may be another cluster's.
  if (by_name) info = ReadConfig(ByName(argv));
  if (info.ok() && !cluster_.empty() && info->name != cluster_) {
    return absl::InternalError(absl::StrCat(
        "scontrol -M ", cluster_, " was answered by cluster ",
        ToPrintable(info->name), ": look at `sacctmgr show clusters`"));
  }
  return info;
}

absl::StatusOr<std::vector<std::string>> CliSlurmClient::ListPartitions() {
  SMON_ASSIGN_OR_RETURN(const std::string output,
                        Run({"sinfo", "-h", "-a", "-o", "%R"}));
  std::vector<std::string> partitions =
      absl::StrSplit(output, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  std::sort(partitions.begin(), partitions.end());
  partitions.erase(std::unique(partitions.begin(), partitions.end()),
                   partitions.end());
  return partitions;
}

CommandCounts CliSlurmClient::Counts() const {
  MutexLock lock(&mu_);
  return counts_;
}

absl::StatusOr<SacctCapabilities> CliSlurmClient::Capabilities() {
  {
    MutexLock lock(&mu_);
    if (capabilities_.has_value()) return *capabilities_;
  }
  SMON_ASSIGN_OR_RETURN(const std::string output,
                        Run({"sacct", "--helpformat"}));
  SMON_ASSIGN_OR_RETURN(const SacctCapabilities capabilities,
                        ParseSacctHelpformat(output));
  MutexLock lock(&mu_);
  capabilities_ = capabilities;
  return capabilities;
}

bool CliSlurmClient::KnowsNodes(const std::vector<JobRecord>& jobs) const {
  MutexLock lock(&mu_);
  for (const JobRecord& job : jobs) {
    if (RanOnNode(job) && node_hosts_.count(job.batch_host) == 0) return false;
  }
  return true;
}

absl::Status CliSlurmClient::NameHosts(std::vector<JobRecord>* jobs) {
  std::map<std::string, std::string> read;
  if (!KnowsNodes(*jobs)) {
    SMON_ASSIGN_OR_RETURN(const std::string output, Run(NodeHostsArgv()));
    read = ParseNodeHosts(output);
  }
  MutexLock lock(&mu_);
  for (auto& [node, host] : read) node_hosts_[node] = std::move(host);
  for (JobRecord& job : *jobs) {
    if (RanOnNode(job)) job.batch_host = node_hosts_[job.batch_host];
  }
  return absl::OkStatus();
}

}  // namespace smon::slurm
