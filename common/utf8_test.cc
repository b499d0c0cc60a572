#include "common/utf8.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(Utf8Test, AcceptsWellFormedText) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain"));
  EXPECT_TRUE(IsValidUtf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"));
}

TEST(Utf8Test, RefusesOverlongSurrogateAndCutCharacters) {
  for (const char* bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xFF",
                          "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << ToPrintable(bad);
  }
}

TEST(Utf8Test, WritesBadBytesAsHexAndKeepsTheRest) {
  EXPECT_EQ(ToValidUtf8("a\xFF\xC3\xA9\xE2\x82z\n"),
            "a\\xff\xC3\xA9\\xe2\\x82z\n");
}

TEST(Utf8Test, RepairingTwiceIsTheSameAsOnce) {
  const std::string once = ToValidUtf8("a\xFF\\xff");
  EXPECT_EQ(once, "a\\xff\\xff");
  EXPECT_EQ(ToValidUtf8(once), once);
}

TEST(Utf8Test, OrdinaryTextIsItsOwnText) {
  for (const char* plain : {"", "train", "C:\\xyz", "\\", "\\x", "\\xf",
                            "\\n\\u202e", "\xC3\xA9", "a\nb\t\x1B"}) {
    EXPECT_EQ(BytesToText(plain), plain);
  }
}

TEST(Utf8Test, TextTellsABadByteFromTheFourCharactersThatItIsWrittenWith) {
  EXPECT_EQ(BytesToText("a\xFFz"), "a\\xffz");
  EXPECT_EQ(BytesToText("a\\xffz"), "a\\x5cxffz");
  EXPECT_EQ(BytesToText("\\x5cxff"), "\\x5cx5cxff");
  EXPECT_EQ(BytesToText("\\\xFF"), "\\\\xff");
  EXPECT_EQ(BytesToText("\\xA\xFF"), "\\xA\\xff");
  EXPECT_EQ(TextToBytes("\\xFF\\xfF\\x41\\x5cx41"), "\xFF\xFF\x41\\x41");
}

TEST(Utf8Test, AnyBytesComeBackFromTheirText) {
  // What escapes are made of, and what breaks them, more often than the rest.
  constexpr absl::string_view kHostile("\\\\\\xxx05cCfFaA\xC3\xA9\xFF\x80\0\n",
                                       20);
  constexpr uint32_t kSeed = 1;
  std::mt19937 random(kSeed);
  for (int i = 0; i < 50000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) {
      const uint32_t r = random();
      byte = r % 4 == 0 ? static_cast<char>(r >> 8)
                        : kHostile[(r >> 8) % kHostile.size()];
    }
    const std::string text = BytesToText(bytes);
    ASSERT_TRUE(IsValidUtf8(text)) << "case " << i << " of seed " << kSeed;
    ASSERT_EQ(TextToBytes(text), bytes)
        << "case " << i << " of seed " << kSeed << ": " << ToPrintable(bytes);
  }
}

TEST(Utf8Test, PrintableTextCannotForgeALineOrMoveTheCursor) {
  EXPECT_EQ(ToPrintable("a\nb\tc\r\x1B[2J\x7F"), "a\\nb\\tc\\r\\x1b[2J\\x7f");
  EXPECT_EQ(ToPrintable("\xE2\x80\xAE"
                        "abc"),
            "\\u202eabc");
  EXPECT_EQ(ToPrintable("\xC2\x9B"
                        "31m"),
            "\\u009b31m");
}

}  // namespace
}  // namespace smon
