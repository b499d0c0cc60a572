// A database that any released version made, in this version.

#include <fstream>
#include <sstream>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

std::string DumpOf(int version) {
  return absl::StrCat("server/store/testdata/version", version, ".sql");
}

std::string Read(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Makes a database of a dump.
void Restore(const std::string& dump, const std::string& path) {
  const std::string text = Read(dump);
  const std::unique_ptr<soci::session> session = OpenSqlite(path);
  for (const absl::string_view sql : absl::StrSplit(text, ";\n")) {
    if (!sql.empty()) *session << std::string(sql);
  }
}

class MigrationTest : public ::testing::TestWithParam<int> {
 protected:
  MigrationTest() : path_(MakeDirectory() + "/s.db") {
    Restore(DumpOf(GetParam()), path_);
    EXPECT_EQ(SchemaVersion(*OpenSqlite(path_)), GetParam());
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

INSTANTIATE_TEST_SUITE_P(
    Versions, MigrationTest,
    ::testing::Range(1, static_cast<int>(Migrations().size()) + 1));

TEST_P(MigrationTest, EveryJobIsKept) {
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

TEST_P(MigrationTest, HistoryAnswersAndTheWatermarkAreKept) {
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

TEST_P(MigrationTest, JobsAreCountedListedAndDueAsBefore) {
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

TEST_P(MigrationTest, NoJobIsTrackedYetAndEachCanBe) {
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

TEST(Migrations, TheManualHasARowForEachVersion) {
  const std::string manual = Read("docs/STORE.md");
  const auto row = [](size_t version) {
    return absl::StrCat("\n| ", version, " | ");
  };
  const size_t versions = Migrations().size();
  for (size_t version = 1; version <= versions; ++version) {
    EXPECT_THAT(manual, HasSubstr(row(version)));
  }
  EXPECT_THAT(manual, Not(HasSubstr(row(versions + 1))));
}

// Before version 2 only part of them did.
TEST(Migrations, DeliveriesWithoutAVerdictSayWhatKindOfTroubleItWas) {
  const std::string path = MakeDirectory() + "/s.db";
  Restore(DumpOf(1), path);
  {
    const std::unique_ptr<soci::session> session = OpenSqlite(path);
    *session << "CREATE TEMP TABLE copy AS SELECT * FROM jobs "
                "WHERE job_id = 'due'";
    for (const int phase : {5, 6, 7}) {
      *session << absl::StrCat("UPDATE copy SET id = ", 20 + phase,
                               ", job_id = '", 20 + phase, "', phase = ", phase,
                               ", problem = 0");
      *session << "INSERT INTO jobs SELECT * FROM copy";
    }
  }
  FakeClock clock;
  const std::unique_ptr<Store> store = *OpenStore("sqlite://" + path, &clock);
  EXPECT_EQ(store->GetJob("", "25", std::nullopt)->delivery.problem,
            PathProblem::kNoVerdict);
  JobQuery query;
  query.filter.problems = {PathProblem::kOther, PathProblem::kNoOutput};
  EXPECT_THAT(IdsOf(store->ListJobs(query)->jobs), ElementsAre("27", "26"));
  EXPECT_EQ(store->CountJobs()->by_problem.at(PathProblem::kNoOutput), 1);
  EXPECT_EQ(store->CountJobs()->total, 7);
}

TEST_P(MigrationTest, NewJobsGetNewIdsAndAreCounted) {
  const std::unique_ptr<Store> store = Open();
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.push_back({RunningJob("new", 60), false, {"seen"}});
  changes.changes.push_back({EndedJob("runs"), true, {"ended"}});
  ASSERT_TRUE(store->CommitPoll(&changes).ok());
  EXPECT_EQ(changes.changes[0].job.id, 10);
  EXPECT_EQ(changes.changes[1].job.id, 3);
  const absl::StatusOr<JobCounts> counts = store->CountJobs();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->total, 5);
  EXPECT_EQ(counts->ended, 4);
  EXPECT_EQ(counts->by_phase.at(Phase::kPending), 2);
}

TEST_P(MigrationTest, TheSchemaIsThatOfANewDatabase) {
  const auto schema = [](const std::string& path) {
    std::vector<std::string> sql(100);
    std::vector<soci::indicator> has_sql(100);
    *OpenSqlite(path) << "SELECT sql FROM sqlite_master ORDER BY name",
        soci::into(sql, has_sql);
    return sql;
  };
  Open();
  const std::string fresh = MakeDirectory() + "/s.db";
  ASSERT_TRUE(OpenStore("sqlite://" + fresh, &clock_).ok());
  EXPECT_EQ(schema(path_), schema(fresh));
}

TEST_P(MigrationTest, TheSharedKeyIsMadeOnce) {
  const absl::StatusOr<std::string> key = Open()->SharedKey();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->size(), 32u);
  EXPECT_NE(*key, std::string(32, '\0'));
  EXPECT_EQ(*Open()->SharedKey(), *key);
  EXPECT_NE(*(*OpenStore("memory:", &clock_))->SharedKey(), *key);
}

TEST_P(MigrationTest, TheFileIsWhole) {
  const absl::Status status = Open()->CheckIntegrity([] { return false; });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(MigrationTest, ItHappensOnce) {
  Open();
  const std::unique_ptr<Store> store = Open();
  EXPECT_EQ(store->CountJobs()->total, 4);
  EXPECT_EQ(SchemaVersion(*OpenSqlite(path_)),
            static_cast<int>(Migrations().size()));
}

}  // namespace
}  // namespace smon
