#include "slurm/node_hosts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(NodeHosts, ANodeInSeveralPartitionsIsOneEntry) {
  EXPECT_THAT(ParseNodeHosts("n1 vm\nn1 vm\nn2 gpu02.cluster\n"),
              ElementsAre(Pair("n1", "vm"), Pair("n2", "gpu02.cluster")));
}

TEST(NodeHosts, AnythingElseIsLeftOut) {
  EXPECT_THAT(ParseNodeHosts(""), IsEmpty());
  EXPECT_THAT(ParseNodeHosts("n1\nsinfo: a warning\n"), IsEmpty());
}

}  // namespace
}  // namespace smon::slurm
