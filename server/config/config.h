#ifndef SMON_SERVER_CONFIG_CONFIG_H_
#define SMON_SERVER_CONFIG_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/log.h"
#include "server/attrsvc/endpoint.h"
#include "server/config/flags.h"
#include "server/monitor/log_assigner.h"
#include "slurm/rest/rest_url.h"

namespace smon {

// How slurmrestd is asked.
struct SlurmrestdConfig {
  slurm::RestUrl url;
  std::string user;      // X-SLURM-USER-NAME; may be empty
  std::string jwt_file;  // may be empty
  std::string cluster;   // its name; empty: asked
};

// Who reaches the ports, and who may do what.
struct SecurityConfig {
  std::string grpc_socket;  // empty: none
  std::string http_socket;  // empty: none
  uint32_t unix_socket_mode = 0600;
  std::string tls_cert;  // empty: no TLS
  std::string tls_key;
  std::string tls_client_ca;  // empty: no client certificates
  std::string token_file;     // empty: no tokens
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> cors_allowed_origins;
};

// The settings, checked. What each means stands in flag_table.cc.
struct Config {
  Endpoint attrsvc;
  std::string attrsvc_result_path;
  absl::Duration timeout;
  double submit_rate = 0;
  double result_rate = 0;
  bool track_running = false;
  absl::Duration log_wait;
  absl::Duration verdict_wait;
  absl::Duration interval;
  std::vector<std::string> clusters;  // empty: the one of slurm.conf
  std::vector<std::string> partitions;
  std::string user;
  std::string job_pattern;
  std::optional<SlurmrestdConfig> slurmrestd;  // none: Slurm's commands
  SharedLogs shared_logs = SharedLogs::kLast;
  std::string store;
  std::string store_password_file;  // empty: none
  std::string replica_name;
  absl::Duration retention_age;
  int64_t retention_jobs = 0;
  std::string grpc_address;  // empty: no TCP port
  std::string host;
  std::optional<int> port;
  bool ui = true;
  SecurityConfig security;
  LogSeverity log_severity = LogSeverity::kInfo;
  LogFormat log_format = LogFormat::kText;
};

// Reads the flags, which SetFlags has set. Adds what is wrong to `problems`,
// each a line that names the flag, its value, where it was given and the mend;
// with any, the result is not to be used. Asks the resolver whether names are
// loopback. Not thread-safe, as SetFlags.
Config ReadConfig(const Settings& settings, std::vector<std::string>* problems);

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_CONFIG_H_
