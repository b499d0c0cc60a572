#ifndef SMON_TESTING_FAKE_SLURM_CLIENT_H_
#define SMON_TESTING_FAKE_SLURM_CLIENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/monitor/merge.h"
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
  std::vector<std::vector<int64_t>> jobs_asked;
  // What a command takes of Slurm's time.
  absl::Duration command_time;
  std::vector<absl::Time> accounting_since;
  std::vector<absl::Time> accounting_until;
  slurm::CommandCounts counts;
  std::vector<std::vector<std::string>> scripts_asked;

  absl::StatusOr<slurm::JobSnapshot> ReadQueue(slurm::IsNews is_news) override {
    Count("squeue");
    return NewsOf(queue, is_news);
  }
  absl::StatusOr<slurm::JobSnapshot> ReadWholeQueue(
      slurm::IsNews is_news) override {
    Count("squeue");
    ++whole_queues_read;
    if (!elsewhere.ok() || !queue.ok()) return elsewhere;
    slurm::JobSnapshot whole = *queue;
    whole.jobs.insert(whole.jobs.end(), elsewhere->jobs.begin(),
                      elsewhere->jobs.end());
    return NewsOf(whole, is_news);
  }
  absl::StatusOr<slurm::JobSnapshot> ReadJobs(
      const std::vector<int64_t>& numbers, slurm::IsNews) override {
    Count("squeue");
    jobs_asked.push_back(numbers);
    if (!queue.ok()) return queue;
    slurm::JobSnapshot found;
    for (slurm::JobRecord job : queue->jobs) {
      job.print = Fingerprint(job);
      for (const int64_t number : numbers) {
        if (number != job.raw_id && number != job.array_job_id &&
            number != job.het_job_id) {
          continue;
        }
        found.jobs.push_back(std::move(job));
        break;
      }
    }
    return found;
  }
  absl::StatusOr<slurm::JobSnapshot> ReadAccounting(
      absl::Time since, absl::Time until, slurm::IsNews is_news) override {
    Count("sacct");
    accounting_since.push_back(since);
    accounting_until.push_back(until);
    return NewsOf(accounting, is_news);
  }
  absl::StatusOr<slurm::JobSnapshot> ReadWholeAccounting(
      absl::Time, absl::Time, slurm::IsNews is_news) override {
    Count("sacct");
    return NewsOf(accounting_elsewhere, is_news);
  }
  absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) override {
    Count("sacct");
    scripts_asked.push_back(job_ids);
    return scripts;
  }
  absl::StatusOr<slurm::ClusterInfo> ReadClusterInfo() override {
    Count("scontrol");
    slurm::ClusterInfo info;
    info.name = "c";
    info.version = "22.05.8";
    info.min_job_age = absl::Minutes(5);
    info.has_accounting = true;
    return info;
  }
  absl::StatusOr<std::vector<std::string>> ListPartitions() override {
    Count("sinfo");
    return partitions;
  }
  slurm::CommandCounts Counts() const override { return counts; }

 private:
  void Count(const std::string& command) {
    ++counts.by_command[command].calls;
    counts.by_command[command].total += command_time;
  }

  // What a client that reads `all` tells.
  static absl::StatusOr<slurm::JobSnapshot> NewsOf(
      const absl::StatusOr<slurm::JobSnapshot>& all, slurm::IsNews is_news) {
    if (!all.ok()) return all;
    slurm::JobSnapshot news = *all;
    news.jobs.clear();
    for (slurm::JobRecord job : all->jobs) {
      job.print = Fingerprint(job);
      if (is_news({job.raw_id, job.submit_time, job.print})) {
        news.jobs.push_back(std::move(job));
      }
    }
    news.records = static_cast<int64_t>(all->jobs.size());
    return news;
  }
};

}  // namespace smon

#endif  // SMON_TESTING_FAKE_SLURM_CLIENT_H_
