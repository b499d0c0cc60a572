#include "server/start_checks.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cstdlib>
#include <initializer_list>

#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(StartChecksTest, ADiskOfThisHostIsNoNetworkFileSystem) {
  for (const int64_t type : std::initializer_list<int64_t>{
           EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, TMPFS_MAGIC,
           OVERLAYFS_SUPER_MAGIC}) {
    EXPECT_FALSE(IsNetworkFileSystem(type)) << std::hex << type;
  }
  struct statfs disk;
  ASSERT_EQ(statfs(std::getenv("TEST_TMPDIR"), &disk), 0);
  EXPECT_FALSE(IsNetworkFileSystem(disk.f_type));
}

TEST(StartChecksTest, WhatSeveralHostsShareIsOne) {
  for (const int64_t type : std::initializer_list<int64_t>{
           NFS_SUPER_MAGIC, 0x0bd00bd0, CEPH_SUPER_MAGIC, 0xff534d42,
           // As it is where f_type is a signed 32 bits.
           static_cast<int32_t>(0xff534d42)}) {
    EXPECT_TRUE(IsNetworkFileSystem(type)) << std::hex << type;
  }
}

}  // namespace
}  // namespace smon
