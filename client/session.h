#ifndef SMON_CLIENT_SESSION_H_
#define SMON_CLIENT_SESSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/connection.h"
#include "client/output.h"
#include "client/output_format.h"
#include "client/terminal.h"

namespace smon::client {

// What a command works with while it runs.
struct Session {
  Connection& connection;
  Output& out;        // stdout: data only
  Terminal terminal;  // what stdout leads to
  OutputFormat format;
  std::string columns;  // with kCustomColumns
  absl::Time now;
  absl::TimeZone zone;
};

// One line on stderr, "smonctl: …", with control characters escaped.
void PrintError(const absl::Status& status);

}  // namespace smon::client

#endif  // SMON_CLIENT_SESSION_H_
