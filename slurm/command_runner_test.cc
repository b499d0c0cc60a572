#include "slurm/command_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Command Shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

// Blocks until the process is gone.
bool IsGone(pid_t pid) {
  for (int i = 0; i < 5000; ++i) {
    if (kill(pid, 0) != 0 && errno == ESRCH) return true;
    usleep(1000);
  }
  return false;
}

TEST(PosixCommandRunner, GivesExitStatusAndBothOutputs) {
  PosixCommandRunner runner;
  const auto result = runner.Run(Shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->signal, 0);
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->error_output, "err\n");
  EXPECT_GT(result->duration, absl::ZeroDuration());
}

TEST(PosixCommandRunner, GivesTheSignalThatEndedTheProgram) {
  PosixCommandRunner runner;
  const auto result = runner.Run(Shell("kill -TERM $$"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->signal, SIGTERM);
  EXPECT_EQ(result->exit_code, 0);
}

TEST(PosixCommandRunner, PassesArgumentsThroughNoShell) {
  PosixCommandRunner runner;
  Command command;
  command.argv = {"printf", "%s|", "a b", "$HOME;`id`", "\x1e\xff\n", ""};
  const auto result = runner.Run(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "a b|$HOME;`id`|\x1e\xff\n||");
}

TEST(PosixCommandRunner, AProgramThatDoesNotExistIsNotFound) {
  PosixCommandRunner runner;
  Command command;
  command.argv = {"no-such-program-zz"};
  const absl::Status status = runner.Run(command).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-program-zz"));
}

TEST(PosixCommandRunner, ATimeoutKillsTheProgramAndWhatItStarted) {
  PosixCommandRunner runner;
  const std::string pid_file =
      absl::StrCat(getenv("TEST_TMPDIR"), "/grandchild.pid");
  Command command = Shell(absl::StrCat("sleep 1000 & echo $! > ", pid_file,
                                       "; trap '' TERM; wait"));
  command.timeout = absl::Milliseconds(500);
  EXPECT_EQ(runner.Run(command).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  pid_t grandchild = 0;
  std::ifstream(pid_file) >> grandchild;
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(IsGone(grandchild));
}

TEST(PosixCommandRunner, ClosingTheOutputsDoesNotOutliveTheTimeout) {
  PosixCommandRunner runner;
  Command command = Shell("exec >&- 2>&-; sleep 1000");
  command.timeout = absl::Milliseconds(200);
  EXPECT_EQ(runner.Run(command).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(PosixCommandRunner, TooMuchOutputIsAnErrorAndEndsTheProgram) {
  PosixCommandRunner runner;
  Command command;
  command.argv = {"yes"};
  command.max_output = 1000;
  EXPECT_EQ(runner.Run(command).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(PosixCommandRunner, OutputUpToTheBoundIsComplete) {
  PosixCommandRunner runner;
  Command command = Shell("head -c 3000000 /dev/zero");
  command.max_output = 3000000;
  const auto result = runner.Run(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output.size(), 3000000u);
}

TEST(PosixCommandRunner, LongErrorOutputIsCutAndBlocksNothing) {
  PosixCommandRunner runner;
  const auto result =
      runner.Run(Shell("head -c 1000000 /dev/zero >&2; echo done"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "done\n");
  EXPECT_EQ(result->error_output.size(), 65536u);
}

TEST(PosixCommandRunner, TheProgramGetsACleanEnvironment) {
  setenv("SQUEUE_FORMAT", "%i", 1);
  setenv("SLURM_CONF", "/etc/x.conf", 1);
  PosixCommandRunner runner;
  Command command;
  command.argv = {"env"};
  const auto result = runner.Run(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->output, HasSubstr("SLURM_TIME_FORMAT=%s\n"));
  EXPECT_THAT(result->output, HasSubstr("SLURM_CONF=/etc/x.conf\n"));
  EXPECT_THAT(result->output, Not(HasSubstr("SQUEUE_FORMAT")));
}

TEST(PosixCommandRunner, TheProgramGetsNoInputNoFilesAndNoTerminal) {
  // Not close-on-exec, as a library may open them.
  const int leaky = open("/dev/null", O_RDONLY);
  ASSERT_GE(leaky, 3);
  PosixCommandRunner runner;
  const auto result =
      runner.Run(Shell("cat; for f in /proc/self/fd/*; do echo ${f##*/}; done; "
                       "read -r stat </proc/$$/stat; set -- ${stat##*) }; "
                       "[ \"$4\" = $$ ] && echo own session"));
  close(leaky);
  ASSERT_TRUE(result.ok()) << result.status();
  // The shell itself opens one to read the folder.
  EXPECT_EQ(result->output, "0\n1\n2\n3\nown session\n");
}

TEST(PosixCommandRunner, TheProgramGetsDefaultSignals) {
  signal(SIGPIPE, SIG_IGN);
  PosixCommandRunner runner;
  const auto result = runner.Run(Shell("kill -PIPE $$; echo alive"));
  signal(SIGPIPE, SIG_DFL);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->signal, SIGPIPE);
}

TEST(PosixCommandRunner, CancelEndsARunningCommandAndAllLaterOnes) {
  PosixCommandRunner runner;
  const std::string fifo = absl::StrCat(getenv("TEST_TMPDIR"), "/started");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  auto running = std::async(std::launch::async, [&] {
    return runner.Run(Shell(absl::StrCat("echo > ", fifo, "; sleep 1000")));
  });
  // Returns once the command has opened it too.
  const int started = open(fifo.c_str(), O_RDONLY);
  runner.Cancel();
  EXPECT_EQ(running.get().status().code(), absl::StatusCode::kCancelled);
  close(started);
  EXPECT_EQ(runner.Run(Shell("sleep 1000")).status().code(),
            absl::StatusCode::kCancelled);
}

TEST(PosixCommandRunner, ThreadsRunCommandsSideBySide) {
  PosixCommandRunner runner;
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto result = runner.Run(Shell(absl::StrCat("echo ", i)));
      if (result.ok()) outputs[i] = result->output;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(outputs[i], absl::StrCat(i, "\n"));
  }
}

TEST(PosixCommandRunner, OutputCanBeTakenPieceByPiece) {
  Command command;
  command.argv = {"sh", "-c", "head -c 300000 /dev/zero; echo end"};
  std::string taken;
  command.on_output = [&taken](absl::string_view piece) {
    EXPECT_FALSE(piece.empty());
    taken.append(piece.data(), piece.size());
  };
  PosixCommandRunner runner;
  const auto result = runner.Run(command);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "");
  EXPECT_EQ(taken, std::string(300000, '\0') + "end\n");
}

}  // namespace
}  // namespace smon::slurm
