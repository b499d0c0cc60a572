#include "client/text_wrap.h"

#include <gtest/gtest.h>

namespace smon::client {
namespace {

TEST(WrapTextTest, BreaksAtSpaces) {
  EXPECT_EQ(WrapText("one two three", 7), "one two\nthree");
  EXPECT_EQ(WrapText("one two three", 6), "one\ntwo\nthree");
  EXPECT_EQ(WrapText("", 5), "");
}

TEST(WrapTextTest, LeavesAWordWhole) {
  EXPECT_EQ(WrapText("in /home/alice/train.out it is", 10),
            "in\n/home/alice/train.out\nit is");
}

TEST(WrapTextTest, CountsColumnsNotBytes) {
  // Three bytes each; the first two are two columns wide.
  EXPECT_EQ(WrapText("\xe8\xae\xad\xe7\xbb\x83 a", 6),
            "\xe8\xae\xad\xe7\xbb\x83 a");
  EXPECT_EQ(WrapText("\xe8\xae\xad\xe7\xbb\x83 a", 5),
            "\xe8\xae\xad\xe7\xbb\x83\na");
  EXPECT_EQ(WrapText("\xc3\xbc \xc3\xbc", 3), "\xc3\xbc \xc3\xbc");
}

TEST(WrapBesideTest, GoesOnBelowItsFirstLine) {
  EXPECT_EQ(WrapBeside("Why:  ", 6, "a text that goes on and on", 24),
            "Why:  a text that goes\n"
            "      on and on");
  EXPECT_EQ(WrapBeside("Why:  ", 6, "two\nlines of it", 24),
            "Why:  two\n"
            "      lines of it");
}

TEST(WrapBesideTest, WithoutAWidthKeepsItsOwnLines) {
  EXPECT_EQ(WrapBeside("Why:  ", 6, "a text that goes on\nand on", 0),
            "Why:  a text that goes on\n"
            "      and on");
}

TEST(WrapBesideTest, GoesBelowALabelThatLeavesNoRoom) {
  EXPECT_EQ(WrapBeside("OK       slurm      ", 20, "a text that goes on", 20),
            "OK       slurm\n"
            "    a text that goes\n"
            "    on");
}

TEST(WrapBesideTest, TakesTheLabelsWidthAsItIsTold) {
  EXPECT_EQ(WrapBeside("\x1b[32mOK\x1b[0m  ", 4, "one two three four", 20),
            "\x1b[32mOK\x1b[0m  one two three\n"
            "    four");
}

}  // namespace
}  // namespace smon::client
