#ifndef SMON_CLIENT_COMPLETION_H_
#define SMON_CLIENT_COMPLETION_H_

#include <string>

#include "client/command_model.h"

namespace smon::client {

// Scripts by which a shell completes commands, options and their values. They
// need nothing but the shell, and run smonctl for the names of contexts only.
std::string BashCompletion(const CommandModel& smonctl);
std::string ZshCompletion(const CommandModel& smonctl);
std::string FishCompletion(const CommandModel& smonctl);

}  // namespace smon::client

#endif  // SMON_CLIENT_COMPLETION_H_
