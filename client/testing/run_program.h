#ifndef SMON_CLIENT_TESTING_RUN_PROGRAM_H_
#define SMON_CLIENT_TESTING_RUN_PROGRAM_H_

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace smon::client {

struct ProgramRun {
  int exit_status = -1;  // 128 + the signal that ended it
  std::string out;
  std::string err;
};

struct ProgramOptions {
  std::vector<std::string> environment;  // NAME=value; nothing is inherited
  // Closes the reading end of stdout once this many bytes have come, as head
  // does; 0: before the program starts.
  size_t read_at_most = std::numeric_limits<size_t>::max();
  // Gives the program a terminal of this many columns for stdout. 0: a pipe.
  int terminal_columns = 0;
  // The same for stderr.
  int err_terminal_columns = 0;
  // Opens this for stdout instead of a pipe.
  std::string out_path;
  // Starts it with these closed, as ">&-" does.
  bool out_is_closed = false;
  bool err_is_closed = false;
};

// Runs a program to its end, without a shell. argv[0] is its path. A program
// that cannot be started is reported as exit status 127.
ProgramRun RunProgram(const std::vector<std::string>& argv,
                      const ProgramOptions& options);

}  // namespace smon::client

#endif  // SMON_CLIENT_TESTING_RUN_PROGRAM_H_
