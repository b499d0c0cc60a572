#include "server/monitor/tracking.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/job_records.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TrackingTest : public ::testing::Test {
 protected:
  Job Running() const {
    Job job;
    job.id = 7;
    job.record = RunningRecord("12", 12, now_);
    job.log.path = "/logs/12.out";
    return job;
  }
  DeliveryChange After(const Job& job, const Answer& answer) const {
    return AfterTracking(job, answer, now_, [] { return 0.5; });
  }

  const absl::Time now_ = absl::FromUnixSeconds(1700000000);
};

TEST_F(TrackingTest, AJobThatRunsAndWhoseLogIsKnownIsTracked) {
  EXPECT_TRUE(IsToBeTracked(Running()));
}

TEST_F(TrackingTest, NoOtherJobIs) {
  Job no_path = Running();
  no_path.log.path.clear();  // as with /dev/null
  EXPECT_FALSE(IsToBeTracked(no_path));
  Job waiting = Running();
  waiting.record.state = slurm::JobState::kPending;
  EXPECT_FALSE(IsToBeTracked(waiting));
  Job ended = Running();
  ended.record.state = slurm::JobState::kCompleted;
  EXPECT_FALSE(IsToBeTracked(ended));
  Job follower = Running();
  follower.record.het_job_id = 11;
  follower.record.het_offset = 1;
  EXPECT_FALSE(IsToBeTracked(follower));
  Job sharer = Running();
  sharer.log_owner_id = 3;
  EXPECT_FALSE(IsToBeTracked(sharer));
  Job one_of_many_writers = Running();
  one_of_many_writers.log.shared_by_array = true;
  EXPECT_FALSE(IsToBeTracked(one_of_many_writers));
  Job second_run = Running();
  second_run.record.restart_count = 1;
  EXPECT_FALSE(IsToBeTracked(second_run));
}

TEST_F(TrackingTest, NoneIsTrackedTwice) {
  Job due = Running();
  due.tracking.next_attempt = now_;
  EXPECT_FALSE(IsToBeTracked(due));
  Job done = Running();
  done.tracking = *After(due, FakeAttrsvcClient::Accepted()).tracking;
  EXPECT_EQ(done.tracking.next_attempt, absl::InfiniteFuture());
  EXPECT_FALSE(IsToBeTracked(done));
}

TEST_F(TrackingTest, AnAnswerChangesNothingButTheTracking) {
  const DeliveryChange change = After(Running(), FakeAttrsvcClient::Accepted());
  EXPECT_EQ(change.job, 7);
  EXPECT_TRUE(change.tracking.has_value());
  EXPECT_FALSE(change.verdict.has_value());
  EXPECT_EQ(change.history, "registered with attrsvc while the job runs");
}

TEST_F(TrackingTest, AFailureIsTriedAFewTimesAndThenLeft) {
  for (const Answer& answer :
       {FakeAttrsvcClient::Failed(AnswerKind::kNotVisible, 404),
        FakeAttrsvcClient::Failed(AnswerKind::kUnavailable, 500),
        FakeAttrsvcClient::Unavailable()}) {
    Job job = Running();
    for (int attempt = 1; attempt < 3; ++attempt) {
      job.tracking = *After(job, answer).tracking;
      EXPECT_EQ(job.tracking.attempts, attempt);
      EXPECT_GE(job.tracking.next_attempt, now_ + absl::Seconds(30));
      EXPECT_LE(job.tracking.next_attempt, now_ + absl::Minutes(10));
    }
    const DeliveryChange last = After(job, answer);
    EXPECT_EQ(last.tracking->next_attempt, absl::InfiniteFuture());
    EXPECT_THAT(last.history, HasSubstr(answer.error));
  }
}

TEST_F(TrackingTest, APermanentErrorIsLeftAtOnce) {
  const Answer answer = FakeAttrsvcClient::Failed(AnswerKind::kRejected, 403);
  EXPECT_EQ(After(Running(), answer).tracking->next_attempt,
            absl::InfiniteFuture());
}

TEST_F(TrackingTest, ThatAttrsvcHasTooMuchToDoIsNoAttempt) {
  Answer limited = FakeAttrsvcClient::Failed(AnswerKind::kRateLimited, 429);
  limited.retry_after = absl::Minutes(20);
  for (const Answer& answer :
       {limited, FakeAttrsvcClient::Failed(AnswerKind::kBusy, 503)}) {
    const DeliveryChange change = After(Running(), answer);
    EXPECT_EQ(change.tracking->attempts, 0);
    EXPECT_FALSE(change.tracking->untouched());
    EXPECT_THAT(change.history, IsEmpty());
  }
  EXPECT_EQ(After(Running(), limited).tracking->next_attempt,
            now_ + absl::Minutes(20));
}

}  // namespace
}  // namespace smon
