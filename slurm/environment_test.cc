#include "slurm/environment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(SlurmEnvironment, SetsWhatOurParsersRelyOn) {
  EXPECT_THAT(SlurmEnvironment({}),
              ElementsAre("LC_ALL=C", "TZ=UTC", "SLURM_TIME_FORMAT=%s",
                          "SLURM_BITSTR_LEN=0"));
}

TEST(SlurmEnvironment, KeepsWhatReachesSlurmAndWhatHasNothingToDoWithIt) {
  EXPECT_THAT(SlurmEnvironment({"SLURM_CONF=/etc/s.conf", "SLURM_JWT=x",
                                "PATH=/bin", "HOME=/root", "EMPTY="}),
              ElementsAre("SLURM_CONF=/etc/s.conf", "SLURM_JWT=x", "PATH=/bin",
                          "HOME=/root", "EMPTY=", "LC_ALL=C", "TZ=UTC",
                          "SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=0"));
}

TEST(SlurmEnvironment, DropsEveryVariableThatChangesOutput) {
  for (const char* variable :
       {"SLURM_TIME_FORMAT=relative", "SLURM_CLUSTERS=other",
        "SLURM_BITSTR_LEN=64", "SQUEUE_FORMAT=%i", "SQUEUE_SORT=S",
        "SQUEUE_USERS=x", "SACCT_FORMAT=jobid", "SACCT_FEDERATION=1",
        "SINFO_PARTITION=debug", "SCONTROL_ALL=1", "LC_ALL=de_DE.UTF-8",
        "TZ=Asia/Tokyo", "POSIXLY_CORRECT=1", "SLURM_JOB_ID=7"}) {
    EXPECT_THAT(SlurmEnvironment({variable}), Not(Contains(variable)));
  }
}

}  // namespace
}  // namespace smon::slurm
