#include "slurm/rest/rest_answer.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/rest/test_source.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum Field { kId, kName, kState, kCode };

const RestFields& Fields() {
  static const auto* const fields = new RestFields({
      {"id", kId},
      {"name", kName},
      {"state/current", kState},
      {"exit/code", kCode},
  });
  return *fields;
}

std::string Describe(const RestRecord& record) {
  return absl::StrCat(record.NumberText(kId), "|", record.Text(kName), "|",
                      record.Text(kState), "|",
                      record.Number(kCode).value_or(-1));
}

absl::StatusOr<RestAnswer> Read(const std::string& text,
                                std::vector<std::string>* records,
                                size_t piece = 1 << 20) {
  TestSource source(text, piece);
  return ReadRestAnswer(&source, "jobs", Fields(),
                        [records](const RestRecord& record) {
                          records->push_back(Describe(record));
                        });
}

TEST(RestAnswerTest, ReadsPlainValuesFlagsAndNumbersThatAreObjects) {
  std::vector<std::string> records;
  const auto answer = Read(
      R"({"meta":{"slurm":{"release":"24.05.1","cluster":"big"}},"errors":[],
          "jobs":[
            {"id":1,"name":"a","state":{"current":"FAILED"},"exit":{"code":3}},
            {"id":2,"skipped":{"id":77,"deep":[{"name":"no"}]},
             "state":{"current":["RUNNING","COMPLETING"]},
             "exit":{"code":{"set":true,"infinite":false,"number":5}}},
            {"id":{"set":true,"infinite":false,"number":3},"name":null,
             "exit":{"code":{"set":false,"infinite":false,"number":0}}},
            {"id":4,"exit":{"code":{"set":true,"infinite":true,"number":9}}}]})",
      &records);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->has_list);
  EXPECT_EQ(answer->release, "24.05.1");
  EXPECT_EQ(answer->cluster, "big");
  EXPECT_THAT(records, ElementsAre("1|a|FAILED|3", "2||RUNNING,COMPLETING|5",
                                   "3|||-1", "4|||-1"));
}

TEST(RestAnswerTest, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      R"({"jobs":[{"id":12,"name":"x\"},{\"id\":9 \u0001é"},{"id":13}]})";
  std::vector<std::string> whole;
  ASSERT_TRUE(Read(text, &whole).ok());
  for (size_t piece = 1; piece < 20; ++piece) {
    std::vector<std::string> records;
    ASSERT_TRUE(Read(text, &records, piece).ok());
    EXPECT_EQ(records, whole);
  }
  EXPECT_EQ(whole.size(), 2);
}

TEST(RestAnswerTest, KeepsBytesThatAreNotUtf8) {
  std::vector<std::string> records;
  ASSERT_TRUE(
      Read("{\"jobs\":[{\"id\":1,\"name\":\"a\xff\xfe\xc3\"},{\"id\":2}]}",
           &records)
          .ok());
  EXPECT_THAT(records, ElementsAre("1|a\xff\xfe\xc3||-1", "2|||-1"));
}

TEST(RestAnswerTest, ATextThatLooksLikeJsonForgesNothing) {
  std::vector<std::string> records;
  const auto answer = Read(
      R"({"jobs":[{"name":"\"},{\"id\":7,\"name\":\"x\"}],\"errors\":[","id":1}],
          "errors":[]})",
      &records);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(records.size(), 1);
  EXPECT_TRUE(answer->errors.empty());
}

TEST(RestAnswerTest, TakesNumbersOfAnySizeAndNaN) {
  std::vector<std::string> records;
  const auto answer = Read(
      R"({"jobs":[{"id":99999999999999999999,"x":NaN,"y":[NaN,-Infinity],
                   "exit":{"code":18446744073709551615}}]})",
      &records);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(records, ElementsAre("99999999999999999999|||-1"));
}

TEST(RestAnswerTest, TellsErrors) {
  std::vector<std::string> records;
  const auto answer = Read(
      R"({"errors":[{"description":"long","error_number":7000,
                     "error":"short","source":"slurmdb_jobs_get"},
                    {"error":"only"}],"jobs":[]})",
      &records);
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->errors.size(), 2);
  EXPECT_EQ(answer->errors[0].number, 7000);
  EXPECT_EQ(answer->errors[0].text, "short: long");
  EXPECT_EQ(answer->errors[0].source, "slurmdb_jobs_get");
  EXPECT_EQ(answer->errors[1].text, "only");
}

TEST(RestAnswerTest, AnAnswerWithoutTheListSaysSo) {
  std::vector<std::string> records;
  for (const char* text : {"{}", R"({"jobs":null})", R"({"jobs":{"id":1}})",
                           R"([{"id":1}])", R"({"other":[{"id":1}]})"}) {
    const auto answer = Read(text, &records);
    ASSERT_TRUE(answer.ok()) << text;
    EXPECT_FALSE(answer->has_list) << text;
  }
  EXPECT_TRUE(records.empty());
}

TEST(RestAnswerTest, AListInTheListBelongsToNoRecord) {
  std::vector<std::string> records;
  ASSERT_TRUE(Read(R"({"jobs":[[{"id":5}],{"name":"a"}]})", &records).ok());
  EXPECT_THAT(records, ElementsAre("|a||-1"));
}

TEST(RestAnswerTest, AnAnswerThatIsCutIsAnErrorWhereverItIsCut) {
  const std::string text = R"({"jobs":[{"id":1,"name":"a"},{"id":2}]})";
  for (size_t size = 0; size < text.size(); ++size) {
    std::vector<std::string> records;
    EXPECT_TRUE(absl::IsInternal(Read(text.substr(0, size), &records).status()))
        << size;
  }
}

TEST(RestAnswerTest, AnErrorOfTheSourceIsToldAsItIs) {
  TestSource source(R"({"jobs":[{"id":1})", 4, absl::UnavailableError("gone"));
  const auto answer =
      ReadRestAnswer(&source, "jobs", Fields(), [](const RestRecord&) {});
  EXPECT_TRUE(absl::IsUnavailable(answer.status()));
}

TEST(RestAnswerTest, DepthIsBounded) {
  std::vector<std::string> records;
  const auto answer =
      Read(absl::StrCat("{\"jobs\":", std::string(100000, '[')), &records);
  EXPECT_TRUE(absl::IsInternal(answer.status()));
}

TEST(RestAnswerTest, SeesANulAndForgetsItWithItsRecord) {
  TestSource source(R"({"jobs":[{"name":"a\u0000b"},{"name":"c"}]})");
  std::vector<bool> nul;
  ASSERT_TRUE(ReadRestAnswer(&source, "jobs", Fields(),
                             [&nul](const RestRecord& record) {
                               nul.push_back(record.has_nul());
                             })
                  .ok());
  EXPECT_THAT(nul, ElementsAre(true, false));
}

}  // namespace
}  // namespace smon::slurm
