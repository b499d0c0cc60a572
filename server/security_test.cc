#include "server/security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "testing/fake_clock.h"
#include "testing/tls_files.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

constexpr char kHello[] =
    "ann:read:sha256:"
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n";
constexpr char kWorld[] =
    "ops:write:sha256:"
    "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7\n";

class SecurityTest : public ::testing::Test {
 protected:
  SecurityTest() : clock_(absl::Now()) {
    options_.token_file = folder_ + "/tokens";
    options_.tls = {folder_ + "/cert.pem", folder_ + "/key.pem", ""};
    WriteFile(options_.token_file, kHello);
    WritePair(MakeCertificate("one"));
  }

  void WritePair(const PemPair& pair) {
    WriteFile(options_.tls.certificate, pair.certificate);
    WriteFile(options_.tls.key, pair.key);
  }
  void Open() {
    auto security = Security::Open(options_, &clock_);
    ASSERT_TRUE(security.ok()) << security.status();
    security_ = *std::move(security);
  }
  std::string OpenError() {
    return std::string(Security::Open(options_, &clock_).status().message());
  }
  // As the main loop does it.
  void RefreshTwice() {
    security_->Refresh(false);
    security_->Refresh(false);
  }
  bool LetsIn(absl::string_view token) {
    return security_->authorizer()
        ->Admit(Peer(), absl::StrCat("Bearer ", token), Permission::kRead)
        .ok();
  }
  std::string Problem() { return std::string(security_->Check().message()); }

  const std::string folder_ = ::testing::TempDir();
  FakeClock clock_;
  Security::Options options_;
  std::unique_ptr<Security> security_;
};

TEST_F(SecurityTest, NewTokensAreTakenOnceTheFileHasComeToRest) {
  Open();
  EXPECT_TRUE(LetsIn("hello"));
  WriteFile(options_.token_file, kWorld);
  security_->Refresh(false);
  EXPECT_TRUE(LetsIn("hello"));
  security_->Refresh(false);
  EXPECT_FALSE(LetsIn("hello"));
  EXPECT_TRUE(LetsIn("world"));
}

TEST_F(SecurityTest, OnRequestTheyAreTakenAtOnce) {
  Open();
  WriteFile(options_.token_file, kWorld);
  security_->Refresh(true);
  EXPECT_TRUE(LetsIn("world"));
}

TEST_F(SecurityTest, BrokenTokensLeaveTheOldOnesAndAreToldUntilTheyAreMended) {
  Open();
  WriteFile(options_.token_file, "ann:read\n");
  RefreshTwice();
  EXPECT_TRUE(LetsIn("hello"));
  EXPECT_THAT(Problem(), HasSubstr("--token_file"));
  EXPECT_THAT(Problem(), HasSubstr("line 1: not NAME"));
  unlink(options_.token_file.c_str());
  RefreshTwice();
  EXPECT_TRUE(LetsIn("hello"));
  EXPECT_THAT(Problem(), HasSubstr("No such file"));
  WriteFile(options_.token_file, kWorld);
  RefreshTwice();
  EXPECT_TRUE(LetsIn("world"));
  EXPECT_EQ(Problem(), "");
}

TEST_F(SecurityTest, ANewCertificateIsTakenWithItsKeyOnly) {
  Open();
  const auto before = security_->tls()->Current();
  const PemPair two = MakeCertificate("two");
  WriteFile(options_.tls.certificate, two.certificate);
  RefreshTwice();
  EXPECT_EQ(security_->tls()->Current(), before);
  EXPECT_THAT(Problem(), HasSubstr("is not the key of the certificate"));
  WriteFile(options_.tls.key, two.key);
  RefreshTwice();
  EXPECT_EQ(security_->tls()->Current()->certificate, two.certificate);
  EXPECT_EQ(Problem(), "");
}

TEST_F(SecurityTest, GarbageIsNoCertificate) {
  Open();
  const auto before = security_->tls()->Current();
  WriteFile(options_.tls.certificate, "garbage");
  RefreshTwice();
  EXPECT_EQ(security_->tls()->Current(), before);
  EXPECT_THAT(Problem(), HasSubstr("holds no PEM certificate"));
}

TEST_F(SecurityTest, AnExpiredCertificateIsAProblem) {
  Open();
  EXPECT_EQ(Problem(), "");
  clock_.Advance(absl::Hours(25));
  EXPECT_THAT(Problem(), HasSubstr("has expired"));
}

TEST_F(SecurityTest, WhatCannotBeUsedAtTheStartIsAnErrorWithTheMend) {
  WriteFile(options_.tls.key, "garbage");
  EXPECT_THAT(OpenError(), HasSubstr("holds no PEM private key"));
  WriteFile(options_.tls.key, MakeCertificate("x").key);
  EXPECT_THAT(OpenError(), HasSubstr("is not the key"));
  WriteFile(options_.tls.key, "x", 0644);
  EXPECT_THAT(OpenError(), HasSubstr("--tls_key: "));
  EXPECT_THAT(OpenError(), HasSubstr("chmod"));
  WritePair(MakeCertificate("x"));
  options_.tls.client_ca = options_.tls.key;
  EXPECT_THAT(OpenError(), HasSubstr("--tls_client_ca: "));
  WriteFile(options_.token_file, "?");
  EXPECT_THAT(OpenError(), HasSubstr("--token_file: "));
}

TEST_F(SecurityTest, WithoutFilesNothingIsAskedFor) {
  options_ = {};
  Open();
  EXPECT_EQ(security_->tls(), nullptr);
  EXPECT_FALSE(security_->authorizer()->required());
  RefreshTwice();
  EXPECT_EQ(Problem(), "");
}

}  // namespace
}  // namespace smon
