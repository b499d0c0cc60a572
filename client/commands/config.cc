// smonctl config: the contexts, one for each smonsvc that the user works with.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

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

namespace smon::client {
namespace {

absl::Status NoContext(const Config& config, const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("there is no context '", name, "' in '", ConfigPath(), "'",
                   DidYouMean(name, ContextNames(config)),
                   " ('smonctl config set-context' makes one)"));
}

// ---- view, get-contexts, current-context

// As in the file, in JSON: every key of each context, in the file's order.
std::string ConfigJson(const Config& config) {
  std::string json = "{\n \"current-context\": ";
  AppendJsonString(config.current_context, &json);
  json.append(",\n \"contexts\": [");
  for (const Context& context : config.contexts) {
    const CredentialFiles& files = context.credentials;
    json.append(&context == &config.contexts.front() ? "\n  {" : ",\n  {");
    const std::vector<std::pair<const char*, const std::string*>> settings = {
        {"name", &context.name},       {"address", &context.address},
        {"cluster", &context.cluster}, {"tls_ca", &files.tls_ca},
        {"tls_cert", &files.tls_cert}, {"tls_key", &files.tls_key},
        {"token_file", &files.token}};
    bool first = true;
    for (const auto& [key, value] : settings) {
      absl::StrAppend(&json, first ? "\n   \"" : ",\n   \"", key, "\": ");
      AppendJsonString(*value, &json);
      first = false;
    }
    json.append("\n  }");
  }
  return absl::StrCat(json, config.contexts.empty() ? "]\n}\n" : "\n ]\n}\n");
}

std::string NameLines(const Config& config) {
  std::string lines;
  for (const std::string& name : ContextNames(config)) {
    absl::StrAppend(&lines, name, "\n");
  }
  return lines;
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
  SMON_RETURN_IF_ERROR(session.out.Write(session.format == OutputFormat::kJson
                                             ? ConfigJson(config)
                                             : ToYaml(config)));
  return ExitStatus::kOk;
}

absl::StatusOr<ExitStatus> GetContexts(Session& session) {
  if (session.format == OutputFormat::kJson ||
      session.format == OutputFormat::kYaml) {
    return View(session);
  }
  SMON_ASSIGN_OR_RETURN(const Config config, LoadConfig(ConfigPath()));
  SMON_RETURN_IF_ERROR(session.out.Write(session.format == OutputFormat::kName
                                             ? NameLines(config)
                                             : ContextsTable(config, session)));
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

struct RenameOptions {
  std::string from;
  std::string to;
};

absl::StatusOr<ExitStatus> RenameContext(const RenameOptions& options,
                                         Session& session) {
  SMON_RETURN_IF_ERROR(CheckContextName(options.to));
  SMON_ASSIGN_OR_RETURN(Config config, LoadConfig(ConfigPath()));
  Context* context = FindContext(&config, options.from);
  if (context == nullptr) return NoContext(config, options.from);
  if (FindContext(config, options.to) != nullptr) {
    return absl::AlreadyExistsError(
        absl::StrCat("there is a context '", options.to,
                     "' already: 'smonctl config delete-context' removes it"));
  }
  context->name = options.to;
  if (config.current_context == options.from) {
    config.current_context = options.to;
  }
  SMON_RETURN_IF_ERROR(SaveConfig(ConfigPath(), config));
  SMON_RETURN_IF_ERROR(session.out.Write(absl::StrCat(
      "Context \"", options.from, "\" renamed to \"", options.to, "\".\n")));
  return ExitStatus::kOk;
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
  CLI::App* app = line->AddTo(
      group, "get-contexts", "List the contexts; a star is at the current one",
      {"smonctl config get-contexts", "smonctl config get-contexts -o name"},
      GetContexts);
  line->SetFormats(app,
                   {OutputFormat::kTable, OutputFormat::kJson,
                    OutputFormat::kYaml, OutputFormat::kName},
                   "table (default), json, yaml, or name (names alone)");
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

void AddRenameContext(CommandLine* line, CLI::App* group) {
  const auto options = std::make_shared<RenameOptions>();
  CLI::App* app = line->AddTo(
      group, "rename-context", "Give a context another name",
      {"smonctl config rename-context test staging"},
      [options](Session& session) { return RenameContext(*options, session); });
  app->add_option("CONTEXT", options->from, "The context's name")
      ->option_text(" ")
      ->required();
  app->add_option("NEW-NAME", options->to, "Its name from now on")
      ->option_text(" ")
      ->required();
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
  AddRenameContext(line, group);
  AddNamed(line, group, "delete-context", "Remove a context",
           "smonctl config delete-context prod", DeleteContext);
}

}  // namespace smon::client
