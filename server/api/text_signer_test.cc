#include "server/api/text_signer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::Optional;

const TextSigner& Signer() {
  static const auto* const signer = new TextSigner(std::string(32, 'k'));
  return *signer;
}

TEST(TextSigner, GivesTheTextBack) {
  for (const std::string& text :
       {std::string(), std::string("1:2"), std::string("\0\xff\n", 3)}) {
    EXPECT_THAT(Signer().Open("page", Signer().Sign("page", text)),
                Optional(text));
  }
}

TEST(TextSigner, OpensWhatAnotherOneWithTheSameKeySigned) {
  EXPECT_THAT(
      TextSigner(std::string(32, 'k')).Open("page", Signer().Sign("page", "x")),
      Optional(std::string("x")));
}

TEST(TextSigner, OpensNothingOfAnotherKey) {
  EXPECT_FALSE(TextSigner(std::string(32, 'l'))
                   .Open("page", Signer().Sign("page", "x")));
}

TEST(TextSigner, OpensNothingThatWasSignedForAnotherPurpose) {
  EXPECT_FALSE(Signer().Open("cursor", Signer().Sign("page", "x")));
  EXPECT_FALSE(Signer().Open("pag", Signer().Sign("page", "x")));
}

TEST(TextSigner, NoCharacterCanBeChangedAddedOrLeftOut) {
  const std::string token = Signer().Sign("page", "1790000000000000:123");
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', 'z', '9', '-', '='}) {
      std::string changed = token;
      changed[i] = c;
      if (changed == token) continue;
      EXPECT_FALSE(Signer().Open("page", changed)) << i << c;
      changed = token;
      changed.insert(i, 1, c);
      EXPECT_FALSE(Signer().Open("page", changed)) << i << c;
    }
    std::string shorter = token;
    shorter.erase(i, 1);
    EXPECT_FALSE(Signer().Open("page", shorter)) << i;
  }
}

TEST(TextSigner, OpensOneSpellingOnly) {
  const std::string token = Signer().Sign("page", "1:2");
  for (const char* end : {"=", "==", " ", "\n"}) {
    EXPECT_FALSE(Signer().Open("page", token + end));
  }
  // Of 19 bytes: the last character has four bits that say nothing.
  std::string other = Signer().Sign("page", "1:2");
  ASSERT_EQ(other.size(), 26u);
  ++other.back();
  EXPECT_FALSE(Signer().Open("page", other));
}

TEST(TextSigner, RubbishIsNothing) {
  for (const std::string& token :
       {std::string(), std::string("x"), std::string("%%%"),
        std::string(100000, 'A'), std::string(22, 'A')}) {
    EXPECT_FALSE(Signer().Open("page", token));
  }
}

}  // namespace
}  // namespace smon
