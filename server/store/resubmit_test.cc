// What Store says of resubmission.

#include <algorithm>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kId[] = "00000000-0000-4000-8000-000000000001";

class ResubmitTest : public StoreTest {
 protected:
  // A job whose delivery is over, for a reason.
  int64_t PutOver(const std::string& job_id, int submitted = 0,
                  Phase phase = Phase::kRejected,
                  PathProblem problem = PathProblem::kNotFound) {
    Job job = EndedJob(job_id, submitted);
    job.delivery = DeliveryIn(phase, absl::InfiniteFuture());
    job.delivery.problem = problem;
    job.delivery.submit_attempts = 3;
    job.delivery.error = "old";
    return Put(job);
  }

  void PutRejected(int count) {
    PollChanges changes;
    for (int i = 0; i < count; ++i) {
      Job job = EndedJob(absl::StrCat(i), i);
      job.delivery = DeliveryIn(Phase::kRejected, absl::InfiniteFuture());
      changes.changes.push_back({job, false, {}});
    }
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  // Two jobs with one log; the ids of the owner and of the other.
  std::pair<int64_t, int64_t> PutSharers() {
    const int64_t owner = PutOver("5+0");
    Job follower = EndedJob("5+1");
    follower.log_owner_id = owner;
    return {owner, Put(follower)};
  }

  ResubmitReport Start(const JobFilter& filter, const ResubmitOrder& order) {
    const auto report = store_->StartResubmission(filter, 1000, order);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(ResubmitReport());
  }
  ResubmitReport Continue(const ResubmitOrder& order) {
    const auto report = store_->ContinueResubmission(order);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(ResubmitReport());
  }
  ResubmitReport ResubmitAll(const JobFilter& filter,
                             const ResubmitOrder& order) {
    ResubmitReport report = Start(filter, order);
    while (report.left > 0) report = Continue(order);
    return report;
  }
};
SMON_ON_ALL_ENGINES(ResubmitTest);

TEST_P(ResubmitTest, TheDeliveryStartsAnewFromAnyPhase) {
  for (const Phase phase : kAllPhases) {
    if (phase == Phase::kWaiting) continue;
    SCOPED_TRACE(static_cast<int>(phase));
    Job job = EndedJob(absl::StrCat("p", static_cast<int>(phase)));
    job.delivery.phase = phase;
    job.delivery.problem = PathProblem::kNotFound;
    job.delivery.submit_attempts = 3;
    job.delivery.result_attempts = 4;
    job.delivery.submitted_at = At(200);
    job.delivery.error = "old";
    job.delivery.urgent = true;
    const int64_t id = Put(job);
    clock_.Advance(absl::Seconds(1));
    const auto got = store_->Resubmit(id, AskedAt(At(700)));
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(got->outcome, phase == Phase::kPending
                                ? ResubmitOutcome::kAlreadyPending
                                : ResubmitOutcome::kResubmitted);
    EXPECT_EQ(got->job.id, id);
    const Delivery& delivery = got->job.delivery;
    EXPECT_EQ(delivery.phase, Phase::kPending);
    EXPECT_EQ(delivery.problem, PathProblem::kNone);
    EXPECT_EQ(delivery.submit_attempts, 0);
    EXPECT_EQ(delivery.result_attempts, 0);
    EXPECT_EQ(delivery.next_attempt, At(700));
    EXPECT_EQ(delivery.pending_since, At(700));
    EXPECT_EQ(delivery.submitted_at, absl::InfinitePast());
    EXPECT_EQ(delivery.error, "");
    EXPECT_EQ(delivery.resubmit_count, 1);
    EXPECT_FALSE(delivery.urgent);
    EXPECT_EQ(got->job.updated_at, clock_.Now());
    EXPECT_THAT(History(id), ElementsAre("by hand"));
  }
}

TEST_P(ResubmitTest, AFreshDeliveryIsLeftAlone) {
  const int64_t id = PutOver("1");
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(700))).ok());
  const auto again = store_->Resubmit(id, AskedAt(At(800)));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->outcome, ResubmitOutcome::kAlreadyPending);
  EXPECT_EQ(again->job.delivery.resubmit_count, 1);
  EXPECT_EQ(again->job.delivery.next_attempt, At(700));
  EXPECT_THAT(History(id), ElementsAre("by hand"));
}

TEST_P(ResubmitTest, VerdictAndAnswerStayUntilThereAreNewOnes) {
  const int64_t id = Put(EndedJob("1"));
  Deliver(Completed(id));
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(700))).ok());
  EXPECT_EQ(Get("1").verdict->action, Action::kStop);
  EXPECT_EQ(*store_->GetAnswer(id), R"({"status":"completed"})");
}

TEST_P(ResubmitTest, OfASharerItActsOnTheLog) {
  const auto [owner, follower] = PutSharers();
  const auto got = store_->Resubmit(follower, AskedAt(At(700)));
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->job.id, follower);
  EXPECT_EQ(got->job.delivery.phase, Phase::kPending);
  EXPECT_EQ(Get("5+0").delivery.resubmit_count, 1);
  EXPECT_THAT(Due(Phase::kPending, At(700)), ElementsAre("5+0"));
  EXPECT_THAT(History(follower), ElementsAre("by hand"));
}

TEST_P(ResubmitTest, AJobThatHasNotEndedIsLeftAlone) {
  const int64_t running = Put(RunningJob("1"));
  const auto got = store_->Resubmit(running, AskedAt(At(700)));
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->outcome, ResubmitOutcome::kNotEnded);
  EXPECT_EQ(Get("1").delivery.phase, Phase::kWaiting);
}

TEST_P(ResubmitTest, AJobWithoutALogIsRefusedAndAnUnknownOneNotFound) {
  Job no_log = EndedJob("2");
  no_log.delivery.phase = Phase::kNoLog;
  no_log.log = slurm::LogPath();
  no_log.log.error = "srun writes none";
  const int64_t id = Put(no_log);
  const absl::Status status =
      store_->Resubmit(id, AskedAt(At(0), kId)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("srun writes none"));
  EXPECT_EQ(Get("2").delivery.phase, Phase::kNoLog);
  EXPECT_THAT(History(id), IsEmpty());
  EXPECT_EQ(store_->Resubmit(4711, AskedAt(At(0))).status().code(),
            absl::StatusCode::kNotFound);
  // What failed is not remembered.
  EXPECT_TRUE(store_->Resubmit(PutOver("3"), AskedAt(At(0), kId)).ok());
}

TEST_P(ResubmitTest, ARepeatDoesNothingAndIsAnsweredTheSame) {
  const int64_t id = PutOver("1");
  const ResubmitOrder order = AskedAt(At(700), kId, "job 1");
  ASSERT_FALSE(store_->Resubmit(id, order)->repeated);
  DeliveryChange done = Completed(id);
  done.delivery.resubmit_count = 1;
  Deliver(done);
  const auto repeat = store_->Resubmit(id, order);
  ASSERT_TRUE(repeat.ok()) << repeat.status();
  EXPECT_TRUE(repeat->repeated);
  EXPECT_EQ(repeat->outcome, ResubmitOutcome::kResubmitted);
  EXPECT_EQ(repeat->job.delivery.phase, Phase::kCompleted);
  EXPECT_EQ(Get("1").delivery.resubmit_count, 1);
}

TEST_P(ResubmitTest, AnotherRequestUnderTheSameIdIsRefused) {
  const int64_t id = PutOver("1");
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(700), kId, "job 1")).ok());
  for (const absl::Status& status :
       {store_->Resubmit(id, AskedAt(At(700), kId, "job 2")).status(),
        store_->StartResubmission({}, 9, AskedAt(At(700), kId, "filter"))
            .status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(kId));
  }
}

TEST_P(ResubmitTest, ARequestIsRememberedForADay) {
  const int64_t id = PutOver("1");
  const auto id_of = [](int number) {
    return absl::StrCat("00000000-0000-4000-8000-00000000100", number);
  };
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(0), id_of(1))).ok());
  clock_.Advance(absl::Hours(24));
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(0), id_of(2))).ok());
  EXPECT_TRUE(store_->Resubmit(id, AskedAt(At(0), id_of(1)))->repeated);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(0), id_of(3))).ok());
  EXPECT_FALSE(store_->Resubmit(id, AskedAt(At(0), id_of(1)))->repeated);
  EXPECT_TRUE(store_->Resubmit(id, AskedAt(At(0), id_of(2)))->repeated);
}

TEST_P(ResubmitTest, OfAllThatMatchItSaysWhatItDid) {
  PutOver("over", 1);
  PutOver("denied", 2, Phase::kRejected, PathProblem::kPermissionDenied);
  Put(EndedJob("pending", 3));
  Put(RunningJob("running", 4));
  Job no_log = EndedJob("no log", 5);
  no_log.log = slurm::LogPath();
  no_log.delivery = DeliveryIn(Phase::kNoLog, absl::InfiniteFuture());
  Put(no_log);
  Job other = EndedJob("other", 6);
  other.record.user = "bob";
  Put(other);
  JobFilter filter;
  filter.user = "alice";

  const auto preview = store_->PreviewResubmission(filter, 1000, nullptr);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(Get("over").delivery.phase, Phase::kRejected);
  const ResubmitReport done = ResubmitAll(filter, AskedAt(At(700), kId));
  for (const ResubmitReport& report : {*preview, done}) {
    EXPECT_EQ(report.resubmitted, 2);
    EXPECT_EQ(report.already_pending, 1);
    EXPECT_EQ(report.not_ended, 1);
    EXPECT_EQ(report.no_log, 1);
    EXPECT_EQ(report.shared_log, 0);
    EXPECT_THAT(report.job_ids, ElementsAre("over", "denied"));
    EXPECT_EQ(report.left, 0);
  }
  EXPECT_THAT(
      Due(Phase::kPending, At(700)),
      ::testing::UnorderedElementsAre("over", "denied", "pending", "other"));
}

TEST_P(ResubmitTest, AProblemCanBeReplayed) {
  PutOver("not found", 1);
  PutOver("denied", 2, Phase::kRejected, PathProblem::kPermissionDenied);
  PutOver("expired", 3, Phase::kExpired, PathProblem::kNoVerdict);
  JobFilter filter;
  filter.problems = {PathProblem::kNotFound, PathProblem::kNoVerdict};
  EXPECT_THAT(ResubmitAll(filter, AskedAt(At(700), kId)).job_ids,
              ElementsAre("not found", "expired"));
  EXPECT_EQ(Get("denied").delivery.phase, Phase::kRejected);
  EXPECT_THAT(List({filter, JobOrder::kSubmitTimeAsc, 9, {}}).jobs, IsEmpty());
}

TEST_P(ResubmitTest, ALogThatSeveralJobsShareIsSentOnce) {
  PutSharers();
  JobFilter filter;
  filter.phases = {Phase::kRejected};
  const auto preview = store_->PreviewResubmission(filter, 1000, nullptr);
  ASSERT_TRUE(preview.ok());
  const ResubmitReport done = ResubmitAll(filter, AskedAt(At(700), kId));
  for (const ResubmitReport& report : {*preview, done}) {
    EXPECT_EQ(report.resubmitted, 1);
    EXPECT_EQ(report.shared_log, 1);
    EXPECT_THAT(report.job_ids, ElementsAre("5+0"));
  }
  EXPECT_EQ(Get("5+1").delivery.resubmit_count, 1);
}

TEST_P(ResubmitTest, AJobIsNamedThatMatchesAlsoIfTheLogIsAnothers) {
  PutSharers();
  Job completed = Get("5+0");
  completed.record.state = slurm::JobState::kCompleted;
  Put(completed);
  JobFilter filter;
  filter.states = {slurm::JobState::kFailed};
  EXPECT_THAT(ResubmitAll(filter, AskedAt(At(700), kId)).job_ids,
              ElementsAre("5+1"));
  EXPECT_THAT(Due(Phase::kPending, At(700)), ElementsAre("5+0"));
}

TEST_P(ResubmitTest, MoreJobsThanAskedForAreRefusedAndNothingIsChanged) {
  PutRejected(3);
  JobFilter filter;
  filter.user = "alice";
  for (const absl::Status& status :
       {store_->StartResubmission(filter, 2, AskedAt(At(700), kId)).status(),
        store_->PreviewResubmission(filter, 2, nullptr).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("max_jobs: 3 jobs"));
  }
  EXPECT_THAT(Due(Phase::kPending, At(700)), IsEmpty());
  EXPECT_TRUE(store_->StartResubmission(filter, 3, AskedAt(At(700), kId)).ok());
}

TEST_P(ResubmitTest, ManyAreDoneInPartsAndARepeatDoesTheRest) {
  constexpr int kJobs = 600;
  PutRejected(kJobs);
  JobFilter filter;
  filter.phases = {Phase::kRejected};
  const ResubmitOrder order = AskedAt(At(700), kId);
  EXPECT_EQ(Start(filter, order).left, kJobs);
  const ResubmitReport part = Continue(order);
  EXPECT_GT(part.resubmitted, 0);
  EXPECT_EQ(part.resubmitted + part.left, kJobs);
  EXPECT_EQ(static_cast<int64_t>(Due(Phase::kPending, At(700), kJobs).size()),
            part.resubmitted);

  // As after a crash. What has been done is not done again, although it matches
  // by then.
  const int64_t first = Get("0").id;
  DeliveryChange refused;
  refused.job = first;
  refused.delivery = DeliveryIn(Phase::kRejected, absl::InfiniteFuture());
  refused.delivery.resubmit_count = 1;
  Deliver(refused);
  const ResubmitReport done = ResubmitAll(filter, order);
  EXPECT_EQ(done.resubmitted, kJobs);
  EXPECT_THAT(done.job_ids, SizeIs(kJobs));
  EXPECT_EQ(Get("0").delivery.phase, Phase::kRejected);
  EXPECT_EQ(Get("599").delivery.phase, Phase::kPending);

  const ResubmitReport repeat = Start(filter, order);
  EXPECT_TRUE(repeat.repeated);
  EXPECT_EQ(repeat.resubmitted, kJobs);
  EXPECT_EQ(Get("599").delivery.resubmit_count, 1);
}

TEST_P(ResubmitTest, WhatChangesMeanwhileIsSeenWhenItIsAJobsTurn) {
  const int64_t id = PutOver("1");
  JobFilter filter;
  filter.phases = {Phase::kRejected};
  const ResubmitOrder order = AskedAt(At(700), kId);
  ASSERT_EQ(Start(filter, order).left, 1);
  ASSERT_TRUE(store_->Resubmit(id, AskedAt(At(650))).ok());
  const ResubmitReport report = Continue(order);
  EXPECT_EQ(report.resubmitted, 0);
  EXPECT_EQ(report.already_pending, 1);
  EXPECT_EQ(report.left, 0);
}

TEST_P(ResubmitTest, AnswersInFlightChangeNothing) {
  const int64_t id = Put(EndedJob("1"));
  DeliveryChange sent;
  sent.job = id;
  sent.delivery = DeliveryIn(Phase::kSubmitted, At(500));
  EXPECT_TRUE(Deliver(sent));
  JobFilter filter;
  filter.phases = {Phase::kSubmitted};
  EXPECT_EQ(ResubmitAll(filter, AskedAt(At(700), kId)).resubmitted, 1);
  EXPECT_FALSE(Deliver(Completed(id)));
  EXPECT_EQ(Get("1").delivery.phase, Phase::kPending);
  EXPECT_FALSE(Get("1").verdict.has_value());
  EXPECT_THAT(History(id), ElementsAre("by hand", HasSubstr("stale")));
}

}  // namespace
}  // namespace smon
