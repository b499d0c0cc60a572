#include "slurm/rest/jwt_file.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<std::string> Read(const std::string& text) {
  const std::string path = absl::StrCat(getenv("TEST_TMPDIR"), "/jwt");
  std::ofstream(path, std::ios::binary) << text;
  return ReadJwtFile(path);
}

TEST(JwtFileTest, ReadsATokenAsItIsAndAsScontrolPrintsIt) {
  EXPECT_EQ(*Read("eyJ.e30.x_-"), "eyJ.e30.x_-");
  EXPECT_EQ(*Read("\n SLURM_JWT=eyJ.e30.x\n"), "eyJ.e30.x");
}

TEST(JwtFileTest, WhatIsNoTokenIsAnErrorThatDoesNotShowIt) {
  for (const std::string& text :
       {std::string(""), std::string(" \n"), std::string("secret\r\nX-Evil: 1"),
        std::string("secret\0x", 8), std::string(70000, 's'),
        std::string("secret secret")}) {
    const auto token = Read(text);
    EXPECT_TRUE(absl::IsUnavailable(token.status()));
    EXPECT_THAT(std::string(token.status().message()),
                Not(HasSubstr("secret")));
  }
  EXPECT_TRUE(absl::IsUnavailable(ReadJwtFile("/nonexistent").status()));
}

}  // namespace
}  // namespace smon::slurm
