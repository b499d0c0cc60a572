#ifndef SMON_CLIENT_HELP_FORMATTER_H_
#define SMON_CLIENT_HELP_FORMATTER_H_

#include <string>

#include "CLI/CLI.hpp"

namespace smon::client {

// The name of the group of options that every command has; shown last.
inline constexpr char kSharedOptions[] = "Options of all commands";

// Lays out --help: description, usage, arguments, commands, the command's own
// options by group, the shared ones, footer; wrapped to 80 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_HELP_FORMATTER_H_
