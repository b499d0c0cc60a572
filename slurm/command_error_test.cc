#include "slurm/command_error.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;

CommandResult Failed(const std::string& error_output) {
  CommandResult result;
  result.exit_code = 1;
  result.error_output = error_output;
  return result;
}

// What Slurm 22.05 printed when a part of it was away.
TEST(CommandError, AnyPartOfSlurmThatIsAwayIsUnavailable) {
  for (const char* printed :
       {"slurm_load_jobs error: Unable to contact slurm controller (connect "
        "failure)\n",
        "slurm_load_jobs error: Socket timed out on send/recv operation\n",
        "sacct: error: Sending PersistInit msg: Connection refused\n"
        "sacct: error: Problem talking to the database: Connection refused\n",
        "sacct: error: Problem talking to the database: Resource temporarily "
        "unavailable\n",
        "sacct: error: Problem talking to the database: Unable to connect to "
        "database\n",
        "squeue: error: Munge encode failed: Failed to access \"/munge\": No "
        "such file or directory (Did you start munged?)\n"
        "slurm_load_jobs error: Protocol authentication error\n",
        "sacct: error: s_p_parse_file: cannot stat file /nonexistent: No such "
        "file or directory, retrying in 1sec up to 60sec\n"
        "sacct: fatal: Unable to process configuration file\n",
        ""}) {
    EXPECT_EQ(CommandError("squeue", Failed(printed)).code(),
              absl::StatusCode::kUnavailable)
        << printed;
  }
}

TEST(CommandError, NoAccountingIsAFailedPrecondition) {
  EXPECT_EQ(
      CommandError("sacct", Failed("Slurm accounting storage is disabled\n"))
          .code(),
      absl::StatusCode::kFailedPrecondition);
}

TEST(CommandError, AnUnknownUserIsInvalidAlsoWhenTheCommandSucceeds) {
  CommandResult result;
  result.error_output = "squeue: error: Invalid user: nosuchuser\n";
  const absl::Status status = CommandError("squeue", result);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "squeue complained: squeue: error: Invalid user: nosuchuser");
  EXPECT_EQ(CommandError("sacct",
                         Failed("sacct: error: Invalid user id: nosuchuser\n"))
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CommandError, ArgumentsThatTheVersionDoesNotTakeAreInternal) {
  EXPECT_EQ(CommandError(
                "sacct",
                Failed("sacct: error: Invalid field requested: \"StdOut\"\n"))
                .code(),
            absl::StatusCode::kInternal);
  CommandResult result;
  result.error_output =
      "squeue: error: Invalid job format specification: nosuch\n";
  EXPECT_EQ(CommandError("squeue", result).code(), absl::StatusCode::kInternal);
}

TEST(CommandError, ACommandThatWorkedIsOkWhateverItWarnedOf) {
  CommandResult result;
  result.error_output = "squeue: warning: something\n";
  EXPECT_TRUE(CommandError("squeue", result).ok());
}

TEST(CommandError, TheMessageNamesTheCommandAndHowItEnded) {
  CommandResult result = Failed("one\ntwo \x1b[2J\xff\n");
  EXPECT_EQ(CommandError("squeue", result).message(),
            "squeue exited with status 1: one; two \\x1b[2J\\xff");
  result.exit_code = 0;
  result.signal = 9;
  result.error_output = "";
  EXPECT_EQ(CommandError("sacct", result).message(),
            "sacct was ended by signal 9: it printed no reason");
}

TEST(CommandError, ALongTextIsCutToItsEnd) {
  const std::string message = std::string(
      CommandError("squeue", Failed(std::string(10000, 'x') + "the end"))
          .message());
  EXPECT_THAT(message, HasSubstr("the end"));
  EXPECT_LT(message.size(), 500u);
}

}  // namespace
}  // namespace smon::slurm
