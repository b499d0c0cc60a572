#include "slurm/rest/rest_error.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

absl::Status Of(int64_t number, const std::string& text) {
  RestAnswer answer;
  answer.errors.push_back({number, text, "slurmdb_jobs_get"});
  return RestAnswerError("slurmdb/jobs", answer);
}

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST(RestErrorTest, NothingFoundIsNoError) {
  EXPECT_TRUE(Of(9003, "Nothing found with query").ok());
  EXPECT_TRUE(RestAnswerError("x", RestAnswer()).ok());
}

TEST(RestErrorTest, AnErrorInAnAnswerIsAnOutageAndNotAnEmptyList) {
  const absl::Status status = Of(7000, "Unable to connect to database");
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(Message(status), HasSubstr("Unable to connect to database"));
  EXPECT_THAT(Message(status), HasSubstr("7000"));
}

TEST(RestErrorTest, ARefusedTokenSaysSo) {
  EXPECT_THAT(Message(Of(1007, "Protocol authentication error")),
              HasSubstr("--slurm_jwt_file"));
  for (const int http_status : {401, 403}) {
    const absl::Status status =
        RestStatusError("/slurm", http_status, "Authentication failure");
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_THAT(Message(status), HasSubstr("--slurm_jwt_file"));
  }
}

TEST(RestErrorTest, NoAccountingIsNoOutage) {
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Of(0, "Slurm accounting storage is disabled")));
}

TEST(RestErrorTest, TellsWhatTheBodySays) {
  const absl::Status json = RestStatusError(
      "/slurm", 500,
      R"({"errors":[{"error":"Unspecified error","error_number":-1}]})");
  EXPECT_TRUE(absl::IsUnavailable(json));
  EXPECT_THAT(Message(json), HasSubstr("is slurmctld up"));
  const absl::Status text = RestStatusError("/slurm", 400, "bad\x1b[31m");
  EXPECT_TRUE(absl::IsInternal(text));
  EXPECT_THAT(Message(text), HasSubstr("bad\\x1b"));
  EXPECT_TRUE(absl::IsNotFound(RestStatusError("/slurm", 404, "Unable")));
  EXPECT_TRUE(absl::IsUnavailable(RestStatusError("/slurm", 502, "")));
  EXPECT_TRUE(absl::IsUnavailable(RestStatusError("/slurm", 302, "")));
}

}  // namespace
}  // namespace smon::slurm
