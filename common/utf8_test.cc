#include "common/utf8.h"

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
