#include "client/table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Terminal kPipe{};
constexpr Terminal kNarrow{/*is_terminal=*/true, /*columns=*/24,
                           /*color=*/false};

TEST(TableTest, AlignsColumnsByTheWidestText) {
  Table table({{"ID"}, {"NAME"}, {"STATE"}}, kPipe);
  table.AddRow({{"1"}, {"train"}, {"FAILED"}});
  table.AddRow({{"123_4"}, {"x"}, {"RUNNING"}});
  EXPECT_EQ(table.TakeText(),
            "ID     NAME   STATE\n"
            "1      train  FAILED\n"
            "123_4  x      RUNNING\n");
}

TEST(TableTest, HasItsHeaderAlsoWithoutRows) {
  Table table({{"ID"}, {"NAME"}}, kPipe);
  EXPECT_EQ(table.TakeText(), "ID  NAME\n");
}

TEST(TableTest, ShowsADashForAnEmptyCell) {
  Table table({{"ID"}, {"NAME"}}, kPipe);
  table.AddRow({{""}, {"x"}});
  EXPECT_EQ(table.TakeText(),
            "ID  NAME\n"
            "-   x\n");
}

TEST(TableTest, LaterPagesHaveNoHeaderAndKeepTheWidths) {
  Table table({{"ID"}, {"NAME"}}, kPipe);
  table.AddRow({{"123456"}, {"a"}});
  table.TakeText();
  table.AddRow({{"1"}, {"b"}});
  EXPECT_EQ(table.TakeText(), "1       b\n");
  EXPECT_EQ(table.TakeText(), "");
}

TEST(TableTest, WideCharactersKeepTheColumnsAligned) {
  Table table({{"NAME"}, {"USER"}}, kPipe);
  table.AddRow({{"訓練"}, {"ann"}});
  table.AddRow({{"train"}, {"bob"}});
  EXPECT_EQ(table.TakeText(),
            "NAME   USER\n"
            "訓練   ann\n"
            "train  bob\n");
}

TEST(TableTest, NoTextCanForgeALineOrReachTheTerminalRaw) {
  Table table({{"NAME"}, {"USER"}}, kPipe);
  table.AddRow({{"a\nb\x1b[31m\xff\xc2\x9b"}, {"ann"}});
  EXPECT_EQ(table.TakeText(),
            "NAME                    USER\n"
            "a\\nb\\x1b[31m\\xff\\u009b  ann\n");
}

TEST(TableTest, CutsLongTextsOnATerminalToItsWidth) {
  Table table({{"ID"}, {"NAME", 6}, {"REASON", 8}}, kNarrow);
  table.AddRow({{"1"}, {"a-long-name-of-a-job"}, {"a reason that is long"}});
  EXPECT_EQ(table.TakeText(),
            "ID  NAME       REASON\n"
            "1   a-long-n…  a reason…\n");
}

TEST(TableTest, CutsNoColumnBelowItsLeastWidthButAtTheTerminalsEdge) {
  Table table({{"ID"}, {"NAME", 12}, {"REASON", 14}}, kNarrow);
  table.AddRow({{"1"}, {"a-long-name-of-a-job"}, {"a reason that is long"}});
  EXPECT_THAT(table.TakeText(), HasSubstr("1   a-long-name…  a rea…\n"));
}

TEST(TableTest, ATableWithoutTextsToCutIsWhole) {
  Table table({{"ID"}, {"NAME"}}, kNarrow);
  const std::string name(100, 'n');
  table.AddRow({{"1"}, {name}});
  EXPECT_THAT(table.TakeText(), HasSubstr("1   " + name + "\n"));
}

TEST(TableTest, ColumnsEndAtTheEdgeOfAVeryNarrowTerminal) {
  Table table({{"ID"}, {"NAME", 3}, {"STATE"}}, {true, 8, false});
  table.AddRow({{"123456789"}, {"a"}, {"FAILED"}});
  EXPECT_EQ(table.TakeText(), "ID\n1234567…\n");
}

TEST(TableTest, CutsNothingInAPipe) {
  const std::string name(1000, 'n');
  Table table({{"NAME", 6}, {"USER"}}, kPipe);
  table.AddRow({{name}, {"ann"}});
  table.AddRow({{"x"}, {"bob"}});
  const std::string text = table.TakeText();
  EXPECT_THAT(text, HasSubstr(name + "  ann\n"));
  // And the endless name does not push the other rows' columns away.
  EXPECT_THAT(text, HasSubstr("\nx" + std::string(65, ' ') + "bob\n"));
}

TEST(TableTest, ColoursOnlyWhereTheTerminalTakesThem) {
  const std::vector<Table::Cell> row = {{"FAILED", Color::kRed}, {"x"}};
  Table plain({{"STATE"}, {"NAME"}}, kNarrow);
  plain.AddRow(row);
  EXPECT_THAT(plain.TakeText(), Not(HasSubstr("\033")));

  Table colored({{"STATE"}, {"NAME"}}, {true, 24, true});
  colored.AddRow(row);
  EXPECT_EQ(colored.TakeText(),
            "STATE   NAME\n"
            "\033[31mFAILED\033[0m  x\n");
}

}  // namespace
}  // namespace smon::client
