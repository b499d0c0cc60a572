#ifndef SMON_CLIENT_COMMAND_MODEL_H_
#define SMON_CLIENT_COMMAND_MODEL_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace smon::client {

// What an option's value is, for completion.
enum class ValueKind {
  kNone,  // the option is a flag
  kText,
  kWords,  // one of `words`, or several with commas
  kFile,
  kContext,  // a context of the configuration file
  kCluster,  // a cluster that smonsvc watches
};

// The option or argument of a command.
struct OptionModel {
  std::vector<std::string> names;  // "-o", "--output"; empty: an argument
  std::string value;               // "FORMAT"; an argument's name
  std::string description;
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> words;
  bool is_shared = false;  // all commands have it
  bool is_required = false;
  bool is_repeated = false;
};

// A command with all that --help tells of it, for completion and the manual.
struct CommandModel {
  std::string name;  // in full: "smonctl config use-context"
  std::string description;
  std::vector<OptionModel> options;
  std::vector<OptionModel> arguments;
  std::string footer;  // examples and more, as --help prints them
  std::vector<CommandModel> commands;
};

CommandModel DescribeCommands(const CLI::App& app);

// `command`, then those below it, to any depth.
std::vector<const CommandModel*> AllCommands(const CommandModel& command);

// The word by which the shell knows it: "use-context".
std::string LastWord(const CommandModel& command);

}  // namespace smon::client

#endif  // SMON_CLIENT_COMMAND_MODEL_H_
