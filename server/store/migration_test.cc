// A database that version 1 made, in this version.

#include "gmock/gmock.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// What version 1 wrote into each column, but for those that a test gives.
std::string InsertSql(const std::string& columns, const std::string& values) {
  return absl::StrCat(
      "INSERT INTO jobs (cluster, raw_id, array_job_id, array_task_id, "
      "het_job_id, het_offset, restart_count, exit_code, exit_signal, reason, "
      "start_time, name, user_name, partition_name, work_dir, is_batch, "
      "batch_host, stdout_pattern, submit_line, log_source, log_problem, "
      "log_error, problem, submit_attempts, result_attempts, pending_since, "
      "error, verdict_reason, verdict_source, verdict_mode, created_at, "
      "updated_at, state_text, ",
      columns,
      ") VALUES ('alps', 77, 7, 3, 5, 1, 2, 4, 9, 'why', 1600000001000000, "
      "'train', 'alice', 'gpu', '/home', 1, 'node1', '%j.out', 'sbatch a', "
      "'squeue', '', '', 0, 1, 2, 1600000100000000, '', 'oom', 'analyzer', "
      "'single', 1600000000000000, 1600000400000000, '', ",
      values, ")");
}

constexpr char kColumns[] =
    "id, job_id, submit_time, state, end_time, end_sort, log_path, "
    "log_owner_id, log_owner_job_id, phase, next_attempt, submitted_at, "
    "resubmit_count, action, action_text, fetched_at, facts";

class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() : path_(MakeDirectory() + "/s.db") {
    const std::unique_ptr<soci::session> session = OpenSqlite(path_);
    EXPECT_TRUE(Migrate(*session, {Migrations()[0]}).ok());
    SetOwner(*session);
    const std::string never = "9223372036854775807";
    const std::string past = "-9223372036854775808";
    for (const std::string& values : {
             // Runs.
             absl::StrCat("3, 'runs', 1600000000000000, 'RUNNING', NULL, ",
                          never, ", '', NULL, '', 1, ", never, ", ", past,
                          ", 0, 0, '', ", past, ", 0"),
             // Has a verdict.
             absl::StrCat("5, 'done', 1600000000000000, 'FAILED', "
                          "1600000100000000, 1600000100000000, '/logs/done', "
                          "NULL, '', 4, ",
                          never,
                          ", 1600000200000000, 6, 1, 'STOP', "
                          "1600000300000000, 15"),
             // Shows the log of the one before.
             absl::StrCat("6, 'done+1', 1600000000000000, 'FAILED', "
                          "1600000100000000, 1600000100000000, '/logs/done', "
                          "5, 'done', 4, ",
                          never,
                          ", 1600000200000000, 6, 1, 'STOP', "
                          "1600000300000000, 15"),
             // Is to be sent.
             absl::StrCat("9, 'due', 1600000050000000, 'COMPLETED', "
                          "1600000100000000, 1600000100000000, '/logs/due', "
                          "NULL, '', 2, 1600000150000000, ",
                          past, ", 0, 0, '', ", past, ", 1"),
         }) {
      *session << InsertSql(kColumns, values);
    }
    *session << "INSERT INTO history (job_id, seq, time, of_log, text) VALUES "
                "(5, 1, 1600000000000000, 0, 'seen'), "
                "(5, 2, 1600000300000000, 1, 'verdict STOP')";
    *session << "INSERT INTO answers (job_id, body) VALUES (5, '{\"a\":1}')";
    *session << "INSERT INTO watermarks (cluster, accounting) VALUES "
                "('alps', 1600000077000000)";
  }

  std::unique_ptr<Store> Open() {
    absl::StatusOr<std::unique_ptr<Store>> store =
        OpenStore("sqlite://" + path_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  const std::string path_;
  FakeClock clock_;
};

TEST_F(MigrationTest, EveryJobIsKept) {
  const std::unique_ptr<Store> store = Open();
  const absl::StatusOr<Job> job = store->GetJob("alps", "done", 2);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id, 5);
  EXPECT_EQ(job->record.raw_id, 77);
  EXPECT_EQ(job->record.array_job_id, 7);
  EXPECT_EQ(job->record.array_task_id, 3);
  EXPECT_EQ(job->record.het_job_id, 5);
  EXPECT_EQ(job->record.het_offset, 1);
  EXPECT_EQ(job->record.state, slurm::JobState::kFailed);
  EXPECT_EQ(job->record.exit_status, (slurm::ExitStatus{4, 9}));
  EXPECT_EQ(job->record.reason, "why");
  EXPECT_EQ(job->record.submit_time, At(0));
  EXPECT_EQ(job->record.start_time, At(1));
  EXPECT_EQ(job->record.end_time, At(100));
  EXPECT_EQ(job->record.user, "alice");
  EXPECT_EQ(job->record.is_batch, true);
  EXPECT_EQ(job->log.path, "/logs/done");
  EXPECT_EQ(job->log.source, slurm::LogPathSource::kSqueue);
  EXPECT_FALSE(job->log.shared_by_array);
  EXPECT_EQ(job->delivery.phase, Phase::kCompleted);
  EXPECT_EQ(job->delivery.submitted_at, At(200));
  EXPECT_EQ(job->delivery.resubmit_count, 6);
  EXPECT_FALSE(job->delivery.urgent);
  ASSERT_TRUE(job->verdict.has_value());
  EXPECT_EQ(job->verdict->action, Action::kStop);
  EXPECT_EQ(job->verdict->reason, "oom");
  EXPECT_EQ(job->created_at, At(0));
  EXPECT_EQ(job->updated_at, At(400));
  EXPECT_EQ(store->GetJob("", "done+1", 2)->log_owner_id, 5);
}

TEST_F(MigrationTest, HistoryAnswersAndTheWatermarkAreKept) {
  const std::unique_ptr<Store> store = Open();
  const absl::StatusOr<std::vector<HistoryEntry>> history =
      store->GetHistory(5);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ((*history)[0].text, "seen");
  EXPECT_EQ((*history)[0].time, At(0));
  EXPECT_EQ((*history)[1].text, "verdict STOP");
  EXPECT_EQ(*store->GetAnswer(6), "{\"a\":1}");
  EXPECT_EQ(store->AccountingProgress("alps")->watermark, At(77));
  EXPECT_EQ(store->AccountingProgress("alps")->first, At(77));
}

TEST_F(MigrationTest, JobsAreCountedListedAndDueAsBefore) {
  const std::unique_ptr<Store> store = Open();
  const absl::StatusOr<JobCounts> counts = store->CountJobs();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->total, 4);
  EXPECT_EQ(counts->ended, 3);
  EXPECT_EQ(counts->by_state.at(slurm::JobState::kFailed), 2);
  EXPECT_EQ(counts->by_phase.at(Phase::kWaiting), 1);
  EXPECT_EQ(counts->with_log_path, 3);
  EXPECT_EQ(counts->with_verdict, 2);
  EXPECT_THAT(IdsOf(store->ListJobs({})->jobs),
              ElementsAre("due", "done+1", "done", "runs"));
  EXPECT_THAT(IdsOf(*store->DueJobs(Phase::kPending, At(200), 9)),
              ElementsAre("due"));
  EXPECT_THAT(IdsOf(*store->LoadLive("alps", At(500))), ElementsAre("runs"));
  EXPECT_THAT(IdsOf(*store->FindJobs({{"alps", "runs", At(0)},
                                      {"alps", "due", At(50)},
                                      {"alps", "due", At(51)}})),
              UnorderedElementsAre("runs", "due"));
}

TEST_F(MigrationTest, NoJobIsTrackedYetAndEachCanBe) {
  const std::unique_ptr<Store> store = Open();
  EXPECT_TRUE(store->DueTracking(absl::InfiniteFuture(), 9)->empty());
  Job job = *store->GetJob("alps", "runs", 2);
  EXPECT_TRUE(job.tracking.untouched());
  job.tracking.next_attempt = At(60);
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.push_back({job, false, {}});
  ASSERT_TRUE(store->CommitPoll(&changes).ok());
  EXPECT_THAT(IdsOf(*store->DueTracking(At(60), 9)), ElementsAre("runs"));
}

TEST_F(MigrationTest, NewJobsGetNewIdsAndAreCounted) {
  const std::unique_ptr<Store> store = Open();
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.push_back({RunningJob("new", 60), false, {"seen"}});
  changes.changes.push_back({EndedJob("runs"), true, {"ended"}});
  ASSERT_TRUE(store->CommitPoll(&changes).ok());
  EXPECT_EQ(changes.changes[0].job.id, 10);
  EXPECT_EQ(changes.changes[1].job.id, 3);
  const absl::StatusOr<JobCounts> counts = store->CountJobs();
  EXPECT_EQ(counts->total, 5);
  EXPECT_EQ(counts->ended, 4);
  EXPECT_EQ(counts->by_phase.at(Phase::kPending), 2);
}

TEST_F(MigrationTest, ItHappensOnce) {
  Open();
  const std::unique_ptr<Store> store = Open();
  EXPECT_EQ(store->CountJobs()->total, 4);
  EXPECT_EQ(SchemaVersion(*OpenSqlite(path_)),
            static_cast<int>(Migrations().size()));
}

}  // namespace
}  // namespace smon
