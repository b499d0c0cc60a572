#include "slurm/command_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "slurm/environment.h"

namespace smon::slurm {
namespace {

constexpr size_t kMaxErrorOutput = 64 << 10;
constexpr size_t kReadSize = 64 << 10;  // what a pipe holds
constexpr absl::Duration kKillGrace = absl::Seconds(1);

// The monotonic clock, so that a step of the wall clock ends no command.
absl::Duration Monotonic() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

class Fd {
 public:
  Fd() = default;
  ~Fd() { Close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void Reset(int fd) {
    Close();
    fd_ = fd;
  }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

absl::Status SystemError(absl::string_view what, int error) {
  return absl::InternalError(absl::StrCat(what, ": ", strerror(error)));
}

absl::Status OpenPipe(Pipe* pipe) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return SystemError("pipe2", errno);
  pipe->read_end.Reset(fds[0]);
  pipe->write_end.Reset(fds[1]);
  // Only our end: O_NONBLOCK belongs to the end, not to the pipe.
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return absl::OkStatus();
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& s : strings) {
    pointers.push_back(const_cast<char*>(s.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environ() {
  std::vector<std::string> variables;
  for (char** e = environ; e != nullptr && *e != nullptr; ++e) {
    variables.push_back(*e);
  }
  return variables;
}

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& argv, int output_fd,
                            int error_fd) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output_fd, 1);
  posix_spawn_file_actions_adddup2(&actions, error_fd, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t all;
  sigfillset(&all);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID |
                                            POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF);

  const std::vector<std::string> environment = SlurmEnvironment(Environ());
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, argv[0].c_str(), &actions, &attributes,
                   Pointers(argv).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return pid;
  const std::string message =
      absl::StrCat("cannot run '", argv[0], "': ", strerror(error));
  if (error == ENOENT) {
    return absl::NotFoundError(
        absl::StrCat(message, "; is Slurm installed here and in $PATH?"));
  }
  if (error == EACCES) return absl::PermissionDeniedError(message);
  return absl::InternalError(message);
}

// Reads what there is into `buffer`, of kReadSize. False at the end of the
// file.
bool ReadAvailable(int fd, char* buffer, absl::string_view* read_bytes) {
  const ssize_t n = read(fd, buffer, kReadSize);
  *read_bytes = absl::string_view(buffer, std::max<ssize_t>(n, 0));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

// Waits for `pid` no longer than `patience`; false when it has not ended.
bool ReapWithin(pid_t pid, absl::Duration patience, int* wait_status) {
  const absl::Duration deadline = Monotonic() + patience;
  while (true) {
    const pid_t reaped = waitpid(pid, wait_status, WNOHANG);
    if (reaped == pid || (reaped < 0 && errno == ECHILD)) return true;
    if (Monotonic() >= deadline) return false;
    poll(nullptr, 0, 1);
  }
}

// One running process, and how long and how much it may go on.
struct Child {
  pid_t pid;
  Fd* output;
  Fd* error_output;
  int cancel_fd;
  absl::Duration deadline;
  int64_t max_output;
  const std::function<void(absl::string_view)>& on_output;
};

int MillisecondsUntil(absl::Duration deadline) {
  const int64_t ms = absl::ToInt64Milliseconds(
      absl::Ceil(deadline - Monotonic(), absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<int64_t>(ms, 0, 1000000000));
}

// Reads until both pipes are at their end and the process has ended.
absl::Status Collect(const Child& child, CommandResult* result,
                     int* wait_status) {
  const auto buffer = std::make_unique<char[]>(kReadSize);
  absl::string_view bytes;
  int64_t output_size = 0;
  while (true) {
    if (Monotonic() >= child.deadline) {
      return absl::DeadlineExceededError("did not end in time");
    }
    const bool reading =
        child.output->get() >= 0 || child.error_output->get() >= 0;
    if (!reading && waitpid(child.pid, wait_status, WNOHANG) == child.pid) {
      return absl::OkStatus();
    }
    pollfd fds[] = {{child.cancel_fd, POLLIN, 0},
                    {child.output->get(), POLLIN, 0},  // ignored when negative
                    {child.error_output->get(), POLLIN, 0}};
    // A process closes its pipes an instant before it can be reaped.
    const int wait_ms = reading ? MillisecondsUntil(child.deadline) : 1;
    if (poll(fds, 3, wait_ms) < 0 && errno != EINTR) {
      return SystemError("poll", errno);
    }
    if (fds[0].revents != 0) {
      return absl::CancelledError("stopped: shutting down");
    }
    if (fds[1].revents != 0) {
      if (!ReadAvailable(child.output->get(), buffer.get(), &bytes)) {
        child.output->Close();
      }
      output_size += static_cast<int64_t>(bytes.size());
      if (output_size > child.max_output) {
        return absl::ResourceExhaustedError(
            absl::StrCat("printed more than ", child.max_output, " bytes"));
      }
      if (child.on_output) {
        if (!bytes.empty()) child.on_output(bytes);
      } else {
        result->output.append(bytes.data(), bytes.size());
      }
    }
    if (fds[2].revents != 0) {
      if (!ReadAvailable(child.error_output->get(), buffer.get(), &bytes)) {
        child.error_output->Close();
      }
      bytes = bytes.substr(0, kMaxErrorOutput - result->error_output.size());
      result->error_output.append(bytes.data(), bytes.size());
    }
  }
}

}  // namespace

PosixCommandRunner::PosixCommandRunner()
    : cancel_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (cancel_fd_ < 0) abort();  // out of descriptors before we have begun
}

PosixCommandRunner::~PosixCommandRunner() {
  ReapStragglers();
  close(cancel_fd_);
}

absl::StatusOr<CommandResult> PosixCommandRunner::Run(const Command& command) {
  if (command.argv.empty()) return absl::InternalError("no program to run");
  ReapStragglers();
  const absl::Duration start = Monotonic();
  Pipe output;
  Pipe error_output;
  SMON_RETURN_IF_ERROR(OpenPipe(&output));
  SMON_RETURN_IF_ERROR(OpenPipe(&error_output));
  SMON_ASSIGN_OR_RETURN(const pid_t pid,
                        Spawn(command.argv, output.write_end.get(),
                              error_output.write_end.get()));
  output.write_end.Close();
  error_output.write_end.Close();

  const Child child{pid,
                    &output.read_end,
                    &error_output.read_end,
                    cancel_fd_,
                    start + command.timeout,
                    command.max_output,
                    command.on_output};
  CommandResult result;
  int wait_status = 0;
  const absl::Status status = Collect(child, &result, &wait_status);
  if (!status.ok()) {
    Kill(pid);
    return Annotate(status, command.argv[0]);
  }
  if (WIFSIGNALED(wait_status)) {
    result.signal = WTERMSIG(wait_status);
  } else {
    result.exit_code = WEXITSTATUS(wait_status);
  }
  result.duration = Monotonic() - start;
  return result;
}

void PosixCommandRunner::Cancel() {
  const uint64_t one = 1;
  // Cannot fail but when the counter is full, that is: readable already.
  [[maybe_unused]] const ssize_t n = write(cancel_fd_, &one, sizeof(one));
}

void PosixCommandRunner::Kill(pid_t pid) {
  // It leads its own group, and is not reaped yet: the number is still its.
  kill(-pid, SIGKILL);
  int wait_status;
  if (ReapWithin(pid, kKillGrace, &wait_status)) return;
  MutexLock lock(&mu_);
  stragglers_.push_back(pid);
}

void PosixCommandRunner::ReapStragglers() {
  MutexLock lock(&mu_);
  stragglers_.erase(std::remove_if(stragglers_.begin(), stragglers_.end(),
                                   [](pid_t pid) {
                                     int wait_status;
                                     return ReapWithin(pid,
                                                       absl::ZeroDuration(),
                                                       &wait_status);
                                   }),
                    stragglers_.end());
}

}  // namespace smon::slurm
