#include "server/diagnosis/diagnosis.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

bool Never() { return false; }

TEST(DiagnosisTest, TellsWhatWasFoundWithHostAndTimes) {
  FakeClock clock(absl::FromUnixSeconds(1700000000));
  Diagnosis diagnosis(
      [] {
        return Findings{
            {"slurm", v1::Diagnosis::FAILURE, "down \xff", "start it"}};
      },
      &clock);
  const auto got = diagnosis.Get(Never);
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->findings_size(), 1);
  EXPECT_EQ(got->findings(0).name(), "slurm");
  EXPECT_EQ(got->findings(0).level(), v1::Diagnosis::FAILURE);
  EXPECT_EQ(got->findings(0).text(), "down \\xff");
  EXPECT_EQ(got->findings(0).mend(), "start it");
  EXPECT_EQ(got->create_time().seconds(), 1700000000);
  EXPECT_FALSE(got->host().empty());
  EXPECT_FALSE(got->time_zone().empty());
}

TEST(DiagnosisTest, IsKeptForAWhile) {
  FakeClock clock;
  int looks = 0;
  Diagnosis diagnosis(
      [&looks] {
        ++looks;
        return Findings();
      },
      &clock);
  const auto first = diagnosis.Get(Never);
  clock.Advance(absl::Seconds(9));
  const auto second = diagnosis.Get(Never);
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(second->create_time().seconds(), first->create_time().seconds());
  EXPECT_EQ(second->server_time().seconds(),
            first->server_time().seconds() + 9);
  clock.Advance(absl::Seconds(2));
  EXPECT_TRUE(diagnosis.Get(Never).ok());
  EXPECT_EQ(looks, 2);
}

TEST(DiagnosisTest, ThoseWhoAskAtTheSameTimeShareALookAndFewWaitForIt) {
  FakeClock clock;
  std::atomic<bool> go = false;
  std::atomic<int> looks = 0;
  Diagnosis diagnosis(
      [&] {
        ++looks;
        while (!go) std::this_thread::yield();
        return Findings();
      },
      &clock);
  std::thread first([&] { EXPECT_TRUE(diagnosis.Get(Never).ok()); });
  while (looks == 0) std::this_thread::yield();

  std::atomic<int> asked = 0;
  const auto counted = [&asked, is_new = true]() mutable {
    if (is_new) ++asked;
    is_new = false;
    return false;
  };
  std::vector<std::thread> waiting;
  for (int i = 0; i < Diagnosis::kMostWaiting; ++i) {
    waiting.emplace_back(
        [&, counted] { EXPECT_TRUE(diagnosis.Get(counted).ok()); });
  }
  while (asked < Diagnosis::kMostWaiting) std::this_thread::yield();
  EXPECT_TRUE(absl::IsResourceExhausted(diagnosis.Get(Never).status()));
  go = true;
  first.join();
  for (std::thread& thread : waiting) thread.join();
  EXPECT_EQ(looks, 1);
}

TEST(DiagnosisTest, AWaitEndsWhenItsCallerIsGone) {
  FakeClock clock;
  std::atomic<bool> go = false;
  std::atomic<bool> looking = false;
  Diagnosis diagnosis(
      [&] {
        looking = true;
        while (!go) std::this_thread::yield();
        return Findings();
      },
      &clock);
  std::thread first([&] { EXPECT_TRUE(diagnosis.Get(Never).ok()); });
  while (!looking) std::this_thread::yield();
  EXPECT_TRUE(absl::IsCancelled(diagnosis.Get([] { return true; }).status()));
  go = true;
  first.join();
}

}  // namespace
}  // namespace smon
