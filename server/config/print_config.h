#ifndef SMON_SERVER_CONFIG_PRINT_CONFIG_H_
#define SMON_SERVER_CONFIG_PRINT_CONFIG_H_

#include <string>

#include "server/config/flags.h"

namespace smon {

// What --print_config prints: each flag's value, and behind it where it was
// given. It is a file for --config, but for what was in a URL's place for a
// password, or in its query: that is "***". Not thread-safe, as SetFlags.
std::string PrintConfig(const Settings& settings);

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_PRINT_CONFIG_H_
