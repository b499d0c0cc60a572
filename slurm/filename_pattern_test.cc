#include "slurm/filename_pattern.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

PatternValues ArrayTask() {
  PatternValues values;
  values.job_id = 23;
  values.array_job_id = 6;
  values.array_task_id = 1;
  values.host = "vm";
  values.user = "root";
  values.job_name = "arrpat";
  values.has_modulo_pattern = false;
  return values;
}

PatternValues PlainJob() {
  PatternValues values = ArrayTask();
  values.job_id = 7;
  values.array_job_id = 7;
  values.array_task_id = kNoArrayTask;
  values.job_name = "pat";
  return values;
}

std::string Expand(absl::string_view pattern, const PatternValues& values) {
  const auto path = ExpandFilenamePattern(pattern, values);
  return path.ok() ? *path : std::string(path.status().message());
}

// The patterns below and the names of the files were seen on Slurm 22.05.8.

TEST(FilenamePattern, EveryLetterOfAnArrayTask) {
  EXPECT_EQ(
      Expand("p_%A_%4a_%x_%j_%N_%u_%s_%n_%t_%J_%b_%%_%q_%3j_%", ArrayTask()),
      "p_6_0001_arrpat_23_vm_root_batch_0_0_23_%b_%_%q_023_%");
}

TEST(FilenamePattern, EveryLetterOfAPlainJob) {
  EXPECT_EQ(
      Expand("q_%A_%4a_%x_%12j_%N_%u_%s_%n_%t_%J_%b_%%_%q_%3j_%20j_%0j_%5x_%3%_"
             "%05j_%",
             PlainJob()),
      "q_7_4294967294_pat_0000000007_vm_root_batch_0_0_7_%b_%_%q_007_"
      "0000000007_"
      "7_pat_3%_00007_%");
}

TEST(FilenamePattern, WidthsOfUnknownLettersAndOfText) {
  PatternValues values = PlainJob();
  values.job_id = 47;
  EXPECT_EQ(Expand("%5%j_%05%_%2N_%3u_%7s_%4t_%3n", values),
            "547_5%_vm_root_batch_0000_000");
}

TEST(FilenamePattern, PercentsOneAfterAnother) {
  PatternValues values = PlainJob();
  values.job_id = 46;
  EXPECT_EQ(Expand("%%j_%%%j_%5", values), "%j_%46_5");
  EXPECT_EQ(Expand("%%%%%%", values), "%%%");
}

TEST(FilenamePattern, AHugeWidthIsCappedAndASignIsNoWidth) {
  PatternValues values = PlainJob();
  values.job_id = 50;
  EXPECT_EQ(Expand("%99999999999999999999j_%010j_%x_%-3j_%+3j_% j", values),
            "0000000050_0000000050_pat_%-3j_%+3j_% j");
}

TEST(FilenamePattern, ABackslashStopsExpansionAndGoes) {
  EXPECT_EQ(Expand("/w/\\b_%j.out", PlainJob()), "/w/b_%j.out");
  EXPECT_EQ(Expand("/w/a\\b_%j.out", PlainJob()), "/w/ab_%j.out");
  EXPECT_EQ(Expand("/w/\\\\x\\y%j.out", PlainJob()), "/w/\\xy%j.out");
  EXPECT_EQ(Expand("/w/sub/\\%j.out", PlainJob()), "/w/sub/%j.out");
  EXPECT_EQ(Expand("/w/tr\\", PlainJob()), "/w/tr");
}

TEST(FilenamePattern, AJobNameIsNotExpandedAgain) {
  PatternValues values = PlainJob();
  values.job_name = "%j%x\\";
  EXPECT_EQ(Expand("x_%x_%u", values), "x_%j%x\\_root");
}

TEST(FilenamePattern, TheTaskModuloTenIsAPatternInNewerVersionsOnly) {
  PatternValues values = ArrayTask();
  values.array_task_id = 37;
  EXPECT_EQ(Expand("%b", values), "%b");
  values.has_modulo_pattern = true;
  EXPECT_EQ(Expand("%b_%3b", values), "7_007");
  values.has_modulo_pattern.reset();
  EXPECT_THAT(Expand("%b", values), HasSubstr("'%b' in '%b' cannot be told"));
}

TEST(FilenamePattern, APatternThatNeedsAnAbsentValueIsAnError) {
  const PatternValues none;
  for (const char* pattern :
       {"%A", "%a", "%j", "%J", "%N", "%u", "%x", "%3j"}) {
    EXPECT_EQ(ExpandFilenamePattern(pattern, none).status().code(),
              absl::StatusCode::kInvalidArgument)
        << pattern;
  }
  EXPECT_EQ(Expand("/log/%%j.%n", none), "/log/%j.0");
}

}  // namespace
}  // namespace smon::slurm
