// What Store says of discovery.

#include <limits>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using PollTest = StoreTest;
SMON_ON_ALL_ENGINES(PollTest);

TEST_P(PollTest, EveryFieldOfANewJobComesBack) {
  Job job = EndedJob("7_3");
  job.record.raw_id = std::numeric_limits<int64_t>::max();
  job.record.array_job_id = 7;
  job.record.array_task_id = 0;
  job.record.het_job_id = 5;
  job.record.het_offset = 0;
  job.record.restart_count = 2;
  job.record.exit_status = slurm::ExitStatus{1, 9};
  job.record.reason = "NonZeroExitCode";
  job.record.start_time = At(50);
  job.record.work_dir = "/home/alice";
  job.record.is_batch = false;
  job.record.batch_host = "node1";
  job.record.stdout_pattern = "%j.out";
  job.record.submit_line = "sbatch a.sh";
  job.log.source = slurm::LogPathSource::kBatchScript;
  job.log.problem = slurm::LogPathProblem::kUnresolved;
  job.log.error = "sources disagree";
  job.log.shared_by_array = true;
  job.delivery.problem = PathProblem::kFileEmpty;
  job.delivery.submit_attempts = 3;
  job.delivery.result_attempts = 4;
  job.delivery.submitted_at = At(300);
  job.delivery.error = "empty";
  job.delivery.resubmit_count = 5;
  job.delivery.urgent = true;
  job.verdict = StopVerdict();
  Put(job);

  const Job got = Get("7_3");
  EXPECT_EQ(got.cluster, "alps");
  EXPECT_EQ(got.record.raw_id, job.record.raw_id);
  EXPECT_EQ(got.record.array_job_id, 7);
  EXPECT_EQ(got.record.array_task_id, 0);
  EXPECT_EQ(got.record.het_job_id, 5);
  EXPECT_EQ(got.record.het_offset, 0);
  EXPECT_EQ(got.record.restart_count, 2);
  EXPECT_EQ(got.record.state, slurm::JobState::kFailed);
  EXPECT_EQ(got.record.state_text, "FAILED");
  EXPECT_EQ(got.record.exit_status, (slurm::ExitStatus{1, 9}));
  EXPECT_EQ(got.record.reason, "NonZeroExitCode");
  EXPECT_EQ(got.record.submit_time, At(0));
  EXPECT_EQ(got.record.start_time, At(50));
  EXPECT_EQ(got.record.end_time, At(100));
  EXPECT_EQ(got.record.name, "train-7_3");
  EXPECT_EQ(got.record.user, "alice");
  EXPECT_EQ(got.record.partition, "gpu");
  EXPECT_EQ(got.record.work_dir, "/home/alice");
  EXPECT_EQ(got.record.is_batch, false);
  EXPECT_EQ(got.record.batch_host, "node1");
  EXPECT_EQ(got.record.stdout_pattern, "%j.out");
  EXPECT_EQ(got.record.submit_line, "sbatch a.sh");
  EXPECT_EQ(got.log.path, "/logs/7_3.out");
  EXPECT_EQ(got.log.source, slurm::LogPathSource::kBatchScript);
  EXPECT_EQ(got.log.problem, slurm::LogPathProblem::kUnresolved);
  EXPECT_EQ(got.log.error, "sources disagree");
  EXPECT_TRUE(got.log.shared_by_array);
  EXPECT_EQ(got.log_owner_id, 0);
  EXPECT_EQ(got.delivery.phase, Phase::kPending);
  EXPECT_EQ(got.delivery.problem, PathProblem::kFileEmpty);
  EXPECT_EQ(got.delivery.submit_attempts, 3);
  EXPECT_EQ(got.delivery.result_attempts, 4);
  EXPECT_EQ(got.delivery.next_attempt, At(100));
  EXPECT_EQ(got.delivery.pending_since, At(100));
  EXPECT_EQ(got.delivery.submitted_at, At(300));
  EXPECT_EQ(got.delivery.error, "empty");
  EXPECT_EQ(got.delivery.resubmit_count, 5);
  EXPECT_TRUE(got.delivery.urgent);
  ASSERT_TRUE(got.verdict.has_value());
  EXPECT_EQ(got.verdict->action, Action::kStop);
  EXPECT_EQ(got.verdict->action_text, "STOP");
  EXPECT_EQ(got.verdict->reason, "CUDA out of memory");
  EXPECT_EQ(got.verdict->source, "log_analyzer");
  EXPECT_EQ(got.verdict->mode, "single");
  EXPECT_EQ(got.verdict->fetched_at, At(500));
}

TEST_P(PollTest, TheVersionIsAnotherOneAfterEachChange) {
  if (store_->replicas()->shared()) {
    EXPECT_FALSE(store_->Version().has_value());
    return;
  }
  const auto empty = store_->Version();
  ASSERT_TRUE(empty.has_value());
  Put(RunningJob("7"));
  const auto one = store_->Version();
  EXPECT_NE(one, empty);
  EXPECT_EQ(Get("7").record.job_id, "7");
  EXPECT_EQ(store_->Version(), one);
  Put(RunningJob("8"));
  EXPECT_GT(store_->Version(), one);
}

TEST_P(PollTest, WhatIsAbsentComesBackAbsent) {
  Put(RunningJob("1"));
  const Job got = Get("1");
  EXPECT_EQ(got.record.array_task_id, std::nullopt);
  EXPECT_EQ(got.record.het_offset, std::nullopt);
  EXPECT_EQ(got.record.restart_count, std::nullopt);
  EXPECT_EQ(got.record.exit_status, std::nullopt);
  EXPECT_EQ(got.record.start_time, std::nullopt);
  EXPECT_EQ(got.record.end_time, std::nullopt);
  EXPECT_EQ(got.record.is_batch, std::nullopt);
  EXPECT_FALSE(got.verdict.has_value());
  EXPECT_EQ(got.delivery.next_attempt, absl::InfiniteFuture());
  EXPECT_EQ(got.delivery.pending_since, absl::InfinitePast());
  EXPECT_EQ(got.delivery.submitted_at, absl::InfinitePast());
}

TEST_P(PollTest, EveryStateComesBack) {
  for (const slurm::JobState state : slurm::AllJobStates()) {
    Job job = RunningJob("1");
    job.record.state = state;
    Put(job);
    EXPECT_EQ(Get("1").record.state, state) << slurm::JobStateName(state);
  }
}

TEST_P(PollTest, TextOfSlurmComesBackByteForByteAndOurOwnAsValidUtf8) {
  Job job = RunningJob("1");
  job.record.name = "a'; DROP TABLE jobs; -- \xff\\xff\\x5c" +
                    std::string(1, '\0') + "|\n%s :id ?";
  job.record.stdout_pattern = "/w\\x41/\xff";
  Put(job, false, {"bad \xfe"});
  EXPECT_EQ(Get("1").record.name, job.record.name);
  EXPECT_EQ(Get("1").record.stdout_pattern, job.record.stdout_pattern);
  EXPECT_THAT(History(Get("1").id), ElementsAre("bad \\xfe"));
}

TEST_P(PollTest, AJobWhoseKeyIsNoUtf8IsFoundByIt) {
  Job job = RunningJob("1");
  job.cluster = "al\xffps";
  Put(job);
  EXPECT_EQ(store_->FindJobs({{"al\xffps", "1", At(0)}})->size(), 1u);
}

TEST_P(PollTest, ACommittedChangeReplacesWhatComesFromSlurm) {
  Job job = RunningJob("1");
  job.id = Put(job);
  job.record.state = slurm::JobState::kCompleted;
  job.record.end_time = At(9);
  job.record.name = "renamed";
  job.log.path = "/logs/other";
  EXPECT_EQ(Put(job), job.id);
  const Job got = Get("1");
  EXPECT_EQ(got.record.state, slurm::JobState::kCompleted);
  EXPECT_EQ(got.record.end_time, At(9));
  EXPECT_EQ(got.record.name, "renamed");
  EXPECT_EQ(got.log.path, "/logs/other");
}

TEST_P(PollTest, AChangeLeavesTheDeliveryAndTheVerdict) {
  Job job = EndedJob("1");
  job.id = Put(job);
  Deliver(Completed(job.id));
  job.record.reason = "corrected";
  job.delivery = Delivery();
  job.verdict.reset();
  Put(job, /*delivery_too=*/false);
  EXPECT_EQ(Get("1").record.reason, "corrected");
  EXPECT_EQ(Get("1").delivery.phase, Phase::kCompleted);
  EXPECT_TRUE(Get("1").verdict.has_value());
}

TEST_P(PollTest, WithDeliveryTooAnEndEnqueuesTheLog) {
  Job job = RunningJob("1");
  const int64_t id = Put(job);
  job = EndedJob("1");
  job.id = id;
  Put(job, /*delivery_too=*/false);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kWaiting);
  Put(job, /*delivery_too=*/true);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kPending);
  EXPECT_THAT(Due(Phase::kPending, At(100)), ElementsAre("1"));
}

TEST_P(PollTest, AnEndThatIsSeenTwiceEnqueuesTheLogOnce) {
  Job job = EndedJob("1");
  job.id = Put(job);
  DeliveryChange sent;
  sent.job = job.id;
  sent.delivery = DeliveryIn(Phase::kSubmitted, At(200));
  Deliver(sent);
  Put(job, /*delivery_too=*/true);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kSubmitted);
  // Also by a caller that has forgotten the job.
  job.id = 0;
  Put(job, /*delivery_too=*/true);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kSubmitted);
}

TEST_P(PollTest, TheSameKeyTwiceIsOneJob) {
  PollChanges changes;
  changes.changes.push_back({RunningJob("1"), false, {"one"}});
  changes.changes.push_back({EndedJob("1"), false, {"two"}});
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  const int64_t id = changes.changes[0].job.id;
  EXPECT_NE(id, 0);
  EXPECT_EQ(changes.changes[1].job.id, id);
  EXPECT_EQ(Put(EndedJob("1")), id);
  EXPECT_EQ(store_->CountJobs()->total, 1);
  EXPECT_THAT(History(id), ElementsAre("one", "two"));
  // Its end is not lost, although both called themselves new.
  EXPECT_EQ(Get("1").delivery.phase, Phase::kPending);
}

TEST_P(PollTest, ClusterAndSubmitTimeTellRunsApart) {
  Put(RunningJob("1", 0));
  Put(RunningJob("1", 60));
  Job elsewhere = RunningJob("1", 0);
  elsewhere.cluster = "jura";
  Put(elsewhere);
  EXPECT_EQ(store_->CountJobs()->total, 3);
}

TEST_P(PollTest, AnIdThatIsNotStoredMakesANewJob) {
  Job job = RunningJob("1");
  job.id = 4711;
  EXPECT_NE(Put(job), 4711);
  EXPECT_EQ(store_->CountJobs()->total, 1);
}

TEST_P(PollTest, UpdatedAtMovesOnlyWhenSomethingChanges) {
  Job job = RunningJob("1");
  const absl::Time created = clock_.Now();
  job.id = Put(job);
  clock_.Advance(absl::Seconds(5));
  Put(job);
  EXPECT_EQ(Get("1").updated_at, created);
  job.record.reason = "Priority";
  Put(job);
  EXPECT_EQ(Get("1").updated_at, created + absl::Seconds(5));
  EXPECT_EQ(Get("1").created_at, created);
}

TEST_P(PollTest, AnEndAtAnUnknownTimeCountsFromWhenItWasStored) {
  Job job = RunningJob("1");
  job.record.state = slurm::JobState::kFinished;
  job.delivery.phase = Phase::kNoLog;
  const absl::Time seen = clock_.Now();
  Put(job);
  clock_.Advance(absl::Hours(1));
  job.record.reason = "changed";
  Put(job);
  EXPECT_EQ(store_->LoadLive("alps", seen)->size(), 1u);
  EXPECT_THAT(*store_->LoadLive("alps", seen + absl::Seconds(1)), IsEmpty());
  EXPECT_EQ(Get("1").record.end_time, std::nullopt);
}

TEST_P(PollTest, AccountingProgressIsTheFirstWatermarkAndTheLast) {
  EXPECT_EQ(store_->AccountingProgress("alps")->watermark,
            absl::InfinitePast());
  EXPECT_EQ(store_->AccountingProgress("alps")->first, absl::InfinitePast());
  PollChanges changes;
  changes.cluster = "alps";
  changes.accounting_watermark = At(10);
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  EXPECT_EQ(store_->AccountingProgress("alps")->watermark, At(10));
  EXPECT_EQ(store_->AccountingProgress("jura")->watermark,
            absl::InfinitePast());
  changes.accounting_watermark = At(20);
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  changes.accounting_watermark.reset();
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  EXPECT_EQ(store_->AccountingProgress("alps")->watermark, At(20));
  EXPECT_EQ(store_->AccountingProgress("alps")->first, At(10));
}

TEST_P(PollTest, AFollowerTakesOverWhatItsOwnerShows) {
  const int64_t owner = Put(EndedJob("5+0"));
  Deliver(Completed(owner));
  Job follower = EndedJob("5+1");
  follower.log_owner_id = owner;
  Put(follower);
  const Job got = Get("5+1");
  EXPECT_EQ(got.log_owner_id, owner);
  EXPECT_EQ(got.log_owner_job_id, "5+0");
  EXPECT_EQ(got.delivery.phase, Phase::kCompleted);
  EXPECT_EQ(got.delivery.submitted_at, At(400));
  ASSERT_TRUE(got.verdict.has_value());
  EXPECT_EQ(got.verdict->reason, "CUDA out of memory");
}

TEST_P(PollTest, AJobThatComesToShareALogTakesOverWhatItsOwnerShows) {
  const int64_t owner = Put(EndedJob("5+0"));
  Job follower = RunningJob("5+1");
  const int64_t id = Put(follower);
  follower = EndedJob("5+1");
  follower.id = id;
  follower.log_owner_id = owner;
  Put(follower, /*delivery_too=*/true);
  Deliver(Completed(owner));
  EXPECT_EQ(Get("5+1").delivery.phase, Phase::kCompleted);
}

TEST_P(PollTest, FollowersSeeTheirOwnersEnd) {
  Job owner = RunningJob("5+0");
  owner.id = Put(owner);
  Job follower = EndedJob("5+1");
  follower.log_owner_id = owner.id;
  Put(follower);
  EXPECT_EQ(Get("5+1").delivery.phase, Phase::kWaiting);
  Job ended = EndedJob("5+0");
  ended.id = owner.id;
  clock_.Advance(absl::Seconds(7));
  Put(ended, /*delivery_too=*/true);
  EXPECT_EQ(Get("5+1").delivery.phase, Phase::kPending);
  EXPECT_EQ(Get("5+1").updated_at, clock_.Now());
}

TEST_P(PollTest, AFollowerOfAFollowerFollowsTheFirst) {
  const int64_t first = Put(EndedJob("1"));
  Job second = EndedJob("2");
  second.log_owner_id = first;
  Job third = EndedJob("3");
  third.log_owner_id = Put(second);
  Put(third);
  EXPECT_EQ(Get("3").log_owner_id, first);
  EXPECT_EQ(Get("3").log_owner_job_id, "1");
}

TEST_P(PollTest, FollowersGoAlongWhenTheirOwnerComesToFollow) {
  const int64_t first = Put(EndedJob("1"));
  Deliver(Completed(first));
  Job second = EndedJob("2");
  second.id = Put(second);
  Job third = EndedJob("3");
  third.log_owner_id = second.id;
  Put(third);
  second.log_owner_id = first;
  Put(second);
  EXPECT_EQ(Get("3").log_owner_id, first);
  EXPECT_EQ(Get("3").log_owner_job_id, "1");
  EXPECT_EQ(Get("3").delivery.phase, Phase::kCompleted);
}

TEST_P(PollTest, AnOwnerThatIsNotStoredIsNone) {
  Job job = EndedJob("1");
  job.log_owner_id = 4711;
  Put(job);
  EXPECT_EQ(Get("1").log_owner_id, 0);
  EXPECT_THAT(Due(Phase::kPending, At(100)), ElementsAre("1"));
  job = Get("1");
  job.log_owner_id = job.id;
  Put(job);
  EXPECT_EQ(Get("1").log_owner_id, 0);
}

TEST_P(PollTest, HistoryIsOldestFirstAndTheLastHundred) {
  Job job = RunningJob("1");
  job.id = Put(job, false, {"first", "second"});
  EXPECT_THAT(History(job.id), ElementsAre("first", "second"));
  EXPECT_EQ((*store_->GetHistory(job.id))[0].time, clock_.Now());
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Seconds(1));
    Put(job, false, {absl::StrCat("entry ", i)});
  }
  const std::vector<std::string> texts = History(job.id);
  ASSERT_EQ(texts.size(), 100u);
  EXPECT_EQ(texts.front(), "entry 0");
  EXPECT_EQ(texts.back(), "entry 99");
}

TEST_P(PollTest, TheHistoryOfAnUnknownJobIsNotFound) {
  EXPECT_EQ(store_->GetHistory(1).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace smon
