#include "slurm/rest/rest_values.h"

#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

TEST(RestValuesTest, AFlagHidesTheStateAsInSqueue) {
  EXPECT_EQ(StateWord("RUNNING"), "RUNNING");
  EXPECT_EQ(StateWord("RUNNING,COMPLETING"), "COMPLETING");
  EXPECT_EQ(StateWord("COMPLETED,COMPLETING"), "COMPLETING");
  EXPECT_EQ(StateWord("PENDING,REQUEUE_HOLD"), "REQUEUE_HOLD");
  EXPECT_EQ(StateWord("PENDING,SPECIAL_EXIT"), "SPECIAL_EXIT");
}

TEST(RestValuesTest, AFlagThatSqueueDoesNotShowHidesNothing) {
  EXPECT_EQ(StateWord("FAILED,LAUNCH_FAILED"), "FAILED");
  EXPECT_EQ(StateWord("UPDATE_DB,TIMEOUT"), "TIMEOUT");
  EXPECT_EQ(StateWord("NEW_STATE"), "NEW_STATE");
  EXPECT_EQ(StateWord(""), "");
}

TEST(RestValuesTest, APartitionIsOneOfThoseThatAWaitingJobAskedFor) {
  EXPECT_TRUE(IsSelected({{"b"}, ""}, "a,b", "x"));
  EXPECT_FALSE(IsSelected({{"b"}, ""}, "ab,bc", "x"));
  EXPECT_TRUE(IsSelected({}, "", ""));
  EXPECT_FALSE(IsSelected({{}, "x"}, "a", ""));
}

}  // namespace
}  // namespace smon::slurm
