#include "client/testing/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace smon::client {
namespace {

struct Ends {
  int reading = -1;
  int writing = -1;
};

void Close(int* fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

Ends OpenPipe() {
  std::array<int, 2> fds{-1, -1};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) return {};
  return {fds[0], fds[1]};
}

Ends OpenTerminal(int columns) {
  Ends ends;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(columns);
  if (openpty(&ends.reading, &ends.writing, nullptr, nullptr, &size) != 0) {
    std::perror("no pseudo-terminal (is /dev/pts mounted?)");
    return {};
  }
  fcntl(ends.reading, F_SETFD, FD_CLOEXEC);
  fcntl(ends.writing, F_SETFD, FD_CLOEXEC);
  return ends;
}

Ends OpenStdout(const ProgramOptions& options) {
  if (!options.out_path.empty()) {
    return {-1, open(options.out_path.c_str(), O_WRONLY | O_CLOEXEC)};
  }
  return options.terminal_columns > 0 ? OpenTerminal(options.terminal_columns)
                                      : OpenPipe();
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& one : strings) {
    pointers.push_back(const_cast<char*>(one.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Appends what there is to `text`; closes `fd` at the end or at `at_most`.
void ReadSome(int* fd, size_t at_most, std::string* text) {
  std::array<char, 65536> buffer;
  const size_t wanted = std::min(buffer.size(), at_most - text->size());
  // At the end of a terminal's output this fails with EIO.
  const ssize_t got = read(*fd, buffer.data(), wanted);
  if (got > 0) text->append(buffer.data(), static_cast<size_t>(got));
  if (got <= 0 || text->size() >= at_most) Close(fd);
}

void ReadAll(Ends* out, Ends* err, size_t out_at_most, ProgramRun* run) {
  if (out_at_most == 0) Close(&out->reading);
  while (out->reading >= 0 || err->reading >= 0) {
    std::array<pollfd, 2> fds = {pollfd{out->reading, POLLIN, 0},
                                 pollfd{err->reading, POLLIN, 0}};
    if (poll(fds.data(), fds.size(), -1) < 0) break;
    if (fds[0].revents != 0) ReadSome(&out->reading, out_at_most, &run->out);
    if (fds[1].revents != 0) {
      ReadSome(&err->reading, std::numeric_limits<size_t>::max(), &run->err);
    }
  }
}

int ExitStatusOf(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProgramRun RunProgram(const std::vector<std::string>& argv,
                      const ProgramOptions& options) {
  Ends out = OpenStdout(options);
  Ends err = options.err_terminal_columns > 0
                 ? OpenTerminal(options.err_terminal_columns)
                 : OpenPipe();
  if (options.read_at_most == 0) Close(&out.reading);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.writing, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.writing, STDERR_FILENO);
  if (options.out_is_closed) {
    posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  }
  if (options.err_is_closed) {
    posix_spawn_file_actions_addclose(&actions, STDERR_FILENO);
  }
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, argv[0].c_str(), &actions, nullptr,
                  Pointers(argv).data(), Pointers(options.environment).data());
  posix_spawn_file_actions_destroy(&actions);
  Close(&out.writing);
  Close(&err.writing);

  ProgramRun run;
  if (error == 0) ReadAll(&out, &err, options.read_at_most, &run);
  run.exit_status = error == 0 ? ExitStatusOf(pid) : 127;
  Close(&out.reading);
  Close(&err.reading);
  return run;
}

}  // namespace smon::client
