#include "slurm/log_path.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

constexpr char kVersion[] = "22.05.8";

// As squeue gives it.
JobRecord Plain() {
  JobRecord job;
  job.job_id = "76";
  job.raw_id = 76;
  job.state = JobState::kCompleted;
  job.submit_time = absl::FromUnixSeconds(1795381150);
  job.start_time = absl::FromUnixSeconds(1795381151);
  job.end_time = absl::FromUnixSeconds(1795381152);
  job.name = "train";
  job.user = "alice";
  job.partition = "batch";
  job.work_dir = "/home/alice";
  job.is_batch = true;
  job.batch_host = "n1.cluster";
  job.stdout_pattern = "/home/alice/slurm-76.out";
  return job;
}

JobRecord Task() {
  JobRecord job = Plain();
  job.job_id = "31_2";
  job.raw_id = 110;
  job.array_job_id = 31;
  job.array_task_id = 2;
  job.stdout_pattern = "/home/alice/slurm-110.out";
  return job;
}

// As sacct without the StdOut field gives it.
JobRecord Accounted(const std::string& submit_line) {
  JobRecord job = Plain();
  job.stdout_pattern = "";
  job.submit_line = submit_line;
  job.from_accounting = true;
  return job;
}

LogPath Resolve(const JobRecord& job, absl::string_view script = "") {
  return ResolveLogPath(job, nullptr, script, kVersion);
}

// The path, or the error.
std::string Path(const JobRecord& job, absl::string_view script = "") {
  const LogPath log = Resolve(job, script);
  EXPECT_EQ(log.path.empty(), log.problem != LogPathProblem::kNoProblem);
  EXPECT_EQ(log.path.empty(), log.source == LogPathSource::kNone);
  EXPECT_EQ(log.path.empty(), !log.error.empty());
  return log.path.empty() ? log.error : log.path;
}

TEST(LogPath, SqueuesDefaultOfAPlainJobIsRight) {
  EXPECT_EQ(Path(Plain()), "/home/alice/slurm-76.out");
  EXPECT_EQ(Resolve(Plain()).source, LogPathSource::kSqueue);
}

TEST(LogPath, SqueuesDefaultOfAnArrayTaskIsCorrected) {
  EXPECT_EQ(Path(Task()), "/home/alice/slurm-31_2.out");
}

TEST(LogPath, TheDefaultsFolderIsNotExpandedButAGivenPatternsIs) {
  JobRecord job = Task();
  job.work_dir = "/home/we%jird\\x";
  job.stdout_pattern = "/home/we%jird\\x/slurm-110.out";
  EXPECT_EQ(Path(job), "/home/we%jird\\x/slurm-31_2.out");
  job.work_dir = "/home/we%jird";
  job.stdout_pattern = "/home/we%jird/x_%j";
  EXPECT_EQ(Path(job), "/home/we110ird/x_110");
}

TEST(LogPath, APatternIsExpandedWithTheJobsValues) {
  JobRecord job = Task();
  job.stdout_pattern = "/log/%A_%4a_%j_%u_%N_%x.out";
  EXPECT_EQ(Path(job), "/log/31_0002_110_alice_n1_train.out");
  job = Plain();
  job.stdout_pattern = "/log/%A_%a_%j";
  EXPECT_EQ(Path(job), "/log/76_4294967294_76");
}

TEST(LogPath, AnUnknownValueIsUnresolvedAndNamed) {
  JobRecord job = Plain();
  job.state = JobState::kFinished;
  job.batch_host = "";
  job.stdout_pattern = "/log/%N.out";
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kUnresolved);
  EXPECT_THAT(Path(job), HasSubstr("'%N' in '/log/%N.out'"));
  job.user = "10007";  // no name for this number here
  job.stdout_pattern = "/log/%u.out";
  EXPECT_THAT(Path(job), HasSubstr("'%u'"));
}

TEST(LogPath, WhatTheModuloPatternMeansDependsOnTheVersion) {
  JobRecord job = Task();
  job.array_task_id = 37;
  job.stdout_pattern = "/log/%b";
  EXPECT_EQ(ResolveLogPath(job, nullptr, "", "22.05.8").path, "/log/%b");
  EXPECT_EQ(ResolveLogPath(job, nullptr, "", "23.02.0").path, "/log/7");
  EXPECT_EQ(ResolveLogPath(job, nullptr, "", "25.05.1").path, "/log/7");
  EXPECT_EQ(ResolveLogPath(job, nullptr, "", "").problem,
            LogPathProblem::kUnresolved);
}

TEST(LogPath, AJobOfSrunOrSallocHasNoLog) {
  JobRecord job = Plain();
  job.is_batch = false;
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog);
  EXPECT_THAT(Path(job), HasSubstr("srun or salloc"));
}

TEST(LogPath, AJobThatNeverStartedHasNoLog) {
  JobRecord job = Plain();
  job.state = JobState::kCancelled;
  job.start_time.reset();
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog);
  EXPECT_THAT(Path(job), HasSubstr("before it started"));
}

TEST(LogPath, ARunThatWasRequeuedOrPreemptedDidRun) {
  JobRecord job = Plain();
  job.start_time.reset();
  for (const JobState state : {JobState::kRequeued, JobState::kPreempted}) {
    job.state = state;
    EXPECT_EQ(Path(job), "/home/alice/slurm-76.out");
  }
}

TEST(LogPath, AVanishedJobThatWasLastSeenWaitingMayHaveALog) {
  JobRecord job = Plain();
  job.state = JobState::kFinished;
  job.start_time.reset();
  EXPECT_EQ(Path(job), "/home/alice/slurm-76.out");
}

TEST(LogPath, AJobWhoseOutputCouldNotBeOpenedHasNoLog) {
  JobRecord job = Plain();
  job.output_failed = true;
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog);
  EXPECT_THAT(Path(job), HasSubstr("could not open"));
}

TEST(LogPath, TheNameOfAScriptFromStandardInputIsNotInItsPath) {
  JobRecord job = Plain();
  job.name = "sbatch";
  EXPECT_EQ(Path(job), "/home/alice/slurm-76.out");
  job.stdout_pattern = "/log/%x.out";
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kUnresolved);
}

TEST(LogPath, TasksWithOneFileShareIt) {
  JobRecord task = Task();
  EXPECT_FALSE(Resolve(task).shared_by_array);
  task.stdout_pattern = "/log/all-%A.out";
  EXPECT_TRUE(Resolve(task).shared_by_array);
  for (const char* pattern : {"/log/%a.out", "/log/%4a.out", "/log/%j.out"}) {
    task.stdout_pattern = pattern;
    EXPECT_FALSE(Resolve(task).shared_by_array) << pattern;
  }
  JobRecord plain = Plain();
  plain.stdout_pattern = "/log/all.out";
  EXPECT_FALSE(Resolve(plain).shared_by_array);
}

TEST(LogPath, DevNullAndFoldersAreNoLogs) {
  JobRecord job = Plain();
  job.stdout_pattern = "/dev/null";
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog);
  job.stdout_pattern = "/home/alice/";
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog);
}

TEST(LogPath, NorAreDevices) {
  JobRecord job = Plain();
  for (const char* device : {"/dev//null", "/dev/./null", "/dev/stdout",
                             "/dev/fd/1", "//proc/self/fd/1"}) {
    job.stdout_pattern = device;
    EXPECT_EQ(Resolve(job).problem, LogPathProblem::kNoLog) << device;
  }
  for (const char* file :
       {"/dev/shm/job.out", "/device/job.out", "/dev/../job.out"}) {
    job.stdout_pattern = file;
    EXPECT_EQ(Path(job), file);
  }
}

TEST(LogPath, APathThatIsNotUtf8IsUnresolved) {
  JobRecord job = Plain();
  job.stdout_pattern = "/log/bad\xff.out";
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kUnresolved);
  EXPECT_THAT(Path(job), HasSubstr("JSON cannot carry it"));
}

TEST(LogPath, APathWithANulIsUnresolved) {
  JobRecord job = Plain();
  job.stdout_pattern = std::string("/log/a\0b.out", 12);
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kUnresolved);
  EXPECT_THAT(Path(job), HasSubstr("holds a NUL"));
}

TEST(LogPath, AHetComponentSharesTheLogOfTheFirst) {
  JobRecord leader = Plain();
  leader.job_id = "76+0";
  leader.het_job_id = 76;
  leader.het_offset = 0;
  leader.stdout_pattern = "/log/het_%j_%x.out";
  JobRecord component = Plain();
  component.job_id = "76+1";
  component.raw_id = 77;
  component.name = "other";
  component.het_job_id = 76;
  component.het_offset = 1;
  component.stdout_pattern = "/log/another_%j.out";
  EXPECT_EQ(Path(leader), "/log/het_76_train.out");
  EXPECT_EQ(ResolveLogPath(component, &leader, "", kVersion).path,
            "/log/het_76_train.out");
  EXPECT_EQ(Resolve(component).problem, LogPathProblem::kUnresolved);
  EXPECT_THAT(Path(component), HasSubstr("the log of 76+0"));
}

TEST(LogPath, TheStdOutFieldOfAccountingIsExpanded) {
  JobRecord job = Accounted("sbatch t.sh");
  job.stdout_pattern = "/log/%j_%x.out";
  EXPECT_EQ(Path(job), "/log/76_train.out");
  EXPECT_EQ(Resolve(job).source, LogPathSource::kSacct);
}

TEST(LogPath, FromAccountingTheSubmitLineComesFirst) {
  const JobRecord job = Accounted("sbatch -o logs/%j.out train");
  EXPECT_EQ(Path(job, "#!/bin/sh\n#SBATCH -o other\n"),
            "/home/alice/logs/76.out");
  EXPECT_EQ(Resolve(job).source, LogPathSource::kSubmitLine);
}

TEST(LogPath, ThenTheStoredScript) {
  const JobRecord job = Accounted("sbatch train");
  const std::string script = "#!/bin/sh\n#SBATCH -o /log/%x.out\ntrue\n";
  EXPECT_EQ(Path(job, script), "/log/train.out");
  EXPECT_EQ(Resolve(job, script).source, LogPathSource::kBatchScript);
}

TEST(LogPath, ThenTheDefaultWhereItIsCertain) {
  EXPECT_EQ(Path(Accounted("sbatch train"), "#!/bin/sh\ntrue\n"),
            "/home/alice/slurm-76.out");
  JobRecord job = Accounted("sbatch --wrap=sleep 5");
  EXPECT_EQ(Path(job), "/home/alice/slurm-76.out");
  EXPECT_EQ(Resolve(job).source, LogPathSource::kDefault);
  job.array_job_id = 31;
  job.array_task_id = 2;
  EXPECT_EQ(Path(job), "/home/alice/slurm-31_2.out");
}

TEST(LogPath, OtherwiseTheErrorSaysWhatWouldHelp) {
  EXPECT_THAT(Path(Accounted("sbatch train")),
              HasSubstr("AccountingStoreFlags=job_script"));
  EXPECT_THAT(Path(Accounted("")), HasSubstr("neither"));
  EXPECT_THAT(Path(Accounted("sbatch -J x -o y train")),
              HasSubstr("several ways"));
  EXPECT_THAT(Path(Accounted("sbatch train"), "#SBATCH -o 'open\n"),
              HasSubstr("ambiguous"));
}

TEST(LogPath, NoneIsDevNull) {
  EXPECT_EQ(Resolve(Accounted("sbatch -o none train")).problem,
            LogPathProblem::kNoLog);
}

TEST(LogPath, TextThatAccountingMayHaveAlteredIsNotTrusted) {
  JobRecord job = Accounted("sbatch -o /log/%x.out --wrap=true");
  job.name = "bad??name";
  EXPECT_THAT(Path(job), HasSubstr("'%x'"));
  job.name = "allocation";
  EXPECT_THAT(Path(job), HasSubstr("'%x'"));
  EXPECT_THAT(Path(Accounted("sbatch -o bad?%j.out train")),
              HasSubstr("has a '?'"));
  // squeue alters nothing.
  job = Plain();
  job.name = "bad??name";
  job.stdout_pattern = "/log/%x?.out";
  EXPECT_EQ(Path(job), "/log/bad??name?.out");
}

TEST(LogPath, ARelativePathWithoutAFolderIsUnresolved) {
  JobRecord job = Accounted("sbatch -o x.out train");
  job.work_dir = "";
  // "/x.out" would be a guess.
  EXPECT_EQ(Resolve(job).problem, LogPathProblem::kUnresolved);
  job.submit_line = "sbatch -o /log/x.out train";
  EXPECT_EQ(Path(job), "/log/x.out");
}

}  // namespace
}  // namespace smon::slurm
