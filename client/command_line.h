#ifndef SMON_CLIENT_COMMAND_LINE_H_
#define SMON_CLIENT_COMMAND_LINE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/credentials.h"
#include "client/exit_status.h"
#include "client/session.h"

namespace smon::client {

// smonctl's commands and the options that all of them have.
//
//   CommandLine line;
//   AddJobsCommand(&line);
//   return line.Run(argc, argv);
//
// The options of all may stand before and after the command. Not thread-safe.
class CommandLine {
 public:
  // An error is printed, and becomes the exit status.
  using Command = std::function<absl::StatusOr<ExitStatus>(Session&)>;

  CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // Adds a command. Its own options and arguments are to be added to what this
  // returns; they are set when `command` is called. `examples` go below its
  // --help, one a line.
  CLI::App* Add(const std::string& name, const std::string& description,
                const std::vector<std::string>& examples, Command command);

  // Runs the command that the arguments name, or explains what is wrong with
  // them; the process's exit status.
  int Run(int argc, const char* const* argv);

 private:
  void AddSharedOptions(CLI::App* app);
  std::string Address() const;
  CredentialFiles Credentials() const;
  ExitStatus RunChosen();
  ExitStatus ExplainUsage(const std::string& problem) const;
  std::string Problem(const CLI::ParseError& error) const;

  CLI::App app_;
  std::map<std::string, Command> commands_;
  // Shared options; empty or 0 while not given.
  std::string address_;
  CredentialFiles credentials_;
  std::string output_ = "table";
  double timeout_seconds_ = 30;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_COMMAND_LINE_H_
