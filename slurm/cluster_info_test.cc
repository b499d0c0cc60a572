#include "slurm/cluster_info.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

// As scontrol 22.05.8 prints it.
constexpr char kConfig[] =
    "Configuration data as of 2026-11-22T20:58:44\n"
    "AccountingStorageType   = accounting_storage/slurmdbd\n"
    "AccountingStoreFlags    = job_comment,job_env,job_script\n"
    "ClusterName             = proof\n"
    "MinJobAge               = 20 sec\n"
    "PrivateData             = jobs,usage\n"
    "SlurmUser               = slurm(64030)\n"
    "SLURM_VERSION           = 22.05.8\n"
    "\n"
    "Slurmctld(primary) at vm is UP\n";

TEST(ClusterInfo, IsReadFromTheConfig) {
  const auto info = ParseClusterInfo(kConfig);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->name, "proof");
  EXPECT_EQ(info->version, "22.05.8");
  EXPECT_EQ(info->min_job_age, absl::Seconds(20));
  EXPECT_TRUE(info->has_accounting);
  EXPECT_EQ(info->private_data, "jobs,usage");
  EXPECT_EQ(info->slurm_user, "slurm");
}

TEST(ClusterInfo, AClusterWithoutAccounting) {
  for (const char* type : {"accounting_storage/none", "(null)", ""}) {
    const auto info = ParseClusterInfo(
        absl::StrCat("ClusterName = x\nAccountingStorageType = ", type, "\n"));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_FALSE(info->has_accounting) << type;
  }
}

TEST(ClusterInfo, AnImpossibleMinJobAgeIsIgnored) {
  for (const char* age : {"-5 sec", "99999999999 sec", "x", ""}) {
    const auto info = ParseClusterInfo(
        absl::StrCat("ClusterName = x\nMinJobAge = ", age, "\n"));
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->min_job_age, absl::ZeroDuration()) << age;
  }
}

TEST(ClusterInfo, AnythingElseIsAnError) {
  EXPECT_EQ(ParseClusterInfo("").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ParseClusterInfo("MinJobAge = x\n").status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace smon::slurm
