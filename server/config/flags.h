#ifndef SMON_SERVER_CONFIG_FLAGS_H_
#define SMON_SERVER_CONFIG_FLAGS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace smon {

// What the command line asks for besides running the service.
enum class Request { kRun, kHelp, kVersion, kCheckConfig };

using Environment = std::function<const char*(const char* name)>;

// Sets the gflags of smonsvc from its arguments (argv[0] left out) and the
// environment. An argument wins over the environment, that over the default.
// Takes what the Python service took: dashes or underscores in names,
// `--name=value` or `--name value`, several values after --partitions, -v.
// INVALID_ARGUMENT names the argument or variable and the mend.
absl::Status SetFlags(const std::vector<std::string>& arguments,
                      const Environment& environment, Request* request);

// The manual that --help prints.
std::string HelpText();

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_FLAGS_H_
