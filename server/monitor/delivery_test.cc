#include "server/monitor/delivery.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_attrsvc_client.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class DeliveryTest : public ::testing::Test {
 protected:
  Job Pending() const {
    Job job;
    job.id = 7;
    job.record.job_id = "12";
    job.log.path = "/logs/12.out";
    job.delivery = StartDelivery(job.log, start_);
    return job;
  }
  Job Submitted() const {
    Job job = Pending();
    job.delivery = Submit(job, FakeAttrsvcClient::Accepted()).delivery;
    return job;
  }
  DeliveryChange Submit(const Job& job, const Answer& answer) const {
    return AfterSubmit(job, answer, policy_, analyses_, now_, random_);
  }
  DeliveryChange Ask(const Job& job, const Answer& answer) const {
    return AfterResult(job, answer, policy_, analyses_, now_, random_);
  }
  // As if it had been tried for the whole --log_wait.
  void UseUpLogWait(Job* job) const {
    job->delivery.pending_since -= policy_.log_wait;
  }
  static Answer Says(AnswerKind kind, int status) {
    return FakeAttrsvcClient::Failed(kind, status);
  }

  const absl::Time start_ = absl::FromUnixSeconds(1700000000);
  absl::Time now_ = start_;
  const DeliveryPolicy policy_ = {};
  AnalysisTime analyses_;
  const Random random_ = [] { return 0.5; };
};

TEST_F(DeliveryTest, ALogThatWasFoundIsDueAtOnce) {
  const Delivery delivery = Pending().delivery;
  EXPECT_EQ(delivery.phase, Phase::kPending);
  EXPECT_EQ(delivery.next_attempt, start_);
}

TEST_F(DeliveryTest, AJobWithoutALogSaysWhy) {
  slurm::LogPath log;
  log.problem = slurm::LogPathProblem::kUnresolved;
  log.error = "pattern '%N' cannot be expanded";
  const Delivery delivery = StartDelivery(log, start_);
  EXPECT_EQ(delivery.phase, Phase::kNoLog);
  EXPECT_EQ(delivery.problem, PathProblem::kUnexpandedPattern);
  EXPECT_EQ(delivery.error, log.error);
  EXPECT_EQ(delivery.next_attempt, absl::InfiniteFuture());
}

TEST_F(DeliveryTest, AJobThatWroteNoLogSaysSo) {
  slurm::LogPath log;
  log.problem = slurm::LogPathProblem::kNoLog;
  const Delivery delivery = StartDelivery(log, start_);
  EXPECT_EQ(delivery.phase, Phase::kNoLog);
  EXPECT_EQ(delivery.problem, PathProblem::kNoOutput);
}

TEST_F(DeliveryTest, WhateverEndsADeliveryWithoutAVerdictIsAProblem) {
  EXPECT_EQ(
      Submit(Pending(), Says(AnswerKind::kRejected, 418)).delivery.problem,
      PathProblem::kOther);

  Answer unseen = FakeAttrsvcClient::Accepted();
  unseen.mode = "PENDING";
  Job job = Pending();
  job.delivery = Submit(job, unseen).delivery;
  UseUpLogWait(&job);
  const Delivery given_up = Submit(job, unseen).delivery;
  EXPECT_EQ(given_up.phase, Phase::kRejected);
  EXPECT_EQ(given_up.problem, PathProblem::kNotFound);

  job = Pending();
  Answer empty = Says(AnswerKind::kNotVisible, 400);
  empty.problem = PathProblem::kFileEmpty;
  job.delivery = Submit(job, empty).delivery;
  UseUpLogWait(&job);
  EXPECT_EQ(Submit(job, unseen).delivery.problem, PathProblem::kFileEmpty);

  job = Submitted();
  now_ += policy_.verdict_wait;
  const Delivery expired =
      Ask(job, Says(AnswerKind::kInProgress, 200)).delivery;
  EXPECT_EQ(expired.phase, Phase::kExpired);
  EXPECT_EQ(expired.problem, PathProblem::kNoVerdict);
}

TEST_F(DeliveryTest, AnAcceptedLogIsAskedForSoon) {
  const DeliveryChange change =
      Submit(Pending(), FakeAttrsvcClient::Accepted());
  EXPECT_EQ(change.job, 7);
  EXPECT_EQ(change.delivery.phase, Phase::kSubmitted);
  EXPECT_EQ(change.delivery.submit_attempts, 1);
  EXPECT_EQ(change.delivery.submitted_at, now_);
  EXPECT_EQ(change.delivery.next_attempt, now_ + analyses_.FirstWait());
}

TEST_F(DeliveryTest, APermanentErrorRejects) {
  Answer answer = Says(AnswerKind::kRejected, 403);
  answer.problem = PathProblem::kPermissionDenied;
  const DeliveryChange change = Submit(Pending(), answer);
  EXPECT_EQ(change.delivery.phase, Phase::kRejected);
  EXPECT_EQ(change.delivery.problem, PathProblem::kPermissionDenied);
  EXPECT_EQ(change.delivery.error, "says no");
}

TEST_F(DeliveryTest, ALogThatIsNotVisibleYetIsTriedForTheLogWait) {
  Job job = Pending();
  const Answer answer = Says(AnswerKind::kNotVisible, 404);
  now_ = start_ + absl::Hours(3);  // attrsvc was away; that does not count
  job.delivery = Submit(job, answer).delivery;
  const absl::Time first = now_;
  while (job.delivery.phase == Phase::kPending) {
    ASSERT_LT(now_, first + policy_.log_wait);
    ASSERT_GT(job.delivery.next_attempt, now_);
    now_ = job.delivery.next_attempt;
    job.delivery = Submit(job, answer).delivery;
  }
  EXPECT_EQ(job.delivery.phase, Phase::kRejected);
  EXPECT_GE(now_, first + policy_.log_wait);
  EXPECT_THAT(job.delivery.error, StartsWith("attrsvc does not see the log"));
}

// An outage between two such answers, or a clock that is set ahead.
TEST_F(DeliveryTest, TimeInWhichALogIsNotTriedIsNotOfTheLogWait) {
  Job job = Pending();
  const Answer answer = Says(AnswerKind::kNotVisible, 404);
  job.delivery = Submit(job, answer).delivery;
  for (int outage = 0; outage < 3; ++outage) {
    now_ = job.delivery.next_attempt + absl::Hours(1);
    job.delivery = Submit(job, answer).delivery;
    EXPECT_EQ(job.delivery.phase, Phase::kPending);
  }
  Job asked = Submitted();
  asked.delivery = Ask(asked, answer).delivery;
  now_ = asked.delivery.next_attempt + absl::Hours(1);
  EXPECT_EQ(Ask(asked, answer).delivery.phase, Phase::kSubmitted);
  UseUpLogWait(&job);
  EXPECT_EQ(Submit(job, answer).delivery.phase, Phase::kRejected);
}

TEST_F(DeliveryTest, AnAbsentAttrsvcIsWaitedForForEver) {
  Job job = Pending();
  for (int day = 0; day < 365; ++day) {
    now_ += absl::Hours(24);
    job.delivery = Submit(job, FakeAttrsvcClient::Unavailable()).delivery;
    ASSERT_EQ(job.delivery.phase, Phase::kPending);
    ASSERT_LE(job.delivery.next_attempt - now_, absl::Seconds(10));
  }
  Job submitted = Submitted();
  now_ += 10 * policy_.verdict_wait;
  EXPECT_EQ(Ask(submitted, FakeAttrsvcClient::Unavailable()).delivery.phase,
            Phase::kSubmitted);
}

TEST_F(DeliveryTest, ALogThatAttrsvcFailsOnIsSentEverMoreSeldom) {
  Job job = Pending();
  for (int i = 0; i < 20; ++i) {
    job.delivery = Submit(job, Says(AnswerKind::kUnavailable, 500)).delivery;
  }
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
  EXPECT_EQ(job.delivery.next_attempt, now_ + absl::Minutes(5) / 2);
}

TEST_F(DeliveryTest, AnOutageDoesNotMakeALogWaitLongAfterIt) {
  Job job = Pending();
  for (int i = 0; i < 20; ++i) {
    job.delivery = Submit(job, FakeAttrsvcClient::Unavailable()).delivery;
  }
  EXPECT_LE(job.delivery.next_attempt, now_ + absl::Seconds(10));
}

TEST_F(DeliveryTest, RetryAfterIsHonoured) {
  Answer answer = Says(AnswerKind::kRateLimited, 429);
  answer.retry_after = absl::Minutes(20);
  EXPECT_GE(Submit(Pending(), answer).delivery.next_attempt,
            now_ + absl::Minutes(20));
}

TEST_F(DeliveryTest, AVerdictCompletesAndIsKeptWhole) {
  const DeliveryChange change =
      Ask(Submitted(),
          FakeAttrsvcClient::WithVerdict(Action::kStop, "out of memory"));
  EXPECT_EQ(change.delivery.phase, Phase::kCompleted);
  ASSERT_TRUE(change.verdict.has_value());
  EXPECT_EQ(change.verdict->fetched_at, now_);
  EXPECT_EQ(change.answer, "{\"raw\":true}");
}

TEST_F(DeliveryTest, AnAnalysisThatRunsIsAskedForAgainEverMoreSeldom) {
  Job job = Submitted();
  analyses_.OnFirstAnswer(absl::Seconds(2), false);
  for (int asked = 1; asked <= 20; ++asked) {
    job.delivery = Ask(job, Says(AnswerKind::kInProgress, 200)).delivery;
    EXPECT_EQ(job.delivery.result_attempts, asked);
    EXPECT_EQ(job.delivery.next_attempt, now_ + analyses_.NextWait(asked));
  }
}

TEST_F(DeliveryTest, WhereTheQuestionStartsTheAnalysisItIsAskedAtOnce) {
  analyses_.SetQuestionsBlock(true);
  EXPECT_EQ(Submitted().delivery.next_attempt, now_);
  Answer silence = Says(AnswerKind::kInProgress, 0);
  EXPECT_EQ(Ask(Submitted(), silence).delivery.next_attempt,
            now_ + absl::Seconds(1));
}

TEST_F(DeliveryTest, AVerdictThatCannotBeReadIsGivenUpAfterTheVerdictWait) {
  const Job job = Submitted();
  Answer unreadable = Says(AnswerKind::kUnavailable, 200);
  unreadable.error = "attrsvc answered 200 with a body that is not JSON";
  now_ = start_ + policy_.verdict_wait - absl::Seconds(1);
  const Delivery before = Ask(job, unreadable).delivery;
  EXPECT_EQ(before.phase, Phase::kSubmitted);
  EXPECT_EQ(before.error, unreadable.error);
  now_ = start_ + policy_.verdict_wait;
  const Delivery after = Ask(job, unreadable).delivery;
  EXPECT_EQ(after.phase, Phase::kExpired);
  EXPECT_EQ(after.error, "no verdict within 24h: " + unreadable.error);
}

TEST_F(DeliveryTest, WhatAServerErrorSaysOfAttrsvcIsNoReasonToGiveUp) {
  const Job job = Submitted();
  now_ = start_ + 10 * policy_.verdict_wait;
  for (const int status : {302, 401, 500, 502, 503}) {
    EXPECT_EQ(Ask(job, Says(AnswerKind::kUnavailable, status)).delivery.phase,
              Phase::kSubmitted)
        << status;
  }
}

TEST_F(DeliveryTest, AnAnalysisThatRunsIsAskedForAgainUntilTheVerdictWait) {
  const Job job = Submitted();
  const Answer answer = Says(AnswerKind::kInProgress, 200);
  now_ = start_ + policy_.verdict_wait - absl::Seconds(1);
  EXPECT_EQ(Ask(job, answer).delivery.phase, Phase::kSubmitted);
  now_ = start_ + policy_.verdict_wait;
  EXPECT_EQ(Ask(job, answer).delivery.phase, Phase::kExpired);
}

TEST_F(DeliveryTest, ALogThatAttrsvcForgotIsSubmittedAgainWithANewBudget) {
  Job job = Submitted();
  now_ = start_ + absl::Hours(5);
  job.delivery = Ask(job, Says(AnswerKind::kUnknownLog, 404)).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
  job.delivery = Submit(job, Says(AnswerKind::kNotVisible, 404)).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
}

TEST_F(DeliveryTest, WhatALogWaitedBeforeItWasTakenIsNotHeldAgainstIt) {
  Job job = Pending();
  for (int i = 0; i < 20; ++i) {  // attrsvc is away
    now_ += absl::Minutes(3);
    job.delivery = Submit(job, Says(AnswerKind::kUnavailable, 0)).delivery;
  }
  job.delivery = Submit(job, FakeAttrsvcClient::Accepted()).delivery;
  for (const absl::Duration asked_after : {absl::Seconds(2), absl::Hours(5)}) {
    Job forgotten = job;
    now_ = job.delivery.submitted_at + asked_after;
    forgotten.delivery =
        Ask(forgotten, Says(AnswerKind::kUnknownLog, 404)).delivery;
    EXPECT_EQ(forgotten.delivery.phase, Phase::kPending) << asked_after;
  }
}

TEST_F(DeliveryTest, ALogThatNeverAppearsIsNotSentRoundForEver) {
  Job job = Pending();
  while (job.delivery.phase == Phase::kPending &&
         now_ < start_ + absl::Hours(1)) {
    job.delivery = Submit(job, FakeAttrsvcClient::Accepted()).delivery;
    now_ = job.delivery.next_attempt;
    job.delivery = Ask(job, Says(AnswerKind::kUnknownLog, 404)).delivery;
    if (job.delivery.phase == Phase::kPending) now_ = job.delivery.next_attempt;
  }
  EXPECT_EQ(job.delivery.phase, Phase::kRejected);
  EXPECT_GE(now_ - start_, policy_.log_wait);
  EXPECT_LT(now_ - start_, policy_.log_wait + absl::Minutes(2));
}

TEST_F(DeliveryTest, NorWhenEachQuestionHasToWaitLongForItsTurn) {
  Job job = Pending();
  for (int round = 0; round < 100 && job.delivery.phase == Phase::kPending;
       ++round) {
    job.delivery = Submit(job, FakeAttrsvcClient::Accepted()).delivery;
    now_ += 2 * policy_.log_wait;
    job.delivery = Ask(job, Says(AnswerKind::kUnknownLog, 404)).delivery;
    if (job.delivery.phase == Phase::kPending) now_ = job.delivery.next_attempt;
  }
  EXPECT_EQ(job.delivery.phase, Phase::kRejected);
  EXPECT_EQ(job.delivery.submit_attempts, 10);
}

TEST_F(DeliveryTest, ALogThatWasNotThereWhenSubmittedIsSubmittedAgain) {
  Answer pending = FakeAttrsvcClient::Accepted();
  pending.mode = "PENDING";
  Job job = Pending();
  job.delivery = Submit(job, pending).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kSubmitted);
  EXPECT_THAT(job.delivery.error, HasSubstr("does not see the log yet"));
  Answer in_progress = FakeAttrsvcClient::Accepted();
  in_progress.kind = AnswerKind::kInProgress;
  job.delivery = Ask(job, in_progress).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kPending);
  EXPECT_THAT(job.delivery.error, HasSubstr("does not see the log yet"));
  Answer single = FakeAttrsvcClient::Accepted();
  single.mode = "SINGLE";
  Job seen = job;
  seen.delivery = Submit(job, single).delivery;
  EXPECT_EQ(seen.delivery.error, "");
  EXPECT_EQ(Ask(seen, Says(AnswerKind::kInProgress, 200)).delivery.phase,
            Phase::kSubmitted);

  UseUpLogWait(&job);
  job.delivery = Submit(job, pending).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kRejected);
  EXPECT_EQ(job.delivery.problem, PathProblem::kNotFound);
  EXPECT_EQ(job.delivery.error,
            "attrsvc does not see the log; gave up after 10m");
}

TEST_F(DeliveryTest, ALogThatIsThereButEmptyIsNotCalledMissing) {
  Answer pending = FakeAttrsvcClient::Accepted();
  pending.mode = "PENDING";
  Job job = Pending();
  job.delivery = Submit(job, pending).delivery;
  Answer empty = Says(AnswerKind::kNotVisible, 400);
  empty.problem = PathProblem::kFileEmpty;
  job.delivery = Ask(job, empty).delivery;
  EXPECT_EQ(job.delivery.problem, PathProblem::kFileEmpty);
  UseUpLogWait(&job);
  job.delivery = Submit(job, pending).delivery;
  EXPECT_EQ(job.delivery.problem, PathProblem::kFileEmpty);
  EXPECT_EQ(job.delivery.error, "the log is empty; gave up after 10m");
}

TEST_F(DeliveryTest, AnEmptyLogIsWaitedForAndThenRejected) {
  Job job = Submitted();
  Answer answer = Says(AnswerKind::kNotVisible, 400);
  answer.problem = PathProblem::kFileEmpty;
  now_ = start_ + absl::Hours(3);  // the question had to wait for its turn
  job.delivery = Ask(job, answer).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kSubmitted);
  UseUpLogWait(&job);
  job.delivery = Ask(job, answer).delivery;
  EXPECT_EQ(job.delivery.phase, Phase::kRejected);
  EXPECT_EQ(job.delivery.problem, PathProblem::kFileEmpty);
  EXPECT_THAT(job.delivery.error, StartsWith("the log is empty"));
}

}  // namespace
}  // namespace smon
