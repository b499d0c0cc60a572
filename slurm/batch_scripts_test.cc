#include "slurm/batch_scripts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr char kRule[] =
    "----------------------------------------------------------------------"
    "----------\n";

std::string Heading(const std::string& job_id) {
  return "Batch Script for " + job_id + "\n" + kRule;
}

TEST(BatchScriptsArgv, OneCallForAllJobs) {
  EXPECT_THAT(BatchScriptsArgv({"1", "5_2", "12+0"}),
              ElementsAre("sacct", "--batch-script", "-j", "1,5_2,12+0"));
}

// As sacct 22.05.8 prints them.
TEST(ParseBatchScripts, GivesEachJobItsScript) {
  const std::string output = Heading("1") + "#!/bin/sh\n\necho hi\n\n" +
                             Heading("12+0") + "#!/bin/bash\nsrun x\n\n" +
                             Heading("19") + "NONE\n\n" + Heading("5_2") +
                             "#!/bin/sh\ntrue\n\n";
  EXPECT_THAT(ParseBatchScripts(output, {"12+0", "1", "5_2", "19", "7"}),
              ElementsAre(Pair("1", "#!/bin/sh\n\necho hi\n"),
                          Pair("12+0", "#!/bin/bash\nsrun x\n"),
                          Pair("5_2", "#!/bin/sh\ntrue\n")));
}

TEST(ParseBatchScripts, AScriptWithoutANewlineAtItsEnd) {
  EXPECT_THAT(ParseBatchScripts(Heading("1") + "#!/bin/sh\ntrue\n", {"1"}),
              ElementsAre(Pair("1", "#!/bin/sh\ntrue")));
}

TEST(ParseBatchScripts, NothingIsNoScripts) {
  EXPECT_THAT(ParseBatchScripts("", {"1"}), IsEmpty());
  EXPECT_THAT(ParseBatchScripts("garbage\n", {"1"}), IsEmpty());
}

TEST(ParseBatchScripts, AHeadingOfAJobNotAskedForIsPartOfTheScript) {
  const std::string script = "#!/bin/sh\n" + Heading("99") + "true\n";
  EXPECT_THAT(ParseBatchScripts(Heading("1") + script + "\n", {"1"}),
              ElementsAre(Pair("1", script)));
}

TEST(ParseBatchScripts, AForgedHeadingCannotReplaceAnotherJobsScript) {
  const std::string output = Heading("1") + "#!/bin/sh\n" + Heading("2") +
                             "#SBATCH -o /home/victim/x\n\n" + Heading("2") +
                             "#!/bin/sh\ntrue\n\n";
  EXPECT_THAT(ParseBatchScripts(output, {"1", "2"}),
              ElementsAre(Pair("1", "#!/bin/sh")));
}

}  // namespace
}  // namespace smon::slurm
