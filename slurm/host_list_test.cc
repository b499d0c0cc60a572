#include "slurm/host_list.h"

#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

TEST(FirstHost, OfASingleNodeIsTheNode) {
  EXPECT_EQ(FirstHost("n1"), "n1");
  EXPECT_EQ(FirstHost("gpu-a_7.cluster"), "gpu-a_7.cluster");
}

TEST(FirstHost, OfRangesIsTheFirstIndexWithItsZeros) {
  EXPECT_EQ(FirstHost("n[1-3,5]"), "n1");
  EXPECT_EQ(FirstHost("n[007,009]"), "n007");
  EXPECT_EQ(FirstHost("rack[01-03,07]n[1-4],x2"), "rack01n1");
  EXPECT_EQ(FirstHost("n[3]-ib"), "n3-ib");
  EXPECT_EQ(FirstHost("a,b[1-2]"), "a");
}

TEST(FirstHost, OfNoNodesIsEmpty) {
  for (const char* text : {"", "None assigned", "n/a", "n[1-3", "n[]", "n[x-y]",
                           "n[1", "(null)"}) {
    EXPECT_EQ(FirstHost(text), "") << text;
  }
}

}  // namespace
}  // namespace smon::slurm
