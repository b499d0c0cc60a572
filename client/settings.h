#ifndef SMON_CLIENT_SETTINGS_H_
#define SMON_CLIENT_SETTINGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/credentials.h"

namespace smon::client {

// Where smonsvc is and how to come in, as far as it was said; else empty.
struct Settings {
  std::string context;  // a name in the configuration file
  std::string address;
  CredentialFiles credentials;
  std::string cluster = "";  // kAllClusters for all
};

// Stands for all clusters, as in Slurm's own --clusters.
inline constexpr char kAllClusters[] = "all";

// What is to be used, and where the address is from, for messages.
struct ResolvedSettings {
  std::string address;
  CredentialFiles credentials;
  // "" for --address, SMONCTL_ADDRESS and the default; else the context's name.
  std::string address_context;
  std::string cluster = "";  // empty for all
};

// The settings of the environment: SMONCTL_CONTEXT, SMONCTL_ADDRESS,
// SMONCTL_CLUSTER, SMONCTL_TLS_CA, SMONCTL_TLS_CERT, SMONCTL_TLS_KEY,
// SMONCTL_TOKEN_FILE.
Settings SettingsFromEnvironment();

// Each setting from `flags`, else `environment`, else the context that these
// name or the current one, of the file at `config_path`.
//
// The current context is not asked where an address is given and no context is:
// its token is for its own server, and is sent to no other unasked, and its
// cluster is that server's.
//
// INVALID_ARGUMENT for a context that is not there, FAILED_PRECONDITION for a
// broken file that has to be asked.
absl::StatusOr<ResolvedSettings> Resolve(const Settings& flags,
                                         const Settings& environment,
                                         const std::string& config_path);

}  // namespace smon::client

#endif  // SMON_CLIENT_SETTINGS_H_
