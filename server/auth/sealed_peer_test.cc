#include "server/auth/sealed_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smon {
namespace {

using ::testing::ElementsAre;

TEST(PeerSealTest, OpensWhatItSealed) {
  const PeerSeal seal;
  Peer peer;
  peer.address = "::1";
  peer.certificate_names = {"a:b", std::string("x\0y\n", 4), ""};
  auto opened = seal.Open(seal.Seal(peer));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->address, "::1");
  EXPECT_FALSE(opened->unix_socket);
  EXPECT_FALSE(opened->is_probe);
  EXPECT_THAT(opened->certificate_names,
              ElementsAre("a:b", std::string("x\0y\n", 4), ""));

  peer = Peer();
  peer.unix_socket = true;
  peer.uid = 0;
  peer.is_probe = true;
  opened = seal.Open(seal.Seal(peer));
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(opened->unix_socket);
  EXPECT_EQ(opened->uid, 0u);
  EXPECT_TRUE(opened->is_probe);
}

TEST(PeerSealTest, TakesNothingOfAnothersMaking) {
  const PeerSeal seal;
  const std::string sealed = seal.Seal(Peer());
  EXPECT_FALSE(seal.Open("").has_value());
  EXPECT_FALSE(seal.Open(PeerSeal().Seal(Peer())).has_value());
  EXPECT_FALSE(seal.Open(std::string(32, 0) + sealed.substr(32)).has_value());
  EXPECT_FALSE(seal.Open(sealed.substr(0, 38)).has_value());
}

}  // namespace
}  // namespace smon
