#ifndef SMON_CLIENT_CONFIG_FILE_H_
#define SMON_CLIENT_CONFIG_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/credentials.h"

namespace smon::client {

// One smonsvc and the way to it. Empty for what is not set.
struct Context {
  std::string name;
  std::string address;
  CredentialFiles credentials;
  std::string cluster = "";  // the one that is meant where none is named
};

// What is in smonctl's configuration file:
//
//   current-context: prod
//   contexts:
//   - name: prod
//     address: mon-1:8101
//     cluster: tux
//     tls_ca: /etc/smonsvc/ca.pem
//     token_file: /home/alice/.config/smonctl/prod.token
//
// Files of credentials that are relative are so to the configuration file.
struct Config {
  std::string current_context;  // the name of one, or empty
  std::vector<Context> contexts;
};

// The context of that name, or null.
const Context* FindContext(const Config& config, absl::string_view name);
Context* FindContext(Config* config, absl::string_view name);

// The names of all, in the file's order.
std::vector<std::string> ContextNames(const Config& config);

// INVALID_ARGUMENT unless `name` may name a context: 1 to 100 of letters,
// digits, and . _ - @ : / +, no dash in front.
absl::Status CheckContextName(absl::string_view name);

// SMONCTL_CONFIG, else $XDG_CONFIG_HOME/smonctl/config.yaml, else
// ~/.config/smonctl/config.yaml. Empty where there is no home folder.
std::string ConfigPath();

// The file's content; that of an empty one where there is none.
// FAILED_PRECONDITION names the file and what is wrong: unreadable, longer than
// 1 MiB, no YAML, a key that is not known, a name that comes twice.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// Replaces the file as a whole, or leaves it as it was; its mode is 0600. Makes
// its folder where there is none (0700), and follows a link. Comments are lost.
absl::Status SaveConfig(const std::string& path, const Config& config);

// As SaveConfig writes it.
std::string ToYaml(const Config& config);

}  // namespace smon::client

#endif  // SMON_CLIENT_CONFIG_FILE_H_
