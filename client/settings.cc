#include "client/settings.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/address.h"
#include "client/config_file.h"
#include "client/nearest.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void FillIn(std::string* value, const std::string& fallback) {
  if (value->empty()) *value = fallback;
}

void FillIn(CredentialFiles* files, const CredentialFiles& fallback) {
  FillIn(&files->tls_ca, fallback.tls_ca);
  FillIn(&files->tls_cert, fallback.tls_cert);
  FillIn(&files->tls_key, fallback.tls_key);
  FillIn(&files->token, fallback.token);
}

absl::Status NoContext(const std::string& name, const Config& config,
                       const std::string& path) {
  return absl::InvalidArgumentError(
      absl::StrCat("there is no context '", name, "' in '", path, "'",
                   DidYouMean(name, ContextNames(config)),
                   " ('smonctl config get-contexts' lists them)"));
}

}  // namespace

Settings SettingsFromEnvironment() {
  return {Variable("SMONCTL_CONTEXT"),
          Variable("SMONCTL_ADDRESS"),
          {Variable("SMONCTL_TLS_CA"), Variable("SMONCTL_TLS_CERT"),
           Variable("SMONCTL_TLS_KEY"), Variable("SMONCTL_TOKEN_FILE")},
          Variable("SMONCTL_CLUSTER")};
}

absl::StatusOr<ResolvedSettings> Resolve(const Settings& flags,
                                         const Settings& environment,
                                         const std::string& config_path) {
  Settings given = flags;
  FillIn(&given.context, environment.context);
  FillIn(&given.address, environment.address);
  FillIn(&given.credentials, environment.credentials);
  FillIn(&given.cluster, environment.cluster);
  ResolvedSettings resolved{given.address, given.credentials, "",
                            given.cluster};
  if (given.address.empty() || !given.context.empty()) {
    SMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(config_path));
    FillIn(&given.context, config.current_context);
    const Context* context = FindContext(config, given.context);
    if (context == nullptr && !given.context.empty()) {
      return NoContext(given.context, config, config_path);
    }
    if (context != nullptr) {
      FillIn(&resolved.credentials, context->credentials);
      FillIn(&resolved.cluster, context->cluster);
      if (resolved.address.empty() && !context->address.empty()) {
        resolved.address = context->address;
        resolved.address_context = context->name;
      }
    }
  }
  FillIn(&resolved.address, kDefaultAddress);
  if (resolved.cluster == kAllClusters) resolved.cluster.clear();
  return resolved;
}

}  // namespace smon::client
