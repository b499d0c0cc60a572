#ifndef SMON_CLIENT_SHARED_OPTIONS_H_
#define SMON_CLIENT_SHARED_OPTIONS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "client/output_format.h"
#include "client/settings.h"
#include "client/terminal.h"

namespace smon::client {

// The options that all commands have.
struct SharedOptions {
  Settings settings;
  OutputChoice output;
  absl::Duration timeout = absl::Seconds(30);
  absl::Duration wait;  // none unless given
  ColorMode color = ColorMode::kAuto;
};

// Adds them to `app`, which `options` must outlive.
void AddSharedOptions(CLI::App* app, SharedOptions* options);

// How to connect, by the options, the environment and the configuration file.
// Errors as of Resolve().
absl::StatusOr<Connection::Options> ConnectionOptions(
    const SharedOptions& options);

// The list of the environment's variables, for --help.
std::string SharedEnvironmentHelp();

}  // namespace smon::client

#endif  // SMON_CLIENT_SHARED_OPTIONS_H_
