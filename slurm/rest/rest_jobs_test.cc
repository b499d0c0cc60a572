#include "slurm/rest/rest_jobs.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/log_path.h"
#include "slurm/rest/test_source.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RestJobs Read(const std::string& text, int api_version,
              const JobSelection& selection = {}) {
  TestSource source(text, 1000);
  auto jobs = ReadRestJobs(&source, api_version, selection, Everything);
  EXPECT_TRUE(jobs.ok()) << jobs.status();
  return *std::move(jobs);
}

std::map<std::string, JobRecord> Seen() {
  return ByJobId(Read(ReadRestTestData("jobs_v0.0.38.json"), 38).snapshot.jobs);
}

std::map<std::string, JobRecord> Documented() {
  return ByJobId(Read(ReadRestTestData("jobs_v0.0.41.json"), 41).snapshot.jobs);
}

std::string Exit(const JobRecord& job) {
  if (!job.exit_status.has_value()) return "none";
  return absl::StrCat(job.exit_status->code, ":", job.exit_status->signal);
}

std::string PathOf(const JobRecord& job) {
  return ResolveLogPath(job, nullptr, "", "22.05.8").path;
}

TEST(RestJobsTest, ReadsEveryKindOfJobOfARealAnswer) {
  const RestJobs read = Read(ReadRestTestData("jobs_v0.0.38.json"), 38);
  EXPECT_EQ(read.answer.release, "22.05.8");
  EXPECT_EQ(read.cluster, "test");
  EXPECT_EQ(read.snapshot.records, 18);
  EXPECT_EQ(read.snapshot.skipped_summaries, 1);
  EXPECT_THAT(read.snapshot.waiting_arrays, ElementsAre(11));
  EXPECT_EQ(read.snapshot.malformed_records, 0);

  const auto jobs = Seen();
  EXPECT_EQ(jobs.at("1").state, JobState::kCompleted);
  EXPECT_EQ(Exit(jobs.at("1")), "0:0");
  EXPECT_EQ(Exit(jobs.at("2")), "1:0");
  EXPECT_EQ(Exit(jobs.at("3")), "200:0");
  EXPECT_EQ(Exit(jobs.at("4")), "0:9");
  EXPECT_EQ(Exit(jobs.at("9")), "0:15");
  EXPECT_EQ(Exit(jobs.at("14")), "0:53");
  EXPECT_EQ(Exit(jobs.at("10")), "none");
  EXPECT_EQ(jobs.at("5_0").raw_id, 16);
  EXPECT_EQ(jobs.at("5_2").raw_id, 5);
  EXPECT_EQ(jobs.at("5_2").array_job_id, 5);
  EXPECT_EQ(jobs.at("7+1").raw_id, 8);
  EXPECT_EQ(jobs.at("7+1").het_job_id, 7);
  EXPECT_EQ(jobs.at("1").user, "root");
  EXPECT_EQ(jobs.at("1").partition, "batch");
  EXPECT_EQ(jobs.at("2").reason, "NonZeroExitCode");
  EXPECT_EQ(jobs.at("1").reason, "");
  EXPECT_EQ(jobs.at("1").restart_count, 0);
  EXPECT_EQ(jobs.at("1").submit_time, absl::FromUnixSeconds(1795391791));
  EXPECT_NE(jobs.at("1").print, 0);
}

TEST(RestJobsTest, FindsTheLogsOfARealAnswer) {
  const auto jobs = Seen();
  EXPECT_EQ(PathOf(jobs.at("1")), "/work/dir/slurm-1.out");
  EXPECT_EQ(PathOf(jobs.at("5_0")), "/work/dir/slurm-5_0.out");
  EXPECT_EQ(PathOf(jobs.at("6_5")), "/work/dir/p_6_5.out");
  EXPECT_EQ(PathOf(jobs.at("7+0")), "/work/dir/slurm-7.out");
  EXPECT_EQ(jobs.at("14").stdout_pattern, "/nonexistent/x");
  EXPECT_EQ(PathOf(jobs.at("14")), "") << "it could not be opened";
  EXPECT_EQ(PathOf(jobs.at("12")), "");
  const LogPath interactive =
      ResolveLogPath(jobs.at("15"), nullptr, "", "22.05.8");
  EXPECT_EQ(interactive.problem, LogPathProblem::kNoLog);
  EXPECT_THAT(interactive.error, HasSubstr("srun or salloc"));
}

TEST(RestJobsTest, AJobCancelledWhileItWaitedNeverStarted) {
  const JobRecord job = Seen().at("18");
  EXPECT_EQ(job.state, JobState::kCancelled);
  EXPECT_FALSE(job.start_time.has_value());
  EXPECT_TRUE(job.end_time.has_value());
}

TEST(RestJobsTest, HostileNamesAreKeptByteForByte) {
  const auto jobs = Seen();
  EXPECT_EQ(jobs.at("13").name, "bad\xff\xfename \"q\" \\ \n x");
  EXPECT_EQ(jobs.at("19").name, "x\",\"job_state\":\"FAILED");
  EXPECT_EQ(jobs.at("19").state, JobState::kCompleted);
  EXPECT_EQ(jobs.at("19").work_dir, "/work/dir/d\xff");
}

TEST(RestJobsTest, ReadsTheObjectsOfNewerVersions) {
  const RestJobs read = Read(ReadRestTestData("jobs_v0.0.41.json"), 41);
  EXPECT_EQ(read.answer.release, "24.05.0");
  EXPECT_EQ(read.answer.cluster, "big");
  EXPECT_THAT(read.snapshot.waiting_arrays, ElementsAre(6));
  EXPECT_EQ(read.snapshot.malformed_records, 0);
  const auto jobs = Documented();
  EXPECT_EQ(Exit(jobs.at("1")), "0:0");
  EXPECT_EQ(Exit(jobs.at("2")), "200:0");
  EXPECT_EQ(Exit(jobs.at("3")), "0:9");
  EXPECT_EQ(jobs.at("4").state, JobState::kCompleting);
  EXPECT_EQ(jobs.at("5").state, JobState::kPending);
  EXPECT_FALSE(jobs.at("5").start_time.has_value());
  EXPECT_EQ(jobs.at("6_3").raw_id, 8);
  EXPECT_EQ(jobs.at("9+0").raw_id, 9);
  EXPECT_EQ(jobs.at("9+1").raw_id, 10);
  EXPECT_EQ(jobs.at("16").state, JobState::kPending);
  EXPECT_EQ(jobs.at("16").state_text, "REQUEUED");
  EXPECT_EQ(jobs.at("1").end_time, absl::FromUnixSeconds(1700000099));
}

TEST(RestJobsTest, AnExpandedPathIsTakenOnlyWhereNothingIsLeftToExpand) {
  const auto jobs = Documented();
  EXPECT_EQ(PathOf(jobs.at("1")), "/home/ann/slurm-1.out");
  EXPECT_EQ(PathOf(jobs.at("2")), "/home/ann/train-2.log");
  EXPECT_EQ(PathOf(jobs.at("6_3")), "/home/ann/slurm-6_3.out");
  EXPECT_EQ(jobs.at("11").stdout_pattern, "");
  EXPECT_EQ(jobs.at("12").stdout_pattern, "");
  EXPECT_EQ(PathOf(jobs.at("13")), "/odd%j/slurm-13.out");
  EXPECT_EQ(jobs.at("14").is_batch, false);
}

TEST(RestJobsTest, FromVersion43OnItIsThePatternAgain) {
  const auto jobs =
      ByJobId(Read(ReadRestTestData("jobs_v0.0.43.json"), 43).snapshot.jobs);
  EXPECT_EQ(PathOf(jobs.at("1")), "/home/ann/train-1.log");
  EXPECT_EQ(PathOf(jobs.at("2")), "/home/ann/slurm-2.out");
}

TEST(RestJobsTest, SelectsByPartitionAndUser) {
  const std::string text = ReadRestTestData("jobs_v0.0.41.json");
  EXPECT_EQ(Read(text, 41, {{"cpu"}, ""}).snapshot.records, 1);
  EXPECT_EQ(Read(text, 41, {{"gp"}, ""}).snapshot.records, 0);
  EXPECT_EQ(Read(text, 41, {{"gpu"}, "ann"}).snapshot.records, 14);
  EXPECT_EQ(Read(text, 41, {{}, "an"}).snapshot.records, 0);
}

TEST(RestJobsTest, WhatIsNoNewsIsCountedOnly) {
  TestSource source(ReadRestTestData("jobs_v0.0.38.json"));
  const auto jobs = ReadRestJobs(
      &source, 38, {}, [](const RecordHead& head) { return head.raw_id == 4; });
  ASSERT_TRUE(jobs.ok());
  EXPECT_EQ(jobs->snapshot.records, 18);
  ASSERT_EQ(jobs->snapshot.jobs.size(), 1);
  EXPECT_EQ(jobs->snapshot.jobs[0].job_id, "4");
}

TEST(RestJobsTest, EstimatesOfAWaitingJobAreNoNews) {
  const auto print = [](const std::string& state, int start) {
    return Read(absl::StrCat(R"({"jobs":[{"job_id":1,"submit_time":5,)",
                             R"("job_state":")", state, R"(","start_time":)",
                             start, "}]}"),
                38)
        .snapshot.jobs[0]
        .print;
  };
  EXPECT_EQ(print("PENDING", 7), print("PENDING", 8));
  EXPECT_NE(print("RUNNING", 7), print("RUNNING", 8));
  EXPECT_NE(print("PENDING", 7), print("RUNNING", 7));
}

TEST(RestJobsTest, WhatCannotBeReadIsQuarantined) {
  const RestJobs read = Read(
      R"({"jobs":[{"job_id":1},{"job_id":-3,"submit_time":5},
          {"job_id":99999999999999999999,"submit_time":5},
          {"job_id":2,"submit_time":5,"name":"a\u0000b"},
          {"submit_time":5},
          {"job_id":3,"submit_time":5,"het_job_id":1,"het_job_offset":null},
          {"job_id":4,"submit_time":5,"job_state":"RUNNING"}]})",
      38);
  EXPECT_EQ(read.snapshot.malformed_records, 6);
  ASSERT_EQ(read.snapshot.jobs.size(), 1);
  EXPECT_EQ(read.snapshot.jobs[0].job_id, "4");
}

}  // namespace
}  // namespace smon::slurm
