#ifndef SMON_SERVER_CONFIG_LISTENING_H_
#define SMON_SERVER_CONFIG_LISTENING_H_

#include "server/config/config.h"
#include "server/config/problems.h"

namespace smon {

// Reads the flags of the ports and of who may reach them into `config`. See
// ReadConfig.
void ReadListening(Config* config, Problems* problems);

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_LISTENING_H_
