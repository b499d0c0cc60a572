#include "client/text_width.h"

#include "gtest/gtest.h"

namespace smon::client {
namespace {

TEST(TextWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(TextWidth(""), 0);
  EXPECT_EQ(TextWidth("train"), 5);
  EXPECT_EQ(TextWidth("Größe"), 5);
}

TEST(TextWidthTest, WideCharactersTakeTwoColumns) {
  EXPECT_EQ(TextWidth("訓練"), 4);
  EXPECT_EQ(TextWidth("🚀"), 2);
}

TEST(TextWidthTest, CombiningCharactersTakeNone) {
  EXPECT_EQ(TextWidth("e\u0301"), 1);
}

TEST(TextWidthTest, BytesThatAreNoCharacterTakeOneColumnEach) {
  EXPECT_EQ(TextWidth("\xff\xfe"), 2);
  EXPECT_EQ(TextWidth("a\xe8"), 2);
}

TEST(CutToWidthTest, LeavesAloneWhatFits) {
  EXPECT_EQ(CutToWidth("train", 5), "train");
  EXPECT_EQ(CutToWidth("訓練", 4), "訓練");
}

TEST(CutToWidthTest, EndsInAnEllipsisWhenCut) {
  EXPECT_EQ(CutToWidth("training", 5), "trai…");
  EXPECT_EQ(CutToWidth("training", 1), "…");
}

TEST(CutToWidthTest, NeverCutsThroughACharacter) {
  EXPECT_EQ(CutToWidth("訓練中", 5), "訓練…");
  EXPECT_EQ(CutToWidth("訓練中", 4), "訓…");
}

}  // namespace
}  // namespace smon::client
