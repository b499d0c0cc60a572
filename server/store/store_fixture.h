#ifndef SMON_SERVER_STORE_STORE_FIXTURE_H_
#define SMON_SERVER_STORE_STORE_FIXTURE_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/monitor/store.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"
#include "testing/postgres_server.h"

namespace smon {

// A whole second, as Slurm gives them.
inline absl::Time At(int seconds) {
  return absl::FromUnixSeconds(1600000000 + seconds);
}

// A new, empty directory.
inline std::string MakeDirectory() {
  std::string name = absl::StrCat(::testing::TempDir(), "/storeXXXXXX");
  return ::mkdtemp(name.data());
}

// A job that runs.
inline Job RunningJob(const std::string& job_id, int submitted = 0) {
  Job job;
  job.cluster = "alps";
  job.record.job_id = job_id;
  job.record.state = slurm::JobState::kRunning;
  job.record.state_text = "RUNNING";
  job.record.submit_time = At(submitted);
  job.record.user = "alice";
  job.record.partition = "gpu";
  job.record.name = absl::StrCat("train-", job_id);
  return job;
}

// A job that has failed, whose log is to be sent at once.
inline Job EndedJob(const std::string& job_id, int submitted = 0,
                    int ended = 100) {
  Job job = RunningJob(job_id, submitted);
  job.record.state = slurm::JobState::kFailed;
  job.record.state_text = "FAILED";
  job.record.end_time = At(ended);
  job.log.path = absl::StrCat("/logs/", job_id, ".out");
  job.log.source = slurm::LogPathSource::kSqueue;
  job.delivery.phase = Phase::kPending;
  job.delivery.next_attempt = At(ended);
  job.delivery.pending_since = At(ended);
  return job;
}

inline Delivery DeliveryIn(Phase phase, absl::Time next_attempt) {
  Delivery delivery;
  delivery.phase = phase;
  delivery.next_attempt = next_attempt;
  return delivery;
}

inline Verdict StopVerdict() {
  Verdict verdict;
  verdict.action = Action::kStop;
  verdict.action_text = "STOP";
  verdict.reason = "CUDA out of memory";
  verdict.source = "log_analyzer";
  verdict.mode = "single";
  verdict.fetched_at = At(500);
  return verdict;
}

// What attrsvc's verdict makes of a job.
inline DeliveryChange Completed(int64_t job) {
  DeliveryChange change;
  change.job = job;
  change.delivery.phase = Phase::kCompleted;
  change.delivery.submit_attempts = 1;
  change.delivery.submitted_at = At(400);
  change.verdict = StopVerdict();
  change.answer = R"({"status":"completed"})";
  change.history = "verdict STOP";
  return change;
}

// Somebody asks at that time.
inline ResubmitOrder AskedAt(absl::Time now, const std::string& request_id = "",
                             const std::string& arguments = "") {
  return {request_id, arguments, now, "by hand"};
}

inline std::vector<std::string> IdsOf(const std::vector<Job>& jobs) {
  std::vector<std::string> ids;
  for (const Job& job : jobs) ids.push_back(job.record.job_id);
  return ids;
}

enum class Engine { kFile, kMemory, kPostgresql };

constexpr Engine kEngines[] = {Engine::kFile, Engine::kMemory,
                               Engine::kPostgresql};

inline std::string NameOf(Engine engine) {
  switch (engine) {
    case Engine::kFile:
      return "File";
    case Engine::kMemory:
      return "Memory";
    case Engine::kPostgresql:
      break;
  }
  return "Postgresql";
}

// The url of a new, empty store.
inline std::string NewStoreUrl(Engine engine) {
  switch (engine) {
    case Engine::kFile:
      return absl::StrCat("sqlite://", MakeDirectory(), "/s.db");
    case Engine::kMemory:
      return "memory:";
    case Engine::kPostgresql:
      break;
  }
  return PostgresServer::Shared().NewSchema();
}

// Runs each test on all engines.
#define SMON_ON_ALL_ENGINES(suite)                                \
  INSTANTIATE_TEST_SUITE_P(                                       \
      OnAllEngines, suite, ::testing::ValuesIn(::smon::kEngines), \
      [](const auto& tested) { return ::smon::NameOf(tested.param); })

// Has a new, empty store.
class StoreTest : public ::testing::TestWithParam<Engine> {
 protected:
  StoreTest() : url_(NewStoreUrl(GetParam())) {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(url_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  // Stores the job and returns its id.
  int64_t Put(const Job& job, bool delivery_too = false,
              std::vector<std::string> history = {}) {
    PollChanges changes;
    changes.cluster = "alps";
    changes.changes.push_back({job, delivery_too, std::move(history)});
    const absl::Status status = store_->CommitPoll(&changes);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_NE(changes.changes[0].job.id, 0);
    return changes.changes[0].job.id;
  }

  // Whether it was written.
  bool Deliver(const DeliveryChange& change) {
    const auto written = store_->CommitDeliveries({change});
    EXPECT_TRUE(written.ok()) << written.status();
    return written.ok() && written->front();
  }

  Job Get(const std::string& job_id) {
    absl::StatusOr<Job> job = store_->GetJob("", job_id, std::nullopt);
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ok() ? *job : Job();
  }

  std::vector<std::string> History(int64_t job) {
    absl::StatusOr<std::vector<HistoryEntry>> entries = store_->GetHistory(job);
    EXPECT_TRUE(entries.ok()) << entries.status();
    std::vector<std::string> texts;
    for (const HistoryEntry& entry : *entries) texts.push_back(entry.text);
    return texts;
  }

  std::vector<std::string> Due(Phase phase, absl::Time now, int limit = 100) {
    absl::StatusOr<std::vector<Job>> jobs = store_->DueJobs(phase, now, limit);
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return IdsOf(*jobs);
  }

  JobPage List(const JobQuery& query) {
    absl::StatusOr<JobPage> page = store_->ListJobs(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : JobPage();
  }

  const std::string url_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_STORE_FIXTURE_H_
