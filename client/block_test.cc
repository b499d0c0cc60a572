#include "client/block.h"

#include "gtest/gtest.h"

namespace smon::client {
namespace {

TEST(FormatBlockTest, AlignsValues) {
  EXPECT_EQ(FormatBlock({{"Job", "123_4"}, {"Partition", "gpu"}}),
            "Job:        123_4\n"
            "Partition:  gpu\n");
}

TEST(FormatBlockTest, LeavesOutFieldsWithoutAValue) {
  EXPECT_EQ(FormatBlock({{"Job", "1"}, {"Partition", ""}}), "Job:  1\n");
  EXPECT_EQ(FormatBlock({}), "");
}

TEST(FormatBlockTest, IndentsTheLinesOfALongValue) {
  EXPECT_EQ(
      FormatBlock({{"Job", "1"}, {"Reason", "CUDA error\non rank 3\n", true}}),
      "Job:     1\n"
      "Reason:  CUDA error\n"
      "         on rank 3\n");
}

TEST(FormatBlockTest, WrapsValuesToATerminal) {
  EXPECT_EQ(FormatBlock({{"Job", "1"},
                         {"Reason", "communication failed\non rank 3", true},
                         {"Log", "/a/path/that/is/long.out"}},
                        25),
            "Job:     1\n"
            "Reason:  communication\n"
            "         failed\n"
            "         on rank 3\n"
            "Log:     /a/path/that/is/long.out\n");
}

TEST(FormatBlockTest, NoValueCanForgeAFieldOrMoveTheCursor) {
  EXPECT_EQ(FormatBlock({{"Name", "a\nState: FAILED\r\x1b[2J"}}),
            "Name:  a\\nState: FAILED\\r\\x1b[2J\n");
  EXPECT_EQ(FormatBlock({{"Reason", "a\nState: FAILED\r\x1b[2J", true}}),
            "Reason:  a\n"
            "         State: FAILED\\r\\x1b[2J\n");
}

}  // namespace
}  // namespace smon::client
