#ifndef SMON_SERVER_CONFIG_LISTENING_H_
#define SMON_SERVER_CONFIG_LISTENING_H_

#include <string>

#include "absl/status/status.h"
#include "server/config/config.h"

namespace smon {

// Reads the flags of the ports and of who may reach them into `config`. See
// ReadConfig. Asks the resolver whether names are loopback.
absl::Status ReadListening(Config* config);

// See Describe.
std::string DescribeListening(const Config& config);

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_LISTENING_H_
