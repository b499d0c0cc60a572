#include "server/auth/authorizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

class AuthorizerTest : public ::testing::Test {
 protected:
  AuthorizerTest() {
    peer_.address = "10.0.0.1";
    // printf TOKEN | sha256sum, of "hello" and of "world"
    const auto table = TokenTable::Parse(
        "ann:read:sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043"
        "362938b9824\n"
        "ops:write:sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c"
        "65260e9cb8a7\n"
        "epilog:write:cert:ctl\n");
    authorizer_.SetTokens(std::make_shared<TokenTable>(*table));
  }

  // Who it is, or the name of the error.
  std::string Admit(absl::string_view authorization,
                    Permission needs = Permission::kRead) {
    const auto caller = authorizer_.Admit(peer_, authorization, needs);
    return caller.ok() ? caller->id
                       : absl::StatusCodeToString(caller.status().code());
  }

  FakeClock clock_;
  Authorizer authorizer_{/*required=*/true, &clock_};
  Peer peer_;
};

TEST_F(AuthorizerTest, ATokenSaysWhoItIsAndWhatItMay) {
  EXPECT_EQ(Admit("Bearer hello"), "token:ann");
  EXPECT_EQ(Admit("bearer  hello "), "token:ann");
  EXPECT_EQ(Admit("Bearer hello", Permission::kWrite), "PERMISSION_DENIED");
  EXPECT_EQ(Admit("Bearer world"), "token:ops");
  EXPECT_EQ(Admit("Bearer world", Permission::kWrite), "token:ops");
}

TEST_F(AuthorizerTest, WithoutAGoodTokenNobodyIsLetIn) {
  EXPECT_EQ(Admit(""), "UNAUTHENTICATED");
  EXPECT_EQ(Admit("Bearer other"), "UNAUTHENTICATED");
  EXPECT_EQ(Admit("Bearer"), "UNAUTHENTICATED");
  EXPECT_EQ(Admit("hello"), "UNAUTHENTICATED");
  EXPECT_EQ(Admit("Basic aGVsbG8="), "UNAUTHENTICATED");
}

TEST_F(AuthorizerTest, ACertificateMayReadUnlessTheFileSaysMore) {
  peer_.certificate_names = {"someone"};
  EXPECT_EQ(Admit(""), "cert:someone");
  EXPECT_EQ(Admit("", Permission::kWrite), "PERMISSION_DENIED");
  peer_.certificate_names = {"x", "ctl"};
  EXPECT_EQ(Admit("", Permission::kWrite), "cert:epilog");
}

TEST_F(AuthorizerTest, ATokenThatComesAlongDecides) {
  peer_.certificate_names = {"ctl"};
  EXPECT_EQ(Admit("Bearer hello", Permission::kWrite), "PERMISSION_DENIED");
  EXPECT_EQ(Admit("Bearer other"), "UNAUTHENTICATED");
}

TEST_F(AuthorizerTest, AUnixSocketIsGuardedByItsFile) {
  peer_ = Peer();
  peer_.unix_socket = true;
  EXPECT_EQ(Admit("", Permission::kWrite), "unix:");
  peer_.uid = 1000;
  EXPECT_EQ(Admit("", Permission::kWrite), "unix:uid=1000");
}

TEST_F(AuthorizerTest, WhereNothingIsAskedForEverybodyMayWrite) {
  Authorizer open(/*required=*/false, &clock_);
  EXPECT_EQ(open.Admit(peer_, "Bearer x", Permission::kWrite)->id,
            "peer:10.0.0.1");
}

TEST_F(AuthorizerTest, NewTokensReplaceTheOld) {
  authorizer_.SetTokens(nullptr);
  EXPECT_EQ(Admit("Bearer hello"), "UNAUTHENTICATED");
}

TEST_F(AuthorizerTest, WhoIsInIsToldWhenItsTokenIsWithdrawn) {
  auto ann = authorizer_.Admit(peer_, "Bearer hello", Permission::kRead);
  ASSERT_TRUE(ann.ok());
  EXPECT_TRUE(authorizer_.Recheck(&*ann).ok());
  const char* const hello =
      "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  const auto set = [this](const std::string& text) {
    authorizer_.SetTokens(
        std::make_shared<TokenTable>(*TokenTable::Parse(text)));
  };
  // Of another name and role, but the same token.
  set(absl::StrCat("bob:write:", hello));
  EXPECT_TRUE(authorizer_.Recheck(&*ann).ok());
  // Of the same name, but another token.
  set("ann:read:sha256:486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c"
      "65260e9cb8a7");
  EXPECT_TRUE(absl::IsUnauthenticated(authorizer_.Recheck(&*ann)));
}

TEST_F(AuthorizerTest, WhoCameWithoutATokenStaysIn) {
  Peer local;
  local.unix_socket = true;
  Peer certified = peer_;
  certified.certificate_names = {"ctl"};
  for (const Peer& peer : {local, certified}) {
    auto caller = authorizer_.Admit(peer, "", Permission::kRead);
    ASSERT_TRUE(caller.ok());
    authorizer_.SetTokens(nullptr);
    EXPECT_TRUE(authorizer_.Recheck(&*caller).ok());
  }
}

TEST_F(AuthorizerTest, AfterTenFailuresNothingMoreIsTriedFromThere) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Admit("Bearer x"), "UNAUTHENTICATED");
  // Not even the right one, or guessing would go on at full speed.
  EXPECT_EQ(Admit("Bearer hello"), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(authorizer_.counts().rate_limited, 1u);
  peer_.address = "10.0.0.2";
  EXPECT_EQ(Admit("Bearer hello"), "token:ann");
  peer_.address = "10.0.0.1";
  clock_.Advance(absl::Seconds(6));
  EXPECT_EQ(Admit("Bearer hello"), "token:ann");
}

TEST_F(AuthorizerTest, WhoWasThereBeforeIsNotHeldUpByOthers) {
  EXPECT_EQ(Admit("Bearer hello"), "token:ann");
  for (int i = 0; i < 20; ++i) Admit("Bearer x");
  EXPECT_EQ(Admit("Bearer hello"), "token:ann");
  EXPECT_EQ(Admit("Bearer world"), "RESOURCE_EXHAUSTED");
}

TEST_F(AuthorizerTest, OutcomesAreCounted) {
  Admit("");
  Admit("Bearer x");
  Admit("Bearer hello");
  Admit("Bearer hello", Permission::kWrite);
  const AuthCounts counts = authorizer_.counts();
  EXPECT_EQ(counts.missing, 1u);
  EXPECT_EQ(counts.invalid, 1u);
  EXPECT_EQ(counts.admitted, 1u);
  EXPECT_EQ(counts.forbidden, 1u);
  EXPECT_EQ(counts.rate_limited, 0u);
}

TEST_F(AuthorizerTest, AnErrorSaysWhatToDoAndShowsNoToken) {
  const auto caller =
      authorizer_.Admit(peer_, "Bearer s3cret", Permission::kRead);
  EXPECT_EQ(std::string(caller.status().message()),
            "the token is not known; send 'Authorization: Bearer TOKEN' "
            "(smonctl: --token_file)");
}

}  // namespace
}  // namespace smon
