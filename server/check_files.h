#ifndef SMON_SERVER_CHECK_FILES_H_
#define SMON_SERVER_CHECK_FILES_H_

#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/config/flags.h"

namespace smon {

// What --check_config looks at besides the settings themselves: that the files
// which they name can be read, and hold what they should, and that --user is
// known. Adds a line for each problem. What the files hold is only looked at
// when `problems` is empty so far.
void CheckFiles(const Config& config, const Settings& settings,
                std::vector<std::string>* problems);

}  // namespace smon

#endif  // SMON_SERVER_CHECK_FILES_H_
