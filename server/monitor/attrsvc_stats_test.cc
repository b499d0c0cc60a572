#include "server/monitor/attrsvc_stats.h"

#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

// An attrsvc that answers when the test says so.
class SlowAttrsvc final : public AttrsvcClient {
 public:
  void Submit(const SubmitRequest&, Callback) override {}
  void GetResult(const std::string&, Callback) override {}
  bool QuestionsBlock() const override { return false; }
  void Probe(Callback) override {}
  void GetStats(Callback done) override {
    MutexLock lock(&mu_);
    asked_.push_back(std::move(done));
    changed_.NotifyAll();
  }
  void AwaitQuestion() {
    MutexLock lock(&mu_);
    while (asked_.empty()) changed_.Wait(&mu_);
  }
  void AnswerAll(const Answer& answer) {
    std::vector<Callback> asked;
    {
      MutexLock lock(&mu_);
      asked.swap(asked_);
    }
    questions += asked.size();
    for (const Callback& done : asked) done(answer);
  }

  size_t questions = 0;

 private:
  Mutex mu_;
  CondVar changed_;
  std::vector<Callback> asked_ ABSL_GUARDED_BY(mu_);
};

Answer With(AnswerKind kind) {
  Answer answer;
  answer.kind = kind;
  answer.body = "{\"jobs\" : 1}";
  answer.error = "attrsvc says no";
  return answer;
}

class AttrsvcStatsTest : public ::testing::Test {
 protected:
  static bool Never() { return false; }
  absl::StatusOr<std::string> GetAndAnswer(AnswerKind kind) {
    std::thread attrsvc([&] {
      client_.AwaitQuestion();
      client_.AnswerAll(With(kind));
    });
    auto result = stats_.Get(absl::Minutes(1), Never);
    attrsvc.join();
    return result;
  }

  SlowAttrsvc client_;
  AttrsvcStats stats_{&client_};
};

TEST_F(AttrsvcStatsTest, TheAnswerIsPassedOnAsItCame) {
  EXPECT_EQ(GetAndAnswer(AnswerKind::kAccepted).value(), "{\"jobs\" : 1}");
}

TEST_F(AttrsvcStatsTest, WhatWentWrongIsSaid) {
  const absl::Status away = GetAndAnswer(AnswerKind::kUnavailable).status();
  EXPECT_TRUE(absl::IsUnavailable(away));
  EXPECT_EQ(away.message(), "attrsvc says no");
  EXPECT_TRUE(
      absl::IsUnavailable(GetAndAnswer(AnswerKind::kRateLimited).status()));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(GetAndAnswer(AnswerKind::kRejected).status()));
}

TEST_F(AttrsvcStatsTest, TheWaitEndsWithTheCallersDeadlineOrInterest) {
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      stats_.Get(absl::ZeroDuration(), Never).status()));
  EXPECT_TRUE(absl::IsCancelled(
      stats_.Get(absl::Minutes(1), [] { return true; }).status()));
  // Both shared a request; its answer, which nobody awaits, harms nobody.
  client_.AnswerAll(With(AnswerKind::kAccepted));
  EXPECT_EQ(client_.questions, 1u);
  EXPECT_TRUE(GetAndAnswer(AnswerKind::kAccepted).ok());
}

TEST_F(AttrsvcStatsTest, AFewMayWaitAndTheyShareARequest) {
  std::vector<std::thread> callers;
  Mutex mu;
  CondVar changed;
  int waiting = 0;
  for (int i = 0; i < AttrsvcStats::kMostWaiting; ++i) {
    callers.emplace_back([&] {
      bool first = true;
      const auto waits = [&] {
        MutexLock lock(&mu);
        if (first) ++waiting;
        first = false;
        changed.NotifyAll();
        return false;
      };
      EXPECT_TRUE(stats_.Get(absl::Minutes(1), waits).ok());
    });
  }
  {
    MutexLock lock(&mu);
    while (waiting < AttrsvcStats::kMostWaiting) changed.Wait(&mu);
  }
  EXPECT_TRUE(
      absl::IsResourceExhausted(stats_.Get(absl::Minutes(1), Never).status()));
  client_.AnswerAll(With(AnswerKind::kAccepted));
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(client_.questions, 1u);
}

}  // namespace
}  // namespace smon
