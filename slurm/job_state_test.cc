#include "slurm/job_state.h"

#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

TEST(JobState, LongAndShortNamesAreReadInAnyCase) {
  EXPECT_EQ(ParseJobState("OUT_OF_MEMORY"), JobState::kOutOfMemory);
  EXPECT_EQ(ParseJobState("out_of_memory"), JobState::kOutOfMemory);
  EXPECT_EQ(ParseJobState("OOM"), JobState::kOutOfMemory);
  EXPECT_EQ(ParseJobState("cd"), JobState::kCompleted);
  EXPECT_EQ(ParseJobState("F"), JobState::kFailed);
}

TEST(JobState, WhatSlurmAppendsToAStateIsIgnored) {
  EXPECT_EQ(ParseJobState("CANCELLED by 65534"), JobState::kCancelled);
  EXPECT_EQ(ParseJobState("COMPLETED+"), JobState::kCompleted);
}

TEST(JobState, AWordThatSlurmDoesNotHaveIsOtherAndNoEnd) {
  for (const char* text : {"", " ", "BRAND_NEW", "FAILEDX", "CANCELL", "OTHER",
                           "FINISHED", "F|R"}) {
    EXPECT_EQ(ParseJobState(text), JobState::kOther) << text;
  }
  EXPECT_FALSE(IsEnded(JobState::kOther));
}

TEST(JobState, EveryNameReadsBackAsItsState) {
  for (const JobState state : AllJobStates()) {
    if (state == JobState::kFinished || state == JobState::kOther) continue;
    EXPECT_EQ(ParseJobState(JobStateName(state)), state);
    EXPECT_EQ(ParseJobState(JobStateShortName(state)), state);
  }
  EXPECT_EQ(AllJobStates().size(), 28u);
}

TEST(JobState, StatesThatMaySeeTheJobRunAgainAreNoEnd) {
  for (const JobState state :
       {JobState::kRequeueHold, JobState::kSpecialExit, JobState::kResizing,
        JobState::kSuspended, JobState::kStageOut, JobState::kCompleting,
        JobState::kRevoked}) {
    EXPECT_FALSE(IsEnded(state)) << JobStateName(state);
  }
}

TEST(JobState, FinalStatesAreEnds) {
  for (const JobState state :
       {JobState::kBootFail, JobState::kCancelled, JobState::kCompleted,
        JobState::kDeadline, JobState::kFailed, JobState::kNodeFail,
        JobState::kOutOfMemory, JobState::kPreempted, JobState::kTimeout,
        JobState::kFinished}) {
    EXPECT_TRUE(IsEnded(state)) << JobStateName(state);
  }
}

TEST(JobStateTest, KnowsWhichEndsMayBeFollowedByAnotherRun) {
  EXPECT_TRUE(MayRunAgain(JobState::kRequeued));
  EXPECT_TRUE(MayRunAgain(JobState::kPreempted));
  EXPECT_TRUE(MayRunAgain(JobState::kNodeFail));
  EXPECT_FALSE(MayRunAgain(JobState::kFailed));
  EXPECT_FALSE(MayRunAgain(JobState::kRunning));
}

TEST(JobStateTest, KnowsWhichStatesAreOfARunThatHasBegun) {
  EXPECT_TRUE(HasStarted(JobState::kRunning));
  EXPECT_TRUE(HasStarted(JobState::kCompleting));
  EXPECT_TRUE(HasStarted(JobState::kFailed));
  EXPECT_FALSE(HasStarted(JobState::kPending));
  EXPECT_FALSE(HasStarted(JobState::kSpecialExit));
  EXPECT_FALSE(HasStarted(JobState::kOther));
}

}  // namespace
}  // namespace smon::slurm
