#include "server/api/unsent_answers.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kKib = 1024;

class UnsentAnswersTest : public ::testing::Test {
 protected:
  struct Call final : public UnsentAnswers::Call {
    Call(const char* n, std::vector<std::string>* c) : name(n), cancelled(c) {}
    void Cancel() override { cancelled->push_back(name); }
    const std::string name;
    std::vector<std::string>* const cancelled;
  };

  std::vector<std::string> cancelled_;
  Call a_{"a", &cancelled_};
  Call b_{"b", &cancelled_};
  Call c_{"c", &cancelled_};
  UnsentAnswers unsent_{100 * kKib};
};

TEST_F(UnsentAnswersTest, WhatIsTakenInTimeIsLeftAlone) {
  for (int i = 0; i < 1000; ++i) {
    unsent_.Add(&a_, 60 * kKib);
    unsent_.Remove(&a_);
  }
  unsent_.Add(&a_, 60 * kKib);
  unsent_.Add(&b_, 40 * kKib);
  EXPECT_THAT(cancelled_, IsEmpty());
}

TEST_F(UnsentAnswersTest, TheOldestAreCancelledUntilTheRestFits) {
  unsent_.Add(&a_, 30 * kKib);
  unsent_.Add(&b_, 30 * kKib);
  unsent_.Add(&c_, 60 * kKib);
  EXPECT_THAT(cancelled_, ElementsAre("a"));
  // It is gone a little later.
  unsent_.Remove(&a_);
  unsent_.Add(&a_, 10 * kKib);
  EXPECT_THAT(cancelled_, ElementsAre("a"));
}

TEST_F(UnsentAnswersTest, OneMayBeLargerThanAll) {
  unsent_.Add(&a_, 10 * kKib);
  unsent_.Add(&b_, 500 * kKib);
  EXPECT_THAT(cancelled_, ElementsAre("a"));
  unsent_.Remove(&b_);
  unsent_.Add(&c_, 90 * kKib);
  EXPECT_THAT(cancelled_, ElementsAre("a"));
}

TEST_F(UnsentAnswersTest, ManySmallOnesCountToo) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 26; ++i) {
    calls.push_back(std::make_unique<Call>("small", &cancelled_));
    unsent_.Add(calls.back().get(), 1);
  }
  EXPECT_THAT(cancelled_, ElementsAre("small"));
}

TEST_F(UnsentAnswersTest, WhatWasNotAddedCanBeRemoved) {
  unsent_.Remove(&a_);
  unsent_.Add(&b_, 100 * kKib);
  EXPECT_THAT(cancelled_, IsEmpty());
}

}  // namespace
}  // namespace smon
