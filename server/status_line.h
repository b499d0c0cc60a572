#ifndef SMON_SERVER_STATUS_LINE_H_
#define SMON_SERVER_STATUS_LINE_H_

#include <string>

#include "server/config/reload_record.h"
#include "server/monitor/monitor.h"

namespace smon {

// How the service is doing, in one line for `systemctl status`: what is wrong
// first, then the last good poll (UTC), and what was sent and came back since
// the start.
std::string StatusLine(const Monitor::Counters& counters,
                       const ReloadRecord::Reading& settings);

}  // namespace smon

#endif  // SMON_SERVER_STATUS_LINE_H_
