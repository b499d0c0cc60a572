#include "slurm/rest/rest_api.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/rest/test_source.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<RestApi> Choose(const std::string& text) {
  TestSource source(text, 7);
  return ChooseRestApi(&source);
}

TEST(RestApiTest, TakesTheNewestThatItKnows) {
  const auto api = Choose(
      R"({"openapi":"3.0.2","paths":{"/slurm/v0.0.37/jobs":{"get":{}},
          "/slurm/v0.0.38/jobs":{"/slurm/v0.0.44/jobs":{}},
          "/slurm/v0.0.99/jobs/":{},"/slurm/v0.0.43/job/{job_id}":{},
          "/slurmdb/v0.0.36/jobs":{},"/slurmdb/v0.0.37/jobs/":{}},
          "other":{"/slurm/v0.0.42/jobs":1}})");
  ASSERT_TRUE(api.ok()) << api.status();
  EXPECT_EQ(api->slurm, 38);
  EXPECT_EQ(api->slurmdb, 37);
}

TEST(RestApiTest, WithoutSlurmdbThereIsNoAccounting) {
  const auto api = Choose(R"({"paths":{"/slurm/v0.0.44/jobs/":{}}})");
  ASSERT_TRUE(api.ok());
  EXPECT_EQ(api->slurm, 44);
  EXPECT_EQ(api->slurmdb, 0);
}

TEST(RestApiTest, SaysWhatThereIsWhenItKnowsNone) {
  const auto api = Choose(
      R"({"paths":{"/slurm/v0.0.35/jobs":{},"/slurm/v0.0.77/jobs":{}}})");
  EXPECT_TRUE(absl::IsNotFound(api.status()));
  EXPECT_THAT(std::string(api.status().message()),
              HasSubstr("v0.0.35, v0.0.77"));
  EXPECT_TRUE(absl::IsInternal(Choose("<html>").status()));
}

}  // namespace
}  // namespace smon::slurm
