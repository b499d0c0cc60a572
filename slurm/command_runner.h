#ifndef SMON_SLURM_COMMAND_RUNNER_H_
#define SMON_SLURM_COMMAND_RUNNER_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace smon::slurm {

struct Command {
  // argv[0] is looked up in $PATH; no shell ever sees the rest.
  std::vector<std::string> argv;
  // From the start until the process has ended.
  absl::Duration timeout = absl::Seconds(60);
  // Bytes of standard output; more is an error.
  int64_t max_output = int64_t{1} << 30;
  // When set, is given the standard output as it comes, in pieces, instead of
  // CommandResult.output: large ones need not be held. Called by Run().
  std::function<void(absl::string_view)> on_output;
};

struct CommandResult {
  int exit_code = 0;  // 0 when a signal ended the process
  int signal = 0;     // 0 when it exited
  std::string output;
  std::string error_output;  // the first 64 KiB
  absl::Duration duration;
};

// Runs programs. A program that ran and failed is a result, not an error.
// Errors: NOT_FOUND when there is no such program, PERMISSION_DENIED when it
// may not be run, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED when it printed more
// than max_output, CANCELLED, INTERNAL when no process could be made. After an
// error the program and what it started are gone. Thread-safe.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  virtual absl::StatusOr<CommandResult> Run(const Command& command) = 0;
};

// Runs each program in a session of its own, with /dev/null for input, the
// environment of SlurmEnvironment(), all signals at their defaults and no open
// files of ours. posix_spawn, not fork: a fork in a process with gRPC threads
// can deadlock.
class PosixCommandRunner final : public CommandRunner {
 public:
  PosixCommandRunner();
  ~PosixCommandRunner() override;
  PosixCommandRunner(const PosixCommandRunner&) = delete;
  PosixCommandRunner& operator=(const PosixCommandRunner&) = delete;

  absl::StatusOr<CommandResult> Run(const Command& command) override;

  // Ends every running command and each later one at once with CANCELLED. For
  // shutting down: Slurm's commands can hang for a minute.
  void Cancel();

 private:
  // Kills the process group of `pid` and reaps it.
  void Kill(pid_t pid);
  // Reaps killed processes that had not ended when Kill() gave up on them, as
  // those that hang in the kernel on a dead file server do.
  void ReapStragglers();

  const int cancel_fd_;  // readable for good once Cancel() was called
  Mutex mu_;
  std::vector<pid_t> stragglers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_COMMAND_RUNNER_H_
