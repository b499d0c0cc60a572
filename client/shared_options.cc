#include "client/shared_options.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/address.h"
#include "client/choices.h"
#include "client/config_file.h"
#include "client/help_formatter.h"
#include "client/time_format.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

constexpr char kEnvironmentHelp[] =
    "Environment:\n"
    "  SMONCTL_ADDRESS, SMONCTL_CONTEXT, SMONCTL_CLUSTER, SMONCTL_TLS_CA,\n"
    "  SMONCTL_TLS_CERT, SMONCTL_TLS_KEY, SMONCTL_TOKEN_FILE\n"
    "                      as the options of these names, which win over them\n"
    "  SMONCTL_CONFIG      the configuration file, by default\n"
    "                      $XDG_CONFIG_HOME/smonctl/config.yaml or\n"
    "                      ~/.config/smonctl/config.yaml\n"
    "  NO_COLOR            any value: no colours";

void AddText(CLI::App* app, const std::string& name, std::string* value,
             const char* text, const std::string& description) {
  app->add_option(name, *value, description)
      ->option_text(text)
      ->group(kSharedOptions);
}

void AddDuration(CLI::App* app, const std::string& name, absl::Duration* value,
                 const std::string& description) {
  app->add_option_function<std::string>(
         name,
         [name, value](const std::string& text) {
           const absl::StatusOr<absl::Duration> parsed = ParseDuration(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError(name,
                                        std::string(parsed.status().message()));
           }
           *value = *parsed;
         },
         description)
      ->option_text("TIME")
      ->group(kSharedOptions);
}

void AddOutput(CLI::App* app, OutputChoice* output) {
  app->add_option_function<std::string>(
         "-o,--output",
         [output](const std::string& text) {
           absl::StatusOr<OutputChoice> parsed = ParseOutputFormat(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError("-o",
                                        std::string(parsed.status().message()));
           }
           *output = *std::move(parsed);
         },
         "table (default), json or yaml: the API's own messages")
      ->option_text("FORMAT")
      ->check(Choices({"table", "json", "yaml"}))
      ->group(kSharedOptions);
}

void AddColor(CLI::App* app, ColorMode* mode) {
  app->add_option_function<std::string>(
         "--color",
         [mode](const std::string& when) {
           *mode = when == "always"  ? ColorMode::kAlways
                   : when == "never" ? ColorMode::kNever
                                     : ColorMode::kAuto;
         },
         "auto (default: on a terminal), always, or never")
      ->option_text("WHEN")
      ->check(
          CLI::IsMember(std::vector<std::string>{"auto", "always", "never"}))
      ->group(kSharedOptions);
}

}  // namespace

void AddSharedOptions(CLI::App* app, SharedOptions* options) {
  app->get_help_ptr()->group(kSharedOptions);
  Settings& settings = options->settings;
  AddText(app, "--address", &settings.address, "ADDRESS",
          absl::StrCat("smonsvc's gRPC port: HOST:PORT or unix:/PATH (default ",
                       kDefaultAddress, ")"));
  AddText(app, "--context", &settings.context, "CONTEXT",
          "Use this context of the configuration file (see 'smonctl config')");
  AddText(app, "--cluster", &settings.cluster, "CLUSTER",
          "Only this cluster, where smonsvc watches several; all for all of "
          "them");
  AddText(app, "--tls_ca", &settings.credentials.tls_ca, "FILE",
          "Speak TLS, and trust these authorities (PEM)");
  AddText(app, "--tls_cert", &settings.credentials.tls_cert, "FILE",
          "Our certificate (PEM)");
  AddText(app, "--tls_key", &settings.credentials.tls_key, "FILE",
          "Its key (PEM)");
  AddText(app, "--token_file", &settings.credentials.token, "FILE",
          "Holds the token that says who we are");
  AddOutput(app, &options->output);
  AddColor(app, &options->color);
  AddDuration(app, "--timeout", &options->timeout,
              "Longest wait for each answer, in seconds or as 500ms, 2m "
              "(default 30s)");
  AddDuration(app, "--wait", &options->wait,
              "Wait this long for a smonsvc that cannot be reached yet");
}

absl::StatusOr<Connection::Options> ConnectionOptions(
    const SharedOptions& options) {
  SMON_ASSIGN_OR_RETURN(
      ResolvedSettings resolved,
      Resolve(options.settings, SettingsFromEnvironment(), ConfigPath()));
  return Connection::Options{std::move(resolved.address),
                             options.timeout,
                             std::move(resolved.credentials),
                             std::move(resolved.address_context),
                             options.wait,
                             std::move(resolved.cluster)};
}

std::string SharedEnvironmentHelp() { return kEnvironmentHelp; }

}  // namespace smon::client
