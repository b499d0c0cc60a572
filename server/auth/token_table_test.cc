#include "server/auth/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// printf hello | sha256sum
constexpr char kHello[] =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
// printf world | sha256sum
constexpr char kWorld[] =
    "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";

std::string ErrorOf(const std::string& text) {
  return std::string(TokenTable::Parse(text).status().message());
}

TEST(TokenTableTest, ATokenIsFoundByItsHash) {
  const auto table = TokenTable::Parse(
      absl::StrCat("# who may what\n\n  ann@site:read:sha256:", kHello,
                   "  \r\nops:write:sha256:", kWorld));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->size(), 2u);
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("hello"))->name, "ann@site");
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("hello"))->permission,
            Permission::kRead);
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("world"))->name, "ops");
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("world"))->permission,
            Permission::kWrite);
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("Hello")), nullptr);
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf("")), nullptr);
  EXPECT_EQ(table->FindToken(TokenTable::DigestOf(kHello)),
            nullptr);  // the hash is no token
}

TEST(TokenTableTest, ACertificateIsFoundByAnyOfItsNames) {
  const auto table = TokenTable::Parse(
      "epilog:write:cert:ctl.example.org\n"
      "web:read:cert:spiffe://site/web\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->FindCertificate({"x", "ctl.example.org"})->name, "epilog");
  EXPECT_EQ(table->FindCertificate({"spiffe://site/web"})->name, "web");
  EXPECT_EQ(table->FindCertificate({"example.org"}), nullptr);
  EXPECT_EQ(table->FindCertificate({}), nullptr);
}

TEST(TokenTableTest, AMistakeIsNamedWithItsLineButNotShown) {
  EXPECT_THAT(ErrorOf("\n\nsecret-in-the-clear"),
              HasSubstr("line 3: not NAME"));
  EXPECT_THAT(ErrorOf("secret-in-the-clear"), Not(HasSubstr("secret")));
  EXPECT_THAT(ErrorOf("a:admin:sha256:x"), HasSubstr("read or write"));
  EXPECT_THAT(ErrorOf("a:read:sha256:hello"), HasSubstr("64 hexadecimal"));
  EXPECT_THAT(ErrorOf("a b:read:cert:x"), HasSubstr("the name"));
  EXPECT_THAT(ErrorOf(":read:cert:x"), HasSubstr("the name"));
  EXPECT_THAT(ErrorOf("a:read:md5:x"), HasSubstr("sha256:DIGEST or cert"));
  EXPECT_THAT(ErrorOf("a:read:cert:"), HasSubstr("sha256:DIGEST or cert"));
  EXPECT_THAT(ErrorOf("a:read:cert:x\na:read:cert:y"),
              HasSubstr("two entries named a"));
  EXPECT_THAT(ErrorOf(absl::StrCat("a:read:sha256:", kHello,
                                   "\nb:write:sha256:", kHello)),
              HasSubstr("line 2: the same token as that of a"));
}

TEST(TokenTableTest, TheNumberOfEntriesIsBounded) {
  std::string text;
  for (int i = 0; i <= 1000; ++i) {
    absl::StrAppend(&text, "n", i, ":read:cert:c\n");
  }
  EXPECT_THAT(ErrorOf(text), HasSubstr("more than 1000"));
}

}  // namespace
}  // namespace smon
