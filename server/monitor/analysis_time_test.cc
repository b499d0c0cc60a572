#include "server/monitor/analysis_time.h"

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "gtest/gtest.h"

namespace smon {
namespace {

// How long the analysis of one more log takes.
using Distribution = std::function<absl::Duration()>;

struct Log {
  absl::Time submitted;
  absl::Duration analysis;
  int questions = 0;
};

struct Outcome {
  double questions_per_verdict = 0;
  double first_that_succeed = 0;  // a share
  // From the end of an analysis to its verdict, as a share of its length.
  double lateness = 0;
};

// Logs are submitted one every `interval` for the time of `logs` of them, and
// asked for when AnalysisTime says so. The first ones, from which it learns,
// count too.
Outcome Simulate(AnalysisTime* time, int logs, absl::Duration interval,
                 const Distribution& next) {
  std::multimap<absl::Time, Log> questions;
  const absl::Time start = absl::FromUnixSeconds(1700000000);
  Outcome sum;
  for (int submitted = 0; submitted < logs || !questions.empty();) {
    const absl::Time submission = start + submitted * interval;
    if (submitted < logs &&
        (questions.empty() || submission < questions.begin()->first)) {
      questions.emplace(submission + time->FirstWait(),
                        Log{submission, next()});
      ++submitted;
      continue;
    }
    const absl::Time now = questions.begin()->first;
    Log log = questions.begin()->second;
    questions.erase(questions.begin());
    const absl::Duration waited = now - log.submitted;
    const bool done = waited >= log.analysis;
    if (log.questions == 0) {
      time->OnFirstAnswer(waited, done);
      sum.first_that_succeed += done ? 1 : 0;
    }
    ++log.questions;
    ++sum.questions_per_verdict;
    if (done) {
      sum.lateness += absl::FDivDuration(waited - log.analysis, log.analysis);
    } else {
      questions.emplace(now + time->NextWait(log.questions), log);
    }
  }
  return {sum.questions_per_verdict / logs, sum.first_that_succeed / logs,
          sum.lateness / logs};
}

Distribution Constant(absl::Duration length) {
  return [length] { return length; };
}

Distribution Bimodal(absl::Duration low, absl::Duration high,
                     double low_share) {
  auto random = std::make_shared<std::mt19937>(1);
  return [=] {
    return std::uniform_real_distribution<>(0, 1)(*random) < low_share ? low
                                                                       : high;
  };
}

// As analyses that a language model does take: mostly alike, some far longer.
Distribution LogNormal(absl::Duration median, double sigma) {
  auto random = std::make_shared<std::mt19937>(1);
  return [=] {
    return median * std::exp(std::normal_distribution<>(0, sigma)(*random));
  };
}

TEST(AnalysisTimeTest, StartsAtTwoSeconds) {
  EXPECT_EQ(AnalysisTime().FirstWait(), absl::Seconds(2));
}

TEST(AnalysisTimeTest, AVerdictCostsLessThanTwoQuestionsHoweverLongItTakes) {
  const std::pair<const char*, Distribution> distributions[] = {
      {"100 ms", Constant(absl::Milliseconds(100))},
      {"30 s", Constant(absl::Seconds(30))},
      {"5 min", Constant(absl::Minutes(5))},
      {"half 1 s, half 2 min",
       Bimodal(absl::Seconds(1), absl::Minutes(2), 0.5)},
      {"9 of 10 2 s, 1 of 10 2 min",
       Bimodal(absl::Seconds(2), absl::Minutes(2), 0.9)},
      {"log-normal around 20 s", LogNormal(absl::Seconds(20), 1.0)},
  };
  for (const auto& [name, distribution] : distributions) {
    // One after the other, and many at once.
    for (const absl::Duration interval : {absl::Hours(1), absl::Seconds(1)}) {
      AnalysisTime time;
      const Outcome outcome = Simulate(&time, 5000, interval, distribution);
      EXPECT_LT(outcome.questions_per_verdict, 2) << name << ", " << interval;
      EXPECT_GT(outcome.first_that_succeed, 0.7) << name << ", " << interval;
    }
  }
}

TEST(AnalysisTimeTest, FourOfFiveFirstQuestionsSucceed) {
  for (const absl::Duration median : {absl::Seconds(5), absl::Minutes(2)}) {
    AnalysisTime time;
    const Outcome outcome =
        Simulate(&time, 20000, absl::Hours(1), LogNormal(median, 0.5));
    EXPECT_NEAR(outcome.first_that_succeed, 0.8, 0.03);
  }
}

TEST(AnalysisTimeTest, AVerdictIsNotLateByMoreThanTheAnalysisTook) {
  for (const absl::Duration length : {absl::Seconds(30), absl::Minutes(5)}) {
    AnalysisTime time;
    EXPECT_LT(
        Simulate(&time, 5000, absl::Seconds(1), Constant(length)).lateness,
        0.6);
  }
}

TEST(AnalysisTimeTest, StaysWithinItsBounds) {
  AnalysisTime time;
  for (int i = 0; i < 1000; ++i) time.OnFirstAnswer(time.FirstWait(), false);
  EXPECT_EQ(time.FirstWait(), absl::Minutes(10));
  EXPECT_EQ(time.NextWait(1), absl::Minutes(5));
  EXPECT_EQ(time.NextWait(1'000'000), absl::Minutes(10));
  for (int i = 0; i < 1000; ++i) time.OnFirstAnswer(time.FirstWait(), true);
  EXPECT_EQ(time.FirstWait(), absl::Seconds(1));
  EXPECT_EQ(time.NextWait(1), absl::Seconds(1));
}

TEST(AnalysisTimeTest, ManyThatWereSubmittedTogetherMoveItByOneStep) {
  AnalysisTime time;
  for (int i = 0; i < 1000; ++i) time.OnFirstAnswer(absl::Seconds(2), false);
  EXPECT_LT(time.FirstWait(), absl::Seconds(4));
  const absl::Duration longer = time.FirstWait();
  for (int i = 0; i < 1000; ++i) time.OnFirstAnswer(longer, true);
  EXPECT_GT(time.FirstWait(), 0.8 * longer);
}

TEST(AnalysisTimeTest, AQuestionThatHadToWaitForItsTurnSaysNothingOfShortOnes) {
  AnalysisTime time;
  time.OnFirstAnswer(absl::Hours(3), true);
  EXPECT_EQ(time.FirstWait(), absl::Seconds(2));
  time.OnFirstAnswer(absl::Hours(3), false);
  EXPECT_GT(time.FirstWait(), absl::Seconds(2));
}

TEST(AnalysisTimeTest, ABlockingQuestionIsAskedAtOnceAndTeachesNothing) {
  AnalysisTime time;
  time.SetQuestionsBlock(true);
  EXPECT_EQ(time.FirstWait(), absl::ZeroDuration());
  for (int i = 0; i < 100; ++i) time.OnFirstAnswer(absl::Minutes(1), false);
  EXPECT_EQ(time.NextWait(50), absl::Seconds(1));
  time.SetQuestionsBlock(false);
  EXPECT_EQ(time.FirstWait(), absl::Seconds(2));
}

}  // namespace
}  // namespace smon
