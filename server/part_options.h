#ifndef SMON_SERVER_PART_OPTIONS_H_
#define SMON_SERVER_PART_OPTIONS_H_

#include "server/attrsvc/curl_attrsvc_client.h"
#include "server/config/config.h"
#include "server/monitor/monitor.h"
#include "server/security.h"

namespace smon {

// What the settings mean to each part.

CurlAttrsvcClientOptions AttrsvcOptions(const Config& config);
Monitor::Options MonitorOptions(const Config& config);
Security::Options SecurityOptions(const Config& config);

}  // namespace smon

#endif  // SMON_SERVER_PART_OPTIONS_H_
