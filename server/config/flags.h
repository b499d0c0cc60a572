#ifndef SMON_SERVER_CONFIG_FLAGS_H_
#define SMON_SERVER_CONFIG_FLAGS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace smon {

// What the command line asks for besides running the service.
enum class Request { kRun, kHelp, kVersion, kCheckConfig, kPrintConfig };

using Environment = std::function<const char*(const char* name)>;

// What was found where settings are given.
struct Settings {
  Request request = Request::kRun;
  // Where the value of a flag was given: "flag --port", "environment
  // NVRX_SMONSVC_PORT", "/etc/smonsvc/smonsvc.yaml:3". None: the default.
  std::map<std::string, std::string> sources;
  // What could not be understood, with the mend; each is one line.
  std::vector<std::string> problems;
};

// Sets the gflags of smonsvc, all of them: from its arguments (argv[0] left
// out), the environment, and the file that --config names. An argument wins
// over the environment, that over the file, that over the default.
// Takes what the Python service took: dashes or underscores in names,
// `--name=value` or `--name value`, several values after --partitions, -v.
// Not thread-safe, and neither is who reads the flags.
Settings SetFlags(const std::vector<std::string>& arguments,
                  const Environment& environment);

// The flags' values as text, by name.
std::map<std::string, std::string> FlagValues();

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_FLAGS_H_
