#include "server/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace smon {
namespace {

TEST(OpenFilesTest, TheLimitIsRaisedAsFarAsAllowed) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low = {std::min<rlim_t>(100, before.rlim_max), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const int raised = RaiseOpenFiles();
  EXPECT_EQ(raised, static_cast<int>(std::min<rlim_t>(65536, low.rlim_max)));
  rlimit after = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, static_cast<rlim_t>(raised));
}

TEST(OpenFilesTest, ClientsLeaveFilesToTheOthers) {
  const FileShares many = ShareFiles(65536);
  EXPECT_EQ(many.http, 16384);
  EXPECT_EQ(many.grpc_port, 16384);
  EXPECT_EQ(many.grpc_socket, 4096);
  const FileShares few = ShareFiles(1024);
  EXPECT_EQ(few.http, 576);
  EXPECT_EQ(few.grpc_port, 256);
  EXPECT_EQ(few.grpc_socket, 64);
  EXPECT_EQ(ShareFiles(0).grpc_socket, 1);
}

}  // namespace
}  // namespace smon
