#include "server/monitor/submitter.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/submitter_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;

TEST_F(SubmitterTest, SendsADueLogOnceWithItsPathOwnerAndDisplayedId) {
  AddEndedJobs(1);
  for (int i = 0; i < 5; ++i) submitter_->Step();
  ASSERT_EQ(attrsvc_.submissions.size(), 1u);
  EXPECT_EQ(attrsvc_.submissions[0].request.log_path, "/logs/1.out");
  EXPECT_EQ(attrsvc_.submissions[0].request.user, "alice");
  EXPECT_EQ(attrsvc_.submissions[0].request.job_id, "1");
}

TEST_F(SubmitterTest, ALogGoesFromItsEndToItsVerdict) {
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  RunUntil([this] { return !attrsvc_.questions.empty(); });
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kSubmitted);
  attrsvc_.questions[0].answer(
      FakeAttrsvcClient::WithVerdict(Action::kStop, "bug"));
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kCompleted);
  EXPECT_EQ(Stored("1").verdict->reason, "bug");
  EXPECT_EQ(*store_->GetAnswer(Stored("1").id), "{\"raw\":true}");
  EXPECT_EQ(submitter_->totals().logs_submitted, 1);
  EXPECT_EQ(submitter_->totals().logs_accepted, 1);
  EXPECT_EQ(submitter_->totals().verdicts, 1);
}

TEST_F(SubmitterTest, WhatIsDeliveredIsCountedForTheJobsCluster) {
  AddEndedJobs(1);
  Job other = NewJob(2);
  other.cluster = "d";
  End(&other);
  Commit({other});
  submitter_->Step();
  ASSERT_EQ(attrsvc_.submissions.size(), 2u);
  for (auto& submission : attrsvc_.submissions) {
    submission.answer(FakeAttrsvcClient::Accepted());
  }
  RunUntil([this] { return attrsvc_.questions.size() == 2; });
  for (auto& question : attrsvc_.questions) {
    if (question.log_path != "/logs/2.out") continue;
    question.answer(FakeAttrsvcClient::WithVerdict(Action::kStop, "bug"));
  }
  submitter_->Step();
  auto counts = submitter_->totals().by_cluster;
  EXPECT_EQ(counts["c"].logs_submitted, 1);
  EXPECT_EQ(counts["c"].logs_accepted, 1);
  EXPECT_EQ(counts["c"].verdicts, 0);
  EXPECT_EQ(counts["d"].logs_submitted, 1);
  EXPECT_EQ(counts["d"].logs_accepted, 1);
  EXPECT_EQ(counts["d"].verdicts, 1);
  EXPECT_EQ(counts["d"].verdicts_by_action[Action::kStop], 1);
  EXPECT_EQ(submitter_->totals().logs_submitted, 2);
}

TEST_F(SubmitterTest, ABlockingQuestionHoldsNoSubmissionUp) {
  options_.max_results_in_flight = 1;
  Restart();
  AddEndedJobs(3);
  submitter_->Step();
  for (int i = 0; i < 3; ++i) {
    attrsvc_.submissions[i].answer(FakeAttrsvcClient::Accepted());
  }
  RunUntil([this] { return !attrsvc_.questions.empty(); });
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(attrsvc_.questions.size(), 1u);
  Resubmit("3");
  submitter_->Wake();
  RunUntil([this] { return attrsvc_.submissions.size() == 4; });
}

TEST_F(SubmitterTest, NoMoreThanTheBoundAreInFlight) {
  options_.max_submits_in_flight = 4;
  Restart();
  AddEndedJobs(10);
  submitter_->Step();
  EXPECT_EQ(attrsvc_.submissions.size(), 4u);
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(attrsvc_.submissions.size(), 5u);
}

TEST_F(SubmitterTest, AnOutageLosesNothingAndEndsByItself) {
  AddEndedJobs(20);
  size_t answered = 0;
  const auto step = [&](const Answer& answer) {
    const absl::Duration nap = submitter_->Step();
    const bool news = answered < attrsvc_.submissions.size();
    while (answered < attrsvc_.submissions.size()) {
      attrsvc_.submissions[answered++].answer(answer);
    }
    if (!news) clock_.Advance(nap);
  };
  const absl::Time end = clock_.Now() + absl::Hours(10);
  attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
  while (clock_.Now() < end) step(FakeAttrsvcClient::Unavailable());
  EXPECT_FALSE(attrsvc_health_.Get().healthy);
  EXPECT_LT(answered, 10u * 3600 / 10) << "an outage is not hammered";

  attrsvc_.probe_answer = FakeAttrsvcClient::Accepted();
  const absl::Time back = clock_.Now();
  while (submitter_->totals().logs_accepted < 20 &&
         clock_.Now() < back + absl::Hours(1)) {
    step(FakeAttrsvcClient::Accepted());
  }
  EXPECT_LT(clock_.Now() - back, absl::Minutes(1));
  EXPECT_TRUE(attrsvc_health_.Get().healthy);
}

TEST_F(SubmitterTest, ARestartSendsOnlyWhatWasInFlightAgain) {
  options_.max_submits_in_flight = 2;
  Restart();
  AddEndedJobs(3);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(attrsvc_.submissions.size(), 3u);
  Restart();  // "2" and "3" were in flight
  submitter_->Step();
  std::vector<std::string> paths;
  for (const auto& sent : attrsvc_.submissions) {
    paths.push_back(sent.request.log_path);
  }
  EXPECT_THAT(paths, ElementsAre("/logs/1.out", "/logs/2.out", "/logs/3.out",
                                 "/logs/2.out", "/logs/3.out"));
}

TEST_F(SubmitterTest, AnAnswerToARequestFromBeforeAResubmitIsStale) {
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(
      FakeAttrsvcClient::Failed(AnswerKind::kNotVisible, 404));
  RunUntil([this] { return attrsvc_.submissions.size() == 2; });
  Resubmit("1");
  attrsvc_.submissions[1].answer(
      FakeAttrsvcClient::Failed(AnswerKind::kRejected, 403));
  RunUntil([this] { return attrsvc_.submissions.size() == 3; });
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
  attrsvc_.submissions[2].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kSubmitted);
}

// The submitter is told when all that were asked for are resubmitted, and looks
// before that for reasons of its own.
TEST_F(SubmitterTest, NoLogHasTwoRequestsInFlightWhenItIsResubmitted) {
  options_.result_rate = 1;
  Restart();
  AddEndedJobs(3);
  submitter_->Step();
  for (auto& sent : attrsvc_.submissions) {
    sent.answer(FakeAttrsvcClient::Accepted());
  }
  // The questions for the others wait for their turn.
  RunUntil([this] { return attrsvc_.questions.size() == 1; });
  Resubmit("3");
  attrsvc_.questions[0].answer(
      FakeAttrsvcClient::WithVerdict(Action::kStop, "oom"));
  RunUntil([this] { return attrsvc_.submissions.size() == 4; });
  RunFor(absl::Seconds(10));
  EXPECT_EQ(attrsvc_.questions.size(), 2u);
  EXPECT_EQ(attrsvc_.submissions.size(), 4u);
}

TEST_F(SubmitterTest, AVerdictThatIsStaleIsNeitherCountedNorLogged) {
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  RunUntil([this] { return attrsvc_.questions.size() == 1; });
  Resubmit("1");
  attrsvc_.questions[0].answer(
      FakeAttrsvcClient::WithVerdict(Action::kStop, "oom"));
  ::testing::internal::CaptureStderr();
  submitter_->Step();
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(submitter_->totals().verdicts, 0);
  attrsvc_.submissions[1].answer(FakeAttrsvcClient::Accepted());
  RunUntil([this] { return attrsvc_.questions.size() == 2; });
  attrsvc_.questions[1].answer(
      FakeAttrsvcClient::WithVerdict(Action::kStop, "oom"));
  submitter_->Step();
  EXPECT_EQ(submitter_->totals().verdicts, 1);
}

TEST_F(SubmitterTest, ARestartNeitherForgetsAWaitNorStartsItAnew) {
  AddEndedJobs(1);
  size_t sent = 0;
  for (int restarts = 0; restarts < 8; ++restarts) {
    RunUntil([&] { return attrsvc_.submissions.size() > sent; });
    sent = attrsvc_.submissions.size();
    attrsvc_.submissions.back().answer(
        FakeAttrsvcClient::Failed(AnswerKind::kBusy, 503));
    submitter_->Step();
    const Delivery before = Stored("1").delivery;
    EXPECT_EQ(before.submit_attempts, restarts + 1);
    EXPECT_GT(before.next_attempt, clock_.Now());
    for (int i = 0; i < 10; ++i) {
      Restart();
      submitter_->Step();
    }
    EXPECT_EQ(attrsvc_.submissions.size(), sent);
    EXPECT_EQ(Stored("1").delivery.next_attempt, before.next_attempt);
  }
  // Half of five minutes, as the random number is a half.
  EXPECT_EQ(Stored("1").delivery.next_attempt - clock_.Now(),
            absl::Seconds(150));
}

TEST_F(SubmitterTest, ARestartInAnOutageSendsNoMoreThanTheBoundInFlight) {
  options_.max_submits_in_flight = 4;
  AddEndedJobs(1000);
  attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
  for (int restarts = 1; restarts <= 10; ++restarts) {
    Restart();
    size_t answered = attrsvc_.submissions.size();
    for (int i = 0; i < 100; ++i) {
      submitter_->Step();
      while (answered < attrsvc_.submissions.size()) {
        attrsvc_.submissions[answered++].answer(
            FakeAttrsvcClient::Unavailable());
      }
    }
    EXPECT_LE(attrsvc_.submissions.size(), 4u * restarts);
  }
}

TEST_F(SubmitterTest, WhetherAttrsvcIsBackIsNotAskedWithAQuestionThatBlocks) {
  AddEndedJobs(4);
  submitter_->Step();
  for (int i = 0; i < 4; ++i) {
    attrsvc_.submissions[i].answer(FakeAttrsvcClient::Accepted());
  }
  RunUntil([this] { return attrsvc_.questions.size() == 4; });
  attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
  for (int i = 0; i < 4; ++i) {
    attrsvc_.questions[i].answer(FakeAttrsvcClient::Unavailable());
  }
  const int probes = attrsvc_.probes;
  RunUntil([&] { return attrsvc_.probes == probes + 5; });
  EXPECT_EQ(attrsvc_.questions.size(), 4u);
  attrsvc_.probe_answer = FakeAttrsvcClient::Accepted();
  RunUntil([&] { return attrsvc_.questions.size() == 8; });
}

TEST_F(SubmitterTest, WhereTheQuestionStartsTheAnalysisItIsAskedAtOnce) {
  attrsvc_.questions_block = true;
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  submitter_->Step();
  EXPECT_EQ(attrsvc_.questions.size(), 1u);
}

TEST_F(SubmitterTest, TheWaitBeforeTheFirstQuestionIsLearned) {
  EXPECT_EQ(submitter_->analysis_time(), absl::Seconds(2));
  AddEndedJobs(1);
  submitter_->Step();
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Accepted());
  RunUntil([this] { return attrsvc_.questions.size() == 1; });
  Answer running = FakeAttrsvcClient::Accepted();
  running.kind = AnswerKind::kInProgress;
  attrsvc_.questions[0].answer(running);
  submitter_->Step();
  const absl::Duration longer = submitter_->analysis_time();
  EXPECT_GT(longer, absl::Seconds(3));
  // Later questions say nothing of when to ask first.
  RunUntil([this] { return attrsvc_.questions.size() == 2; });
  attrsvc_.questions[1].answer(running);
  submitter_->Step();
  EXPECT_EQ(submitter_->analysis_time(), longer);
}

TEST_F(SubmitterTest, ALogThatAttrsvcDoesNotSeeTeachesNothing) {
  AddEndedJobs(1);
  submitter_->Step();
  Answer unseen = FakeAttrsvcClient::Accepted();
  unseen.mode = "PENDING";
  attrsvc_.submissions[0].answer(unseen);
  RunUntil([this] { return attrsvc_.questions.size() == 1; });
  Answer pending = FakeAttrsvcClient::Accepted();
  pending.kind = AnswerKind::kInProgress;
  attrsvc_.questions[0].answer(pending);
  submitter_->Step();
  EXPECT_EQ(submitter_->analysis_time(), absl::Seconds(2));
}

TEST_F(SubmitterTest, OtherRatesAndWaitsAreTakenWithTheNextTurn) {
  Submitter::Options options = options_;
  options.submit_rate = 3;
  options.policy.log_wait = absl::Seconds(1);
  submitter_->Change(options);
  AddEndedJobs(1);
  submitter_->Step();
  EXPECT_EQ(submitter_->lanes()[0].max_rate, 3);
  const Answer not_there =
      FakeAttrsvcClient::Failed(AnswerKind::kNotVisible, 404);
  attrsvc_.submissions[0].answer(not_there);
  RunUntil([this] { return attrsvc_.submissions.size() == 2; });
  clock_.Advance(absl::Seconds(2));
  attrsvc_.submissions[1].answer(not_there);
  submitter_->Step();
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kRejected);
}

TEST_F(SubmitterTest, AClockThatIsSetBackHoldsNothingNewUp) {
  options_.submit_rate = 20;
  Restart();
  AddEndedJobs(3);
  submitter_->Step();
  EXPECT_EQ(attrsvc_.submissions.size(), 1u);
  clock_.Set(clock_.Now() - absl::Hours(1));
  AddEndedJobs(3);
  const absl::Time set_back = clock_.Now();
  RunUntil([this] { return attrsvc_.submissions.size() >= 3; });
  EXPECT_LT(clock_.Now() - set_back, absl::Minutes(1));
}

// Set while a log waits for its next attempt, and while a request is out.
TEST_F(SubmitterTest, ALogIsTriedForAsLongThoughTheClockIsSet) {
  const Answer not_there =
      FakeAttrsvcClient::Failed(AnswerKind::kNotVisible, 404);
  for (const absl::Duration set_by : {absl::Hours(1), -absl::Hours(1)}) {
    SCOPED_TRACE(set_by);
    store_ = *OpenStore("memory:", &clock_);
    Restart();
    attrsvc_.submissions.clear();
    AddEndedJobs(2);
    submitter_->Step();
    attrsvc_.submissions[0].answer(not_there);
    attrsvc_.submissions[1].answer(not_there);
    RunUntil([this] { return attrsvc_.submissions.size() == 4; });
    attrsvc_.submissions[2].answer(not_there);
    submitter_->Step();

    clock_.Set(clock_.Now() + set_by);
    const absl::Time begin = clock_.Now();
    attrsvc_.submissions[3].answer(not_there);
    for (size_t answered = 4; clock_.Now() < begin + absl::Minutes(8);) {
      clock_.Advance(submitter_->Step());
      for (; answered < attrsvc_.submissions.size(); ++answered) {
        attrsvc_.submissions[answered].answer(not_there);
      }
    }
    EXPECT_GT(attrsvc_.submissions.size(), 8u) << "it waits for no hour";
    for (const char* id : {"1", "2"}) {
      EXPECT_EQ(Stored(id).delivery.phase, Phase::kPending) << id;
      EXPECT_GT(Stored(id).delivery.submit_attempts, 3) << id;
      // Not just then: the time that answers took does not count.
      EXPECT_LE(absl::AbsDuration(Stored(id).delivery.pending_since - begin),
                absl::Minutes(2));
    }
    RunFor(absl::Minutes(4));
  }
}

TEST_F(SubmitterTest, ThreeTooManyRequestsSlowTheWholeLaneDown) {
  options_.submit_rate = 20;
  Restart();
  AddEndedJobs(50);
  submitter_->Step();
  Answer answer = FakeAttrsvcClient::Failed(AnswerKind::kRateLimited, 429);
  answer.retry_after = absl::Seconds(30);
  attrsvc_.submissions[0].answer(answer);
  submitter_->Step();
  const size_t sent = attrsvc_.submissions.size();
  const absl::Time paused = clock_.Now();
  RunUntil([&] { return attrsvc_.submissions.size() > sent; });
  EXPECT_GE(clock_.Now() - paused, absl::Seconds(30));
  EXPECT_EQ(submitter_->lanes()[0].rate, 10);
  EXPECT_EQ(submitter_->totals().rate_limited, 1);
}

TEST_F(SubmitterTest, AQuietAttrsvcIsProbedForHealth) {
  RunUntil([this] { return attrsvc_.probes == 3; });
  attrsvc_.probe_answer = FakeAttrsvcClient::Unavailable();
  RunUntil([this] { return !attrsvc_health_.Get().healthy; });
}

TEST_F(SubmitterTest, AnswersThatNeverComeShowThatTheClientHangs) {
  const auto overdue = [&] { return submitter_->answers().Overdue(); };
  submitter_->Step();  // asks whether attrsvc is there
  AddEndedJobs(2);
  submitter_->Step();
  ASSERT_EQ(attrsvc_.submissions.size(), 2u);
  clock_.Advance(absl::Minutes(6));
  submitter_->Step();
  EXPECT_EQ(overdue(), absl::ZeroDuration());
  // One that comes late is one that comes.
  attrsvc_.submissions[0].answer(FakeAttrsvcClient::Unavailable());
  submitter_->Step();
  clock_.Advance(absl::Minutes(6) + absl::Seconds(2));
  EXPECT_EQ(overdue(), absl::Seconds(2));
  attrsvc_.submissions[1].answer(FakeAttrsvcClient::Unavailable());
  submitter_->Step();
  EXPECT_EQ(overdue(), absl::ZeroDuration());
}

TEST_F(SubmitterTest, NothingIsSentAfterStop) {
  submitter_->Start();
  submitter_->Stop(absl::ZeroDuration());
  AddEndedJobs(1);
  submitter_->Step();
  EXPECT_TRUE(attrsvc_.submissions.empty());
  EXPECT_EQ(Stored("1").delivery.phase, Phase::kPending);
}

}  // namespace
}  // namespace smon
