#ifndef SMON_CLIENT_MANUAL_H_
#define SMON_CLIENT_MANUAL_H_

#include <string>

#include "client/command_model.h"

namespace smon::client {

// The manual page smonctl(1), in roff with man(7)'s macros: what --help says of
// smonctl and of each command.
std::string Manual(const CommandModel& smonctl);

}  // namespace smon::client

#endif  // SMON_CLIENT_MANUAL_H_
