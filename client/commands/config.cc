// smonctl config: the contexts, one for each smonsvc that the user works with.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/address.h"
#include "client/commands/commands.h"
#include "client/config_file.h"
#include "client/json.h"
#include "client/nearest.h"
#include "client/table.h"
#include "common/status_macros.h"
#include "google/protobuf/struct.pb.h"

namespace smon::client {
namespace {

absl::Status NoContext(const Config& config, const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("there is no context '", name, "' in '", ConfigPath(), "'",
                   DidYouMean(name, ContextNames(config)),
                   " ('smonctl config set-context' makes one)"));
}

// ---- view, get-contexts, current-context

// As in the file, in JSON.
absl::StatusOr<std::string> ConfigJson(const Config& config) {
  google::protobuf::Struct root;
  auto& fields = *root.mutable_fields();
  fields["current-context"].set_string_value(config.current_context);
  google::protobuf::ListValue* contexts =
      fields["contexts"].mutable_list_value();
  for (const Context& context : config.contexts) {
    auto& entry =
        *contexts->add_values()->mutable_struct_value()->mutable_fields();
    const CredentialFiles& files = context.credentials;
    entry["name"].set_string_value(context.name);
    entry["address"].set_string_value(context.address);
    entry["cluster"].set_string_value(context.cluster);
    entry["tls_ca"].set_string_value(files.tls_ca);
    entry["tls_cert"].set_string_value(files.tls_cert);
    entry["tls_key"].set_string_value(files.tls_key);
    entry["token_file"].set_string_value(files.token);
  }
  return ToJson(root, JsonStyle::kIndented);
}

std::string TlsText(const CredentialFiles& files) {
  if (files.tls_ca.empty()) return "";
  return files.tls_cert.empty() ? "yes" : "mutual";
}

std::string ContextsTable(const Config& config, const Session& session) {
  Table table({{"CURRENT"},
               {"NAME"},
               {"ADDRESS"},
               {"CLUSTER"},
               {"TLS"},
               {"TOKEN FILE", 12}},
              session.terminal);
  for (const Context& context : config.contexts) {
    table.AddRow({{context.name == config.current_context ? "*" : ""},
                  {context.name},
                  {context.address},
                  {context.cluster},
                  {TlsText(context.credentials)},
                  {context.credentials.token}});
  }
  return table.TakeText();
}

absl::StatusOr<ExitStatus> View(Session& session) {
  SMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(ConfigPath()));
  std::string text = ToYaml(config);
  if (session.format == OutputFormat::kJson) {
    SMON_ASSIGN_OR_RETURN(text, ConfigJson(config));
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

absl::StatusOr<ExitStatus> GetContexts(bool names, Session& session) {
  SMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(ConfigPath()));
  std::string text;
  if (names) {
    for (const std::string& name : ContextNames(config)) {
      absl::StrAppend(&text, name, "\n");
    }
  } else if (session.format == OutputFormat::kJson) {
    SMON_ASSIGN_OR_RETURN(text, ConfigJson(config));
  } else {
    text = ContextsTable(config, session);
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

absl::StatusOr<ExitStatus> CurrentContext(Session& session) {
  SMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(ConfigPath()));
  if (config.current_context.empty()) {
    return absl::FailedPreconditionError(
        "no context is current: 'smonctl config use-context NAME' makes one");
  }
  SMON_RETURN_IF_ERROR(
      session.out.Write(absl::StrCat(config.current_context, "\n")));
  return ExitStatus::kOk;
}

// ---- use-context, set-context, delete-context

absl::StatusOr<ExitStatus> UseContext(const std::string& name,
                                      Session& session) {
  SMON_ASSIGN_OR_RETURN(Config config, LoadConfig(ConfigPath()));
  if (FindContext(config, name) == nullptr) return NoContext(config, name);
  config.current_context = name;
  SMON_RETURN_IF_ERROR(SaveConfig(ConfigPath(), config));
  SMON_RETURN_IF_ERROR(
      session.out.Write(absl::StrCat("Switched to context \"", name, "\".\n")));
  return ExitStatus::kOk;
}

// A file stays the same one, whatever folder smonctl is started in later.
absl::Status SetFile(const std::string& given, std::string* file) {
  if (given.empty()) return absl::OkStatus();
  std::error_code error;
  *file = std::filesystem::absolute(given, error).lexically_normal().string();
  if (!error) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot tell where '", given, "' is: ", error.message()));
}

struct SetContextOptions {
  std::string name;
  bool current = false;
};

absl::StatusOr<ExitStatus> SetContext(const SetContextOptions& options,
                                      const Settings& given, Session& session) {
  SMON_RETURN_IF_ERROR(CheckContextName(options.name));
  if (!given.address.empty()) {
    SMON_RETURN_IF_ERROR(ParseAddress(given.address).status());
  }
  SMON_ASSIGN_OR_RETURN(Config config, LoadConfig(ConfigPath()));
  Context* context = FindContext(&config, options.name);
  const bool is_new = context == nullptr;
  if (is_new) {
    config.contexts.push_back({options.name, "", {}});
    context = &config.contexts.back();
  }
  if (!given.address.empty()) context->address = given.address;
  if (!given.cluster.empty()) {
    context->cluster = given.cluster == kAllClusters ? "" : given.cluster;
  }
  CredentialFiles* files = &context->credentials;
  SMON_RETURN_IF_ERROR(SetFile(given.credentials.tls_ca, &files->tls_ca));
  SMON_RETURN_IF_ERROR(SetFile(given.credentials.tls_cert, &files->tls_cert));
  SMON_RETURN_IF_ERROR(SetFile(given.credentials.tls_key, &files->tls_key));
  SMON_RETURN_IF_ERROR(SetFile(given.credentials.token, &files->token));
  if (options.current) config.current_context = options.name;
  SMON_RETURN_IF_ERROR(SaveConfig(ConfigPath(), config));
  SMON_RETURN_IF_ERROR(session.out.Write(
      absl::StrCat("Context \"", options.name,
                   is_new ? "\" created.\n" : "\" modified.\n")));
  return ExitStatus::kOk;
}

absl::StatusOr<ExitStatus> DeleteContext(const std::string& name,
                                         Session& session) {
  SMON_ASSIGN_OR_RETURN(Config config, LoadConfig(ConfigPath()));
  const Context* context = FindContext(config, name);
  if (context == nullptr) return NoContext(config, name);
  config.contexts.erase(config.contexts.begin() +
                        (context - config.contexts.data()));
  const bool was_current = config.current_context == name;
  if (was_current) config.current_context.clear();
  SMON_RETURN_IF_ERROR(SaveConfig(ConfigPath(), config));
  SMON_RETURN_IF_ERROR(session.out.Write(absl::StrCat(
      "Deleted context \"", name,
      was_current ? "\", which was the current one.\n" : "\".\n")));
  return ExitStatus::kOk;
}

// A command whose one argument is the name of a context.
void AddNamed(CommandLine* line, CLI::App* group, const std::string& name,
              const std::string& description, const std::string& example,
              absl::StatusOr<ExitStatus> (*run)(const std::string&, Session&)) {
  const auto context = std::make_shared<std::string>();
  line->AddTo(
          group, name, description, {example},
          [context, run](Session& session) { return run(*context, session); })
      ->add_option("CONTEXT", *context, "The context's name")
      ->option_text(" ")
      ->required();
}

void AddGetContexts(CommandLine* line, CLI::App* group) {
  const auto names = std::make_shared<bool>(false);
  line->AddTo(
          group, "get-contexts",
          "List the contexts; a star is at the current one",
          {"smonctl config get-contexts",
           "smonctl config get-contexts --names"},
          [names](Session& session) { return GetContexts(*names, session); })
      ->add_flag("--names", *names, "Only their names, one a line");
}

void AddSetContext(CommandLine* line, CLI::App* group) {
  const auto options = std::make_shared<SetContextOptions>();
  CLI::App* app = line->AddTo(
      group, "set-context",
      "Make a context of --address, --cluster, --tls_ca, --tls_cert, --tls_key "
      "and --token_file, or change these of one that is there",
      {"smonctl config set-context prod --address=mon-1:8101 --current",
       "smonctl config set-context prod --tls_ca=/etc/smonsvc/ca.pem "
       "--token_file=$HOME/.smonctl-token"},
      [line, options](Session& session) {
        return SetContext(*options, line->options().settings, session);
      });
  app->add_option("CONTEXT", options->name, "The context's name")
      ->option_text(" ")
      ->required();
  app->add_flag("--current", options->current, "Make it the current one");
}

}  // namespace

void AddConfigCommand(CommandLine* line) {
  CLI::App* group = line->AddGroup(
      "config",
      "Keep the addresses and credentials of several smonsvc under names",
      {"smonctl config set-context prod --address=mon-1:8101 "
       "--token_file=prod.token",
       "smonctl config use-context prod", "smonctl --context=test jobs"});
  line->AddTo(group, "view", "Show the configuration file",
              {"smonctl config view"}, View);
  AddGetContexts(line, group);
  line->AddTo(group, "current-context", "Show the name of the current context",
              {"smonctl config current-context"}, CurrentContext);
  AddNamed(line, group, "use-context", "Make a context the current one",
           "smonctl config use-context prod", UseContext);
  AddSetContext(line, group);
  AddNamed(line, group, "delete-context", "Remove a context",
           "smonctl config delete-context prod", DeleteContext);
}

}  // namespace smon::client
