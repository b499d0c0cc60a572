// What Store says of its readers.

#include <algorithm>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class QueryTest : public StoreTest {
 protected:
  std::vector<std::string> Ids(const JobFilter& filter) {
    JobQuery query;
    query.filter = filter;
    query.order = JobOrder::kSubmitTimeAsc;
    return IdsOf(List(query).jobs);
  }

  // All jobs, `limit` a page, with `between` called after each page.
  std::vector<std::string> Walk(JobQuery query, int limit,
                                const std::function<void()>& between = {}) {
    query.limit = limit;
    std::vector<std::string> ids;
    while (true) {
      const JobPage page = List(query);
      EXPECT_LE(page.jobs.size(), static_cast<size_t>(limit));
      for (const Job& job : page.jobs) ids.push_back(job.record.job_id);
      if (!page.next.has_value()) return ids;
      EXPECT_EQ(page.jobs.size(), static_cast<size_t>(limit));
      query.after = page.next;
      if (between) between();
    }
  }
};
SMON_ON_ALL_ENGINES(QueryTest);

TEST_P(QueryTest, GetJobReturnsTheNewestRun) {
  Put(RunningJob("1", 50));
  Put(RunningJob("1", 70));
  Put(RunningJob("1", 60));
  EXPECT_EQ(Get("1").record.submit_time, At(70));
}

TEST_P(QueryTest, GetJobReturnsTheRunWithTheRestartCount) {
  Job run = RunningJob("1", 50);
  Put(run);  // its source does not tell: the first
  run.record.submit_time = At(60);
  run.record.restart_count = 1;
  Put(run);
  run.record.submit_time = At(70);
  run.record.restart_count = 2;
  Put(run);
  EXPECT_EQ(store_->GetJob("", "1", 1)->record.submit_time, At(60));
  EXPECT_EQ(store_->GetJob("", "1", 0)->record.submit_time, At(50));
  EXPECT_EQ(store_->GetJob("", "1", 3).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(QueryTest, AnEmptyClusterStandsForAny) {
  Put(RunningJob("1", 50));
  Job elsewhere = RunningJob("1", 60);
  elsewhere.cluster = "jura";
  Put(elsewhere);
  EXPECT_EQ(store_->GetJob("", "1", std::nullopt)->cluster, "jura");
  EXPECT_EQ(store_->GetJob("alps", "1", std::nullopt)->cluster, "alps");
  EXPECT_EQ(store_->GetJob("ural", "1", std::nullopt).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_P(QueryTest, AnUnknownJobIsNotFoundAndNamed) {
  const absl::Status status =
      store_->GetJob("alps", "12\n", std::nullopt).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no job 12\\n of cluster alps is known");
}

TEST_P(QueryTest, AnEmptyFilterMatchesEveryJob) {
  Put(RunningJob("1", 1));
  Put(EndedJob("2", 2));
  EXPECT_THAT(Ids({}), ElementsAre("1", "2"));
}

TEST_P(QueryTest, AListMatchesIfOneOfItsValuesDoes) {
  Put(RunningJob("1", 1));
  Put(EndedJob("2", 2));
  Job pending = RunningJob("3", 3);
  pending.record.state = slurm::JobState::kPending;
  Put(pending);
  JobFilter filter;
  filter.states = {slurm::JobState::kFailed, slurm::JobState::kRunning,
                   slurm::JobState::kFailed};
  EXPECT_THAT(Ids(filter), ElementsAre("1", "2"));
  filter = {};
  filter.phases = {Phase::kPending, Phase::kCompleted};
  EXPECT_THAT(Ids(filter), ElementsAre("2"));
}

TEST_P(QueryTest, ActionsMatchVerdicts) {
  Put(EndedJob("none", 1));
  const int64_t stop = Put(EndedJob("stop", 2));
  Deliver(Completed(stop));
  DeliveryChange restart = Completed(Put(EndedJob("restart", 3)));
  restart.verdict->action = Action::kRestart;
  Deliver(restart);
  JobFilter filter;
  filter.actions = {Action::kStop};
  EXPECT_THAT(Ids(filter), ElementsAre("stop"));
  filter.actions = {Action::kStop, Action::kRestart, Action::kTimeout};
  EXPECT_THAT(Ids(filter), ElementsAre("stop", "restart"));
}

TEST_P(QueryTest, ProblemsMatchWhatWentWrongWithTheLog) {
  Put(EndedJob("none", 1));
  Put(RunningJob("running", 2));
  const auto put = [this](const std::string& job_id, int submitted, Phase phase,
                          PathProblem problem) {
    Job job = EndedJob(job_id, submitted);
    job.delivery = DeliveryIn(phase, absl::InfiniteFuture());
    job.delivery.problem = problem;
    Put(job);
  };
  put("denied", 3, Phase::kRejected, PathProblem::kPermissionDenied);
  put("expired", 4, Phase::kExpired, PathProblem::kNoVerdict);
  put("not found", 5, Phase::kRejected, PathProblem::kNotFound);
  put("being tried", 6, Phase::kPending, PathProblem::kNotFound);
  JobFilter filter;
  filter.problems = {PathProblem::kNotFound};
  EXPECT_THAT(Ids(filter), ElementsAre("not found", "being tried"));
  filter.problems = {PathProblem::kNoVerdict, PathProblem::kNotFound,
                     PathProblem::kFileEmpty};
  EXPECT_THAT(Ids(filter), ElementsAre("expired", "not found", "being tried"));
  filter.phases = {Phase::kRejected, Phase::kExpired};
  EXPECT_THAT(Ids(filter), ElementsAre("expired", "not found"));
  filter.states = {slurm::JobState::kCompleted};
  EXPECT_THAT(Ids(filter), IsEmpty());
}

TEST_P(QueryTest, AllFiltersMustMatch) {
  Job bob = EndedJob("bob", 2);
  bob.record.user = "bob";
  Put(bob);
  Put(EndedJob("alice", 1));
  JobFilter filter;
  filter.user = "bob";
  EXPECT_THAT(Ids(filter), ElementsAre("bob"));
  filter.states = {slurm::JobState::kRunning};
  EXPECT_THAT(Ids(filter), IsEmpty());
  filter.user = "bo%";
  filter.states = {};
  EXPECT_THAT(Ids(filter), IsEmpty());
}

TEST_P(QueryTest, ClusterMatchesExactly) {
  Put(RunningJob("1"));
  JobFilter filter;
  filter.cluster = "alps";
  EXPECT_THAT(Ids(filter), ElementsAre("1"));
  filter.cluster = "jura";
  EXPECT_THAT(Ids(filter), IsEmpty());
}

TEST_P(QueryTest, APartitionMatchesOneOfThoseThatAJobWaitsFor) {
  Put(RunningJob("one", 1));
  Job several = RunningJob("several", 2);
  several.record.partition = "cpu,gpu";
  Put(several);
  Job other = RunningJob("other", 3);
  other.record.partition = "cpu,gpu2";
  Put(other);
  JobFilter filter;
  filter.partition = "gpu";
  EXPECT_THAT(Ids(filter), ElementsAre("one", "several"));
}

TEST_P(QueryTest, NameRegexIsRe2AndUnanchored) {
  Put(RunningJob("1", 1));   // train-1
  Put(RunningJob("21", 2));  // train-21
  Job other = RunningJob("3", 3);
  other.record.name = "évaluer";
  Put(other);
  JobFilter filter;
  filter.name_regex = "n-.*1";
  EXPECT_THAT(Ids(filter), ElementsAre("1", "21"));
  filter.name_regex = "^train-1$";
  EXPECT_THAT(Ids(filter), ElementsAre("1"));
  filter.name_regex = "^.valuer$";
  EXPECT_THAT(Ids(filter), ElementsAre("3"));
}

TEST_P(QueryTest, ABadRegexIsInvalidAndNamed) {
  JobQuery query;
  query.filter.name_regex = "a(b";
  const absl::Status status = store_->ListJobs(query).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("a(b"));
}

TEST_P(QueryTest, EndedAfterIsAtOrAfterAndEndedBeforeIsBefore) {
  Put(EndedJob("1", 1, 100));
  Put(EndedJob("2", 2, 200));
  Put(EndedJob("3", 3, 300));
  Put(RunningJob("4", 4));
  JobFilter filter;
  filter.ended_after = At(200);
  EXPECT_THAT(Ids(filter), ElementsAre("2", "3"));
  filter.ended_before = At(300);
  EXPECT_THAT(Ids(filter), ElementsAre("2"));
  filter.ended_after.reset();
  EXPECT_THAT(Ids(filter), ElementsAre("1", "2"));
  filter.ended_before = absl::InfiniteFuture();
  EXPECT_THAT(Ids(filter), ElementsAre("1", "2", "3"));
}

TEST_P(QueryTest, OrdersBySubmitTimeAndById) {
  Put(RunningJob("b", 2));
  Put(RunningJob("a1", 1));
  Put(RunningJob("a2", 1));
  JobQuery query;
  EXPECT_THAT(IdsOf(List(query).jobs), ElementsAre("b", "a2", "a1"));
  query.order = JobOrder::kSubmitTimeAsc;
  EXPECT_THAT(IdsOf(List(query).jobs), ElementsAre("a1", "a2", "b"));
}

TEST_P(QueryTest, JobsThatHaveNotEndedSortAfterAllOthers) {
  Put(RunningJob("running"));
  Put(EndedJob("late", 0, 200));
  Put(EndedJob("early", 0, 100));
  JobQuery query;
  query.order = JobOrder::kEndTimeAsc;
  EXPECT_THAT(IdsOf(List(query).jobs), ElementsAre("early", "late", "running"));
  EXPECT_THAT(Walk(query, 1), ElementsAre("early", "late", "running"));
  query.order = JobOrder::kEndTimeDesc;
  EXPECT_THAT(IdsOf(List(query).jobs), ElementsAre("running", "late", "early"));
  EXPECT_THAT(Walk(query, 1), ElementsAre("running", "late", "early"));
}

TEST_P(QueryTest, PagesHoldEveryJobOnceInAnyOrder) {
  std::vector<std::string> expected;
  for (int i = 0; i < 11; ++i) {
    const std::string id = absl::StrCat(i);
    Put(i % 3 == 0 ? RunningJob(id, i / 4) : EndedJob(id, i / 4, i / 2));
    expected.push_back(id);
  }
  for (const JobOrder order :
       {JobOrder::kSubmitTimeDesc, JobOrder::kSubmitTimeAsc,
        JobOrder::kEndTimeDesc, JobOrder::kEndTimeAsc}) {
    JobQuery query;
    query.order = order;
    const std::vector<std::string> whole = IdsOf(List(query).jobs);
    EXPECT_THAT(whole, ::testing::UnorderedElementsAreArray(expected));
    for (const int limit : {1, 2, 5, 10, 11, 12}) {
      EXPECT_EQ(Walk(query, limit), whole) << limit;
      query.filter.name_regex = ".";  // takes another way through the code
      EXPECT_EQ(Walk(query, limit), whole) << limit;
      query.filter = {};
    }
  }
}

TEST_P(QueryTest, PagesAreStableWhileJobsAreAdded) {
  for (int i = 0; i < 6; ++i) Put(RunningJob(absl::StrCat(i), 10 + i));
  int added = 0;
  const auto add = [&] {
    // Before the page, which must not push jobs into the next one again.
    Put(RunningJob(absl::StrCat("new", added++), 1000));
  };
  EXPECT_THAT(Walk({}, 2, add), ElementsAre("5", "4", "3", "2", "1", "0"));
}

TEST_P(QueryTest, ARegexThatMatchesFewJobsFillsThePageFromAll) {
  PollChanges changes;
  for (int i = 0; i < 2500; ++i) {
    changes.changes.push_back({RunningJob(absl::StrCat(i), i), false, {}});
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  JobQuery query;
  query.filter.name_regex = "-(0|1000|2499)$";
  EXPECT_THAT(IdsOf(List(query).jobs), ElementsAre("2499", "1000", "0"));
  EXPECT_THAT(Walk(query, 1), ElementsAre("2499", "1000", "0"));
  query.filter.name_regex = "train";
  EXPECT_EQ(Walk(query, 1000).size(), 2500u);
}

TEST_P(QueryTest, ALimitBelowOneIsInvalid) {
  JobQuery query;
  query.limit = 0;
  EXPECT_EQ(store_->ListJobs(query).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(QueryTest, CountsAreOfTheStoredJobs) {
  Put(RunningJob("running"));
  Job no_log = EndedJob("no log");
  no_log.log = slurm::LogPath();
  no_log.delivery.phase = Phase::kNoLog;
  no_log.delivery.problem = PathProblem::kUnexpandedPattern;
  Put(no_log);
  Put(EndedJob("pending"));
  DeliveryChange refused;
  refused.job = Put(EndedJob("refused"));
  refused.delivery = DeliveryIn(Phase::kRejected, absl::InfiniteFuture());
  refused.delivery.submit_attempts = 1;
  refused.delivery.problem = PathProblem::kPermissionDenied;
  Deliver(refused);
  Deliver(Completed(Put(EndedJob("done"))));

  const absl::StatusOr<JobCounts> counts = store_->CountJobs();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_THAT(counts->by_state,
              UnorderedElementsAre(Pair(slurm::JobState::kRunning, 1),
                                   Pair(slurm::JobState::kFailed, 4)));
  EXPECT_THAT(
      counts->by_phase,
      UnorderedElementsAre(Pair(Phase::kWaiting, 1), Pair(Phase::kNoLog, 1),
                           Pair(Phase::kPending, 1), Pair(Phase::kRejected, 1),
                           Pair(Phase::kCompleted, 1)));
  EXPECT_THAT(counts->by_problem,
              UnorderedElementsAre(Pair(PathProblem::kUnexpandedPattern, 1),
                                   Pair(PathProblem::kPermissionDenied, 1)));
  EXPECT_EQ(counts->total, 5);
  EXPECT_EQ(counts->ended, 4);
  EXPECT_EQ(counts->with_log_path, 3);
  EXPECT_EQ(counts->submitted, 2);
  EXPECT_EQ(counts->accepted, 1);
  EXPECT_EQ(counts->with_verdict, 1);
}

TEST_P(QueryTest, AResubmissionDoesNotTakeBackWhatWasCounted) {
  const int64_t id = Put(EndedJob("1"));
  Deliver(Completed(id));
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(700))).ok());
  const absl::StatusOr<JobCounts> counts = store_->CountJobs();
  EXPECT_EQ(counts->submitted, 1);
  EXPECT_EQ(counts->accepted, 1);
  EXPECT_EQ(counts->with_verdict, 1);
}

TEST_P(QueryTest, AnEmptyStoreCountsNothing) {
  EXPECT_EQ(store_->CountJobs()->total, 0);
  EXPECT_THAT(store_->CountJobs()->by_state, IsEmpty());
}

}  // namespace
}  // namespace smon
