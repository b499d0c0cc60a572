#include "slurm/rest/rest_accounting.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/rest/test_source.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::map<std::string, JobRecord> Read(const std::string& file, int api) {
  TestSource source(ReadRestTestData(file), 777);
  auto jobs = ReadRestAccounting(&source, api, {}, Everything);
  EXPECT_TRUE(jobs.ok()) << jobs.status();
  EXPECT_EQ(jobs->snapshot.malformed_records, 0);
  return ByJobId(jobs->snapshot.jobs);
}

std::string Exit(const JobRecord& job) {
  if (!job.exit_status.has_value()) return "none";
  return absl::StrCat(job.exit_status->code, ":", job.exit_status->signal);
}

TEST(RestAccountingTest, AWrongExitCodeIsNotTold) {
  const auto jobs = Read("accounting_v0.0.38.json", 38);
  EXPECT_EQ(Exit(jobs.at("1")), "0:0");
  EXPECT_EQ(jobs.at("2").state, JobState::kFailed);
  EXPECT_EQ(Exit(jobs.at("2")), "none") << "22.05 says 0; it was 1";
  EXPECT_EQ(Exit(jobs.at("3")), "none");
  EXPECT_EQ(Exit(jobs.at("4")), "0:9");
  EXPECT_EQ(Exit(jobs.at("14")), "0:53");
}

TEST(RestAccountingTest, ReadsIdsTimesAndTextsOfARealAnswer) {
  const auto jobs = Read("accounting_v0.0.38.json", 38);
  EXPECT_EQ(jobs.at("5_2").raw_id, 5);
  EXPECT_EQ(jobs.at("5_0").raw_id, 16);
  EXPECT_EQ(jobs.at("7+0").raw_id, 7);
  EXPECT_EQ(jobs.at("7+1").raw_id, 8);
  EXPECT_EQ(jobs.at("1").batch_host, "n1");
  EXPECT_EQ(jobs.at("1").work_dir, "/work/dir");
  EXPECT_EQ(jobs.at("13").name, "bad??name `q` \\ \n x");
  EXPECT_FALSE(jobs.at("1").is_batch.has_value());
  EXPECT_TRUE(jobs.at("1").from_accounting);
  EXPECT_EQ(jobs.at("1").end_time, absl::FromUnixSeconds(1795391791));
}

TEST(RestAccountingTest, ReadsNewerVersions) {
  const auto jobs = Read("accounting_v0.0.41.json", 41);
  EXPECT_EQ(jobs.size(), 4) << "neither a running job nor an unfinished row";
  EXPECT_EQ(Exit(jobs.at("2")), "7:0");
  EXPECT_EQ(jobs.at("1").submit_line, "sbatch -o %j.log t.sh");
  EXPECT_EQ(jobs.at("1").stdout_pattern, "/home/ann/%j.log");
  EXPECT_EQ(jobs.at("1").is_batch, true);
  EXPECT_EQ(jobs.at("1").batch_host, "node1");
  EXPECT_EQ(jobs.at("3_0").is_batch, false);
  EXPECT_EQ(jobs.at("5+1").raw_id, 6);
  EXPECT_FALSE(jobs.at("5+1").start_time.has_value());
}

TEST(RestAccountingTest, AsksForAWindowInEpochSeconds) {
  const absl::Time since = absl::FromUnixSeconds(1795391791);
  const std::string v38 = RestAccountingTarget(38, {{"a", "b&c"}, "ann"}, since,
                                               absl::InfiniteFuture());
  EXPECT_THAT(v38, HasSubstr("/slurmdb/v0.0.38/jobs?start_time=uts1795391791"
                             "&end_time=now&skip_steps=true&state=BOOT_FAIL"
                             "%2CCANCELLED%2C"));
  EXPECT_THAT(v38, HasSubstr("&partition=a%2Cb%26c"));
  EXPECT_THAT(v38, Not(HasSubstr("show_duplicates")));
  EXPECT_THAT(v38, Not(HasSubstr("ann"))) << "22.05 knows no such parameter";
  EXPECT_THAT(RestAccountingTarget(37, {}, since, absl::InfiniteFuture()),
              HasSubstr("&state=9%2C4%2C"));
  const std::string v41 = RestAccountingTarget(41, {}, absl::InfinitePast(),
                                               since + absl::Seconds(5));
  EXPECT_THAT(v41, HasSubstr("start_time=uts86400&end_time=uts1795391796&"));
  EXPECT_THAT(v41, HasSubstr("show_duplicates=true"));
}

TEST(RestAccountingTest, ReadsStoredScriptsByDisplayedId) {
  TestSource source(ReadRestTestData("accounting_v0.0.41.json"));
  const auto scripts = ReadRestScripts(&source);
  ASSERT_TRUE(scripts.ok());
  EXPECT_THAT(scripts->scripts,
              ElementsAre(Pair("5+1", "#!/bin/sh\necho hi\n")));
  EXPECT_EQ(RestScriptsTarget(38, {"1"}), "");
  EXPECT_THAT(RestScriptsTarget(41, {"1", "5_2", "7+1"}),
              HasSubstr("step=1%2C5_2%2C7%2B1"));
}

}  // namespace
}  // namespace smon::slurm
