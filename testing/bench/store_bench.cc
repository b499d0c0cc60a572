// Measures the Store on a file, or on PostgreSQL, and prints a table:
//
//   bazel run --config=opt //testing/bench:store_bench -- --jobs=100000
//
// "cpu" is the time that this process itself used, in user and kernel mode, to
// be compared where the machine is busy with other things; "server" is that of
// PostgreSQL's processes, with --server_pid. As one waits for the other, their
// sum is what a call takes on a machine that has nothing else to do, but for
// the disk. "rss" is the resident memory afterwards, of a process that did
// nothing else before.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "gflags/gflags.h"
#include "server/monitor/store.h"
#include "server/store/sql_store.h"
#include "testing/bench/process_usage.h"

DEFINE_int64(jobs, 100000, "jobs of the first poll, all of them live");
DEFINE_string(
    store, "",
    "an empty database of PostgreSQL to be measured instead of a new "
    "file, such as postgresql://bench@/bench?host=/run/postgresql; its "
    "schemas bench_live and bench_finished, which have to be there, "
    "are filled");
DEFINE_int64(server_pid, 0,
             "of PostgreSQL's first process (postmaster.pid), if it runs on "
             "this machine");
DEFINE_int64(finished, 1000000, "finished jobs in the store that is read");

namespace smon {
namespace {

constexpr int64_t kPerTransaction = 1000;
constexpr char kCluster[] = "bench";

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "store_bench: %s\n", status.ToString().c_str());
  std::_Exit(1);
}

void Check(const absl::Status& status) {
  if (!status.ok()) Die(status);
}

template <typename T>
T Check(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status());
  return *std::move(value);
}

void CheckCount(int64_t got, int64_t wanted) {
  if (got == wanted) return;
  Die(absl::InternalError(absl::StrCat(got, " rows instead of ", wanted)));
}

// Runs `body`, which handles so many rows in so many calls, and prints a line.
void Measure(const std::string& what, int64_t rows, int64_t calls,
             const std::function<void()>& body) {
  const absl::Duration cpu_before = CpuTime();
  const absl::Duration server_before = CpuTimeOfFamily(FLAGS_server_pid);
  const absl::Time begin = absl::Now();
  body();
  const absl::Duration wall = absl::Now() - begin;
  const absl::Duration cpu = CpuTime() - cpu_before;
  const absl::Duration server =
      CpuTimeOfFamily(FLAGS_server_pid) - server_before;
  const double seconds = std::max(absl::ToDoubleSeconds(wall), 1e-9);
  std::printf("%-46s %8lld %10.3f %10.3f %10.3f %12.0f %8.1f\n", what.c_str(),
              static_cast<long long>(rows),
              absl::ToDoubleMilliseconds(cpu) / calls,
              absl::ToDoubleMilliseconds(server) / calls,
              absl::ToDoubleMilliseconds(wall) / calls, rows / seconds,
              MemoryKib("VmRSS:") / 1024.0);
  std::fflush(stdout);
}

// What squeue tells of a job that runs or waits.
Job LiveJob(int64_t number) {
  Job job;
  job.cluster = kCluster;
  slurm::JobRecord& record = job.record;
  record.job_id = absl::StrCat(1000000 + number);
  record.raw_id = 1000000 + number;
  record.restart_count = 0;
  record.submit_time = absl::FromUnixSeconds(1700000000 + number / 5);
  // Neighbours in the queue were not submitted one after the other.
  record.submit_time += absl::Seconds(number * 7919 % 1000);
  record.name = absl::StrCat("train-llama-", number % 500);
  record.user = absl::StrCat("user", number * 31 % 200);
  record.partition = number % 4 == 0 ? "gpu-long" : "gpu";
  record.work_dir = absl::StrCat("/home/", record.user, "/experiments");
  record.is_batch = true;
  record.stdout_pattern =
      absl::StrCat("/scratch/", record.user, "/logs/%x-%j.out");
  if (number % 3 == 0) {
    record.state = slurm::JobState::kPending;
    record.state_text = "PENDING";
    record.reason = "Priority";
  } else {
    record.state = slurm::JobState::kRunning;
    record.state_text = "RUNNING";
    record.batch_host = absl::StrCat("node", number % 2000);
    record.start_time = record.submit_time + absl::Minutes(5);
  }
  return job;
}

std::vector<std::string> SeenHistory(const Job& job) {
  return {absl::StrCat("seen by squeue: ", job.record.state_text)};
}

void EndJob(int64_t number, Job* job) {
  const bool failed = number % 5 == 0;
  job->record.state =
      failed ? slurm::JobState::kFailed : slurm::JobState::kCompleted;
  job->record.state_text = failed ? "FAILED" : "COMPLETED";
  job->record.exit_status = slurm::ExitStatus{failed ? 1 : 0, 0};
  job->record.reason.clear();
  job->record.start_time = job->record.submit_time + absl::Minutes(5);
  job->record.end_time = job->record.submit_time + absl::Hours(2);
  job->log.path =
      absl::StrCat("/scratch/", job->record.user, "/logs/", job->record.name,
                   "-", job->record.job_id, ".out");
  job->log.source = slurm::LogPathSource::kSqueue;
  job->delivery.phase = Phase::kPending;
  job->delivery.next_attempt = *job->record.end_time;
  job->delivery.pending_since = *job->record.end_time;
}

// A job that was over long ago, and what became of its log.
Job FinishedJob(int64_t number) {
  Job job = LiveJob(number);
  EndJob(number, &job);
  job.delivery.next_attempt = absl::InfiniteFuture();
  job.delivery.submit_attempts = 1;
  job.delivery.submitted_at = *job.record.end_time;
  job.delivery.phase = number % 20 == 0 ? Phase::kExpired : Phase::kCompleted;
  if (job.delivery.phase == Phase::kExpired) return job;
  Verdict verdict;
  verdict.action = number % 5 == 0 ? Action::kStop : Action::kContinue;
  verdict.action_text = number % 5 == 0 ? "STOP" : "CONTINUE";
  verdict.reason = "the job ran to its end and wrote a checkpoint";
  verdict.source = "log_analyzer";
  verdict.fetched_at = *job.record.end_time;
  job.verdict = verdict;
  return job;
}

std::vector<JobKey> KeysOf(const PollChanges& changes, const char* suffix) {
  std::vector<JobKey> keys;
  for (const PollChanges::Change& change : changes.changes) {
    keys.push_back({kCluster, absl::StrCat(change.job.record.job_id, suffix),
                    change.job.record.submit_time});
  }
  return keys;
}

std::unique_ptr<Store> Open(const std::string& url, Clock* clock) {
  return Check(OpenStore(url, clock));
}

// A first poll, and what polls do with what is stored.
void BenchLive(const std::string& url) {
  SystemClock clock;
  const std::unique_ptr<Store> store = Open(url, &clock);
  PollChanges changes;
  changes.cluster = kCluster;
  for (int64_t i = 0; i < FLAGS_jobs; ++i) {
    Job job = LiveJob(i);
    std::vector<std::string> history = SeenHistory(job);
    changes.changes.push_back({std::move(job), false, std::move(history)});
  }
  const int64_t jobs = FLAGS_jobs;
  const std::vector<JobKey> keys = KeysOf(changes, "");
  const std::vector<JobKey> others = KeysOf(changes, "_1");
  Measure("FindJobs, unknown keys, empty store", jobs, 1,
          [&] { CheckCount(Check(store->FindJobs(keys)).size(), 0); });
  Measure("CommitPoll, new jobs, one history entry", jobs, 1,
          [&] { Check(store->CommitPoll(&changes)); });
  Measure("FindJobs, unknown keys", jobs, 1,
          [&] { CheckCount(Check(store->FindJobs(others)).size(), 0); });
  Measure("FindJobs, known keys", jobs, 1,
          [&] { CheckCount(Check(store->FindJobs(keys)).size(), jobs); });
  Measure("LoadLive", jobs, 1, [&] {
    CheckCount(Check(store->LoadLive(kCluster, absl::InfiniteFuture())).size(),
               jobs);
  });
  Measure("CommitPoll, nothing changed", jobs, 1, [&] {
    for (PollChanges::Change& change : changes.changes) change.history.clear();
    Check(store->CommitPoll(&changes));
  });
  Measure("CommitPoll, all ended", jobs, 1, [&] {
    for (int64_t i = 0; i < jobs; ++i) {
      EndJob(i, &changes.changes[i].job);
      changes.changes[i].delivery_too = true;
      changes.changes[i].history = {"ended"};
    }
    Check(store->CommitPoll(&changes));
  });
}

// Jobs come and end, a thousand to a transaction.
void BenchUpserts(const std::string& url) {
  SystemClock clock;
  const std::unique_ptr<Store> store = Open(url, &clock);
  const auto poll = [&](int64_t from, int64_t to, auto make) {
    for (int64_t i = from; i < to; i += kPerTransaction) {
      PollChanges changes;
      changes.cluster = kCluster;
      for (int64_t j = i; j < std::min(i + kPerTransaction, to); ++j) {
        Job job = make(j);
        std::vector<std::string> history = SeenHistory(job);
        changes.changes.push_back({std::move(job), true, std::move(history)});
      }
      Check(store->CommitPoll(&changes));
    }
  };
  const int64_t few = std::min(FLAGS_finished / 2, FLAGS_jobs);
  Measure("upserts, new, 1000 a transaction", few, 1,
          [&] { poll(0, few, &LiveJob); });
  Measure("upserts, ended, 1000 a transaction", few, 1,
          [&] { poll(0, few, &FinishedJob); });
  Measure("upserts, new and finished, the rest", FLAGS_finished - few, 1,
          [&] { poll(few, FLAGS_finished, &FinishedJob); });
}

void BenchRead(const std::string& url) {
  constexpr int kCalls = 100;
  SystemClock clock;
  std::unique_ptr<Store> store;
  Measure("open", FLAGS_finished, 1, [&] { store = Open(url, &clock); });
  Measure("CountJobs, the first", 1, 1,
          [&] { CheckCount(Check(store->CountJobs()).total, FLAGS_finished); });
  Measure("CountJobs", kCalls, kCalls, [&] {
    for (int i = 0; i < kCalls; ++i) Check(store->CountJobs());
  });
  const auto list = [&](const char* what, auto set) {
    JobQuery query;
    query.limit = 100;
    set(&query);
    Measure(absl::StrCat("ListJobs, 100 ", what), int64_t{100} * kCalls, kCalls,
            [&] {
              for (int i = 0; i < kCalls; ++i) {
                const JobPage page = Check(store->ListJobs(query));
                CheckCount(page.jobs.size(), 100);
              }
            });
  };
  list("newest", [](JobQuery*) {});
  list("by state", [](JobQuery* query) {
    query->filter.states = {slurm::JobState::kFailed};
  });
  list("by two states", [](JobQuery* query) {
    query->filter.states = {slurm::JobState::kFailed,
                            slurm::JobState::kCompleted};
  });
  list("by phase",
       [](JobQuery* query) { query->filter.phases = {Phase::kExpired}; });
  list("by user", [](JobQuery* query) { query->filter.user = "user7"; });
  list("by action",
       [](JobQuery* query) { query->filter.actions = {Action::kStop}; });
  list("last ended",
       [](JobQuery* query) { query->order = JobOrder::kEndTimeDesc; });
  list("by state, last ended", [](JobQuery* query) {
    query->filter.states = {slurm::JobState::kFailed};
    query->order = JobOrder::kEndTimeDesc;
  });
  list("of the last hours", [](JobQuery* query) {
    query->filter.ended_after =
        *FinishedJob(FLAGS_finished - 1).record.end_time - absl::Hours(6);
  });
  list("by partition",
       [](JobQuery* query) { query->filter.partition = "gpu-long"; });
  JobQuery rare;
  rare.filter.partition = "none";
  Measure("ListJobs, a partition without jobs", FLAGS_finished, 1,
          [&] { CheckCount(Check(store->ListJobs(rare)).jobs.size(), 0); });
}

// A start of smonsvc: what it waits for, and what it does beside its work.
void BenchStart(const std::string& url) {
  SystemClock clock;
  std::unique_ptr<Store> store;
  const absl::Time newest = *FinishedJob(FLAGS_finished - 1).record.end_time;
  Measure("start: open and load what is live", FLAGS_finished, 1, [&] {
    store = Open(url, &clock);
    Check(store->AccountingProgress(kCluster));
    Check(store->LoadLive(kCluster, newest - absl::Minutes(20)));
  });
  Measure("integrity check, beside all work", FLAGS_finished, 1,
          [&] { Check(store->CheckIntegrity([] { return false; })); });
}

// What a delivery leaves behind, for the jobs that ended first.
void AddDeliveries(Store* store, int jobs) {
  JobQuery query;
  query.order = JobOrder::kEndTimeAsc;
  query.limit = jobs;
  std::vector<DeliveryChange> changes;
  for (const Job& job : Check(store->ListJobs(query)).jobs) {
    DeliveryChange& change = changes.emplace_back();
    change.job = job.id;
    change.delivery = job.delivery;
    change.history = "verdict CONTINUE: the job ran to its end";
    change.verdict = job.verdict;
    change.answer = std::string(1000, 'x');
  }
  for (int entries = 0; entries < 3; ++entries) {
    Check(store->CommitDeliveries(changes));
  }
}

// Steps as Retention takes them.
void BenchRemove(const std::string& url) {
  constexpr int kSteps = 20;
  constexpr int kJobs = 500;
  SystemClock clock;
  const std::unique_ptr<Store> store = Open(url, &clock);
  const auto remove = [&](absl::Time ended_before, int64_t expected) {
    CheckCount(Check(store->RemoveEnded(kCluster, ended_before, kJobs)),
               expected);
  };
  AddDeliveries(store.get(), kSteps * kJobs);
  Measure("RemoveEnded, nothing is old", kSteps, kSteps, [&] {
    for (int i = 0; i < kSteps; ++i) remove(absl::UnixEpoch(), 0);
  });
  Measure("RemoveEnded, 500 a step", int64_t{kSteps} * kJobs, kSteps, [&] {
    for (int i = 0; i < kSteps; ++i) remove(absl::InfiniteFuture(), kJobs);
  });
}

// In a process of its own, so that each has its own memory.
void RunApart(const std::function<void()>& body) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    Die(absl::InternalError("a part of the measurement failed"));
  }
}

int Run() {
  const char* const base = std::getenv("TMPDIR");
  std::string directory =
      absl::StrCat(base != nullptr ? base : "/tmp", "/store_bench.XXXXXX");
  if (::mkdtemp(directory.data()) == nullptr) {
    std::perror(directory.c_str());
    return 1;
  }
  const auto url = [&](const std::string& name) {
    if (FLAGS_store.empty()) {
      return absl::StrCat("sqlite://", directory, "/", name, ".db");
    }
    const bool has_options = FLAGS_store.find('?') != std::string::npos;
    return absl::StrCat(FLAGS_store, has_options ? "&" : "?",
                        "options=-csearch_path%3Dbench_", name);
  };
  std::printf("%-46s %8s %10s %10s %10s %12s %8s\n", "what", "rows", "cpu ms",
              "server ms", "wall ms", "rows/s", "rss MB");
  std::fflush(stdout);
  int failed = 0;
  // A process of its own here too: it may die, and the directory must not stay.
  const pid_t child = ::fork();
  if (child == 0) {
    RunApart([&] { BenchLive(url("live")); });
    RunApart([&] { BenchUpserts(url("finished")); });
    RunApart([&] { BenchStart(url("finished")); });
    RunApart([&] { BenchRead(url("finished")); });
    RunApart([&] { BenchRemove(url("finished")); });
    std::_Exit(0);
  }
  ::waitpid(child, &failed, 0);
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, /*remove_flags=*/true);
  return smon::Run();
}
