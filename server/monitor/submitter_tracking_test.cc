// How Submitter registers the logs of running jobs.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/submitter_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SubmitterTrackingTest : public SubmitterTest {
 protected:
  SubmitterTrackingTest() {
    options_.track_running = true;
    Restart();
  }

  // Running jobs that are to be tracked, "1", "2", …
  void AddRunningJobs(int count) {
    std::vector<Job> jobs;
    for (int i = 1; i <= count; ++i) {
      Job& job = jobs.emplace_back(NewJob(i));
      job.tracking.next_attempt = clock_.Now();
    }
    Commit(jobs);
    submitter_->Wake();
  }
  void EndStored(const std::string& job_id, bool wake = true) {
    Job job = Stored(job_id);
    End(&job);
    Commit({job});
    if (wake) submitter_->Wake();
  }
  // "track /logs/1.out" or "submit /logs/1.out" for each request.
  std::vector<std::string> Sent() const {
    std::vector<std::string> sent;
    for (const auto& submission : attrsvc_.submissions) {
      sent.push_back((submission.request.still_running ? "track " : "submit ") +
                     submission.request.log_path);
    }
    return sent;
  }
  void AnswerFrom(size_t first, const Answer& answer) {
    for (size_t i = first; i < attrsvc_.submissions.size(); ++i) {
      attrsvc_.submissions[i].answer(answer);
    }
    submitter_->Step();
  }
};

TEST_F(SubmitterTrackingTest, ARunningJobIsRegisteredOnceAndSubmittedAtItsEnd) {
  AddRunningJobs(1);
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("track /logs/1.out"));
  AnswerFrom(0, FakeAttrsvcClient::Accepted());
  EXPECT_EQ(submitter_->totals().logs_tracked, 1);
  EXPECT_EQ(submitter_->totals().by_cluster["c"].logs_tracked, 1);
  EXPECT_EQ(submitter_->totals().logs_submitted, 0);
  Restart();
  RunFor(absl::Hours(1));
  EXPECT_EQ(Sent().size(), 1u);
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kWaiting);
  EndStored("1");
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("track /logs/1.out", "submit /logs/1.out"));
}

TEST_F(SubmitterTrackingTest, WhereItIsOffNothingIsRegistered) {
  options_.track_running = false;
  Restart();
  AddRunningJobs(3);
  RunFor(absl::Hours(1));
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(SubmitterTrackingTest, AJobThatEndsFirstIsSimplySubmitted) {
  AddRunningJobs(1);
  EndStored("1");
  submitter_->Step();
  AnswerFrom(0, FakeAttrsvcClient::Accepted());
  RunFor(absl::Minutes(5));
  EXPECT_THAT(Sent(), ElementsAre("submit /logs/1.out"));
}

// The other order would leave attrsvc with a log that it takes for running.
TEST_F(SubmitterTrackingTest,
       ALogIsNotSubmittedBeforeItsRegisteringIsAnswered) {
  AddRunningJobs(1);
  submitter_->Step();
  EndStored("1");
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("track /logs/1.out"));
  AnswerFrom(0, FakeAttrsvcClient::Unavailable());
  submitter_->Step();
  EXPECT_THAT(Sent(), ElementsAre("track /logs/1.out", "submit /logs/1.out"));
}

TEST_F(SubmitterTrackingTest, NorRegisteredAfterItWasSubmitted) {
  options_.submit_rate = 20;
  Restart();
  AddRunningJobs(3);
  clock_.Advance(absl::Seconds(1));
  submitter_->Step();  // reads all three, and has a token to spare for one
  AnswerFrom(0, FakeAttrsvcClient::Accepted());
  // They end, and the thread is not woken yet.
  EndStored("2", /*wake=*/false);
  EndStored("3", /*wake=*/false);
  clock_.Advance(absl::Minutes(1));
  for (int i = 0; i < 10; ++i) {
    submitter_->Step();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(Sent(), ElementsAre("track /logs/1.out", "submit /logs/2.out",
                                  "submit /logs/3.out"));
}

TEST_F(SubmitterTrackingTest, SubmissionsGoFirstAndAreNotHeldUp) {
  options_.submit_rate = 1;
  Restart();
  AddRunningJobs(50);
  AddEndedJobs(10, /*first=*/101);
  size_t answered = 0;
  for (int second = 0; second < 11; ++second) {
    submitter_->Step();
    for (; answered < attrsvc_.submissions.size(); ++answered) {
      attrsvc_.submissions[answered].answer(FakeAttrsvcClient::Accepted());
      EXPECT_FALSE(attrsvc_.submissions[answered].request.still_running);
    }
    clock_.Advance(absl::Seconds(1.04));
  }
  EXPECT_EQ(answered, 10u);
  RunUntil([this] { return attrsvc_.submissions.size() == 11; });
  EXPECT_TRUE(attrsvc_.submissions.back().request.still_running);
}

TEST_F(SubmitterTrackingTest, ASlowAttrsvcKeepsSlotsForSubmissions) {
  AddRunningJobs(50);
  submitter_->Step();
  EXPECT_EQ(Sent().size(), 4u);
  AddEndedJobs(10, /*first=*/101);
  submitter_->Step();
  EXPECT_EQ(Sent().size(), 14u);
}

TEST_F(SubmitterTrackingTest, AnOutageIsWaitedFor) {
  AddRunningJobs(3);
  attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
  submitter_->Step();
  AnswerFrom(0, FakeAttrsvcClient::Unavailable());
  RunFor(absl::Hours(1));
  EXPECT_EQ(Sent().size(), 3u);
  attrsvc_.probe_answer = FakeAttrsvcClient::Accepted();
  RunUntil([this] { return attrsvc_.submissions.size() == 6; });
  AnswerFrom(3, FakeAttrsvcClient::Accepted());
  EXPECT_EQ(submitter_->totals().logs_tracked, 3);
}

}  // namespace
}  // namespace smon
