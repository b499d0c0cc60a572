#ifndef SMON_CLIENT_COMMAND_LINE_H_
#define SMON_CLIENT_COMMAND_LINE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/exit_status.h"
#include "client/session.h"
#include "client/shared_options.h"

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

  // Adds a command that has commands of its own, such as "config", and one of
  // those.
  CLI::App* AddGroup(const std::string& name, const std::string& description,
                     const std::vector<std::string>& examples);
  CLI::App* AddTo(CLI::App* group, const std::string& name,
                  const std::string& description,
                  const std::vector<std::string>& examples, Command command);

  // A command has the output formats table, json and yaml, unless it is given
  // others: those of lists of jobs, or any, with their description for --help.
  void AllowListFormats(CLI::App* command);
  void SetFormats(CLI::App* command, std::vector<OutputFormat> formats,
                  const std::string& description);

  // All commands and options, for those who describe them.
  const CLI::App& app() const { return app_; }

  // The options of all commands, set when a command is called.
  const SharedOptions& options() const { return options_; }

  // Runs the command that the arguments name, or explains what is wrong with
  // them; the process's exit status.
  int Run(int argc, const char* const* argv);

 private:
  CLI::App* AddApp(CLI::App* parent, const std::string& name,
                   const std::string& description,
                   const std::vector<std::string>& examples);
  ExitStatus RunChosen();
  // What is wrong with -o for this command; empty when nothing is.
  std::string FormatProblem(const CLI::App& command) const;
  ExitStatus ExplainUsage(const std::string& problem) const;
  std::string Problem(const CLI::ParseError& error) const;

  CLI::App app_;
  std::map<const CLI::App*, Command> commands_;
  // Of the commands whose formats are not the usual ones.
  std::map<const CLI::App*, std::vector<OutputFormat>> formats_;
  SharedOptions options_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_COMMAND_LINE_H_
