#include "client/doctor_checks.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/tls_files.h"

namespace smon::client {
namespace {

using ::testing::HasSubstr;
using Diagnosed = v1::Diagnosis;

const absl::Time kNow = absl::Now();

class DoctorFilesTest : public ::testing::Test {
 protected:
  DoctorFilesTest() {
    char folder[] = "/tmp/doctor_test.XXXXXX";  // short, for a socket
    EXPECT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  ~DoctorFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Certificate(int valid_days) {
    const std::string path = folder_ + "/cert.pem";
    WriteFile(path, MakeCertificate("me", nullptr, valid_days).certificate);
    return path;
  }

  std::string folder_;
};

TEST(DoctorChecksTest, DifferentVersionsAreAWarning) {
  EXPECT_EQ(CheckVersions("1.0.0", "1.0.0").level(), Diagnosed::OK);
  const Finding finding = CheckVersions("1.0.0", "1.1.0");
  EXPECT_EQ(finding.level(), Diagnosed::WARNING);
  EXPECT_EQ(finding.text(), "smonctl 1.0.0, smonsvc 1.1.0");
}

TEST(DoctorChecksTest, AClockThatDiffersIsAWarning) {
  const absl::Time answered = kNow + absl::Seconds(1);
  for (int seconds : {-4, 0, 1, 5}) {
    EXPECT_EQ(CheckClock(kNow, kNow + absl::Seconds(seconds), answered, "UTC")
                  .level(),
              Diagnosed::OK)
        << seconds;
  }
  EXPECT_THAT(
      CheckClock(kNow, kNow + absl::Seconds(61), answered, "UTC").text(),
      HasSubstr("is 1m ahead of the one here"));
  const Finding behind =
      CheckClock(kNow, kNow - absl::Seconds(10), answered, "UTC");
  EXPECT_EQ(behind.level(), Diagnosed::WARNING);
  EXPECT_THAT(behind.text(), HasSubstr("is 10s behind the one here"));
  EXPECT_THAT(CheckClock(kNow, kNow, answered, "CET (+0100)").text(),
              HasSubstr("CET (+0100) there"));
}

TEST_F(DoctorFilesTest, NoFilesAreNothingToCheck) {
  EXPECT_TRUE(CheckCredentials({}, kNow).empty());
}

TEST_F(DoctorFilesTest, ASecretThatOthersMayReadIsAWarning) {
  CredentialFiles files;
  files.token = folder_ + "/token";
  EXPECT_EQ(CheckCredentials(files, kNow).at(0).level(), Diagnosed::FAILURE);
  std::ofstream(files.token) << "t";
  chmod(files.token.c_str(), 0600);
  EXPECT_EQ(CheckCredentials(files, kNow).at(0).level(), Diagnosed::OK);
  chmod(files.token.c_str(), 0640);
  const Finding finding = CheckCredentials(files, kNow).at(0);
  EXPECT_EQ(finding.level(), Diagnosed::WARNING);
  EXPECT_EQ(finding.mend(), "chmod 600 " + files.token);
}

TEST_F(DoctorFilesTest, ACertificateThatExpiresSoonIsAWarningThenAFailure) {
  CredentialFiles files;
  files.tls_cert = Certificate(/*valid_days=*/40);
  EXPECT_EQ(CheckCredentials(files, kNow).at(0).level(), Diagnosed::OK);
  const absl::Time later = kNow + absl::Hours(24 * 15);
  EXPECT_EQ(CheckCredentials(files, later).at(0).level(), Diagnosed::WARNING);
  EXPECT_EQ(CheckCredentials(files, kNow + absl::Hours(24 * 41)).at(0).level(),
            Diagnosed::FAILURE);
  std::ofstream(files.tls_cert) << "no certificate";
  EXPECT_EQ(CheckCredentials(files, kNow).at(0).level(), Diagnosed::FAILURE);
}

TEST_F(DoctorFilesTest, MungeIsThereWhenSomebodyListens) {
  const std::string path = folder_ + "/munge";
  const Finding absent = CheckMunge(path, /*slurm_answers=*/false);
  EXPECT_EQ(absent.level(), Diagnosed::WARNING);
  EXPECT_THAT(absent.text(), HasSubstr("No such file"));
  EXPECT_THAT(absent.mend(), HasSubstr("munge.key"));
  EXPECT_EQ(CheckMunge(path, /*slurm_answers=*/true).level(), Diagnosed::OK);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  EXPECT_EQ(CheckMunge(path, /*slurm_answers=*/false).level(),
            Diagnosed::WARNING);  // nobody listens
  ASSERT_EQ(listen(fd, 1), 0);
  EXPECT_EQ(CheckMunge(path, /*slurm_answers=*/false).level(), Diagnosed::OK);
  close(fd);
}

TEST_F(DoctorFilesTest, LogsThatCannotBeOpenedAreAWarningWithTheFirst) {
  const std::string good = folder_ + "/a.out";
  std::ofstream(good) << "log";
  EXPECT_EQ(CheckLogs({}, absl::Seconds(5)).level(), Diagnosed::OK);
  EXPECT_EQ(CheckLogs({good}, absl::Seconds(5)).level(), Diagnosed::OK);
  const Finding finding =
      CheckLogs({good, folder_ + "/b", folder_ + "/c"}, absl::Seconds(5));
  EXPECT_EQ(finding.level(), Diagnosed::WARNING);
  EXPECT_EQ(finding.text(), "1 of the last 3 logs can be read by this user; " +
                                folder_ + "/b: No such file or directory");
}

}  // namespace
}  // namespace smon::client
