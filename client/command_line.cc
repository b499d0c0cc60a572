#include "client/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/address.h"
#include "client/help_formatter.h"
#include "client/nearest.h"
#include "common/version.h"

namespace smon::client {
namespace {

constexpr char kAddressVariable[] = "SMONCTL_ADDRESS";

constexpr double kShortestTimeout = 0.001;  // seconds
constexpr double kLongestTimeout = 86400;

constexpr char kDescription[] =
    "Shows what smonsvc knows of a Slurm cluster's jobs, their logs, and what "
    "the Attribution Service concluded from them.";

constexpr char kEnvironmentHelp[] =
    "Environment:\n"
    "  SMONCTL_ADDRESS     where smonsvc is, unless --address is given\n"
    "  SMONCTL_TLS_CA, SMONCTL_TLS_CERT, SMONCTL_TLS_KEY, SMONCTL_TOKEN_FILE\n"
    "                      as the options of these names\n"
    "  NO_COLOR            any value: no colours";

// An option's value, or that of the variable which stands for it.
std::string OrVariable(const std::string& value, const char* variable) {
  if (!value.empty()) return value;
  const char* const text = std::getenv(variable);
  return text != nullptr ? text : "";
}

// Empty for a good one, as CLI11 wants it.
std::string CheckTimeout(const std::string& text) {
  double seconds = 0;
  const bool good = absl::SimpleAtod(text, &seconds) &&
                    seconds >= kShortestTimeout && seconds <= kLongestTimeout;
  return good ? ""
              : absl::StrCat("'", text, "' is not a number of seconds from ",
                             kShortestTimeout, " to ", kLongestTimeout);
}

std::string ExamplesHelp(const std::vector<std::string>& examples) {
  return absl::StrCat("Examples:\n  ", absl::StrJoin(examples, "\n  "));
}

// "smonctl help jobs" is "smonctl jobs --help".
std::vector<std::string> Arguments(int argc, const char* const* argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  if (!args.empty() && args.front() == "help") {
    args.erase(args.begin());
    args.push_back("--help");
  }
  return args;
}

// The app that the arguments led to: a command, or smonctl itself.
const CLI::App& Deepest(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : Deepest(*chosen.back());
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

}  // namespace

CommandLine::CommandLine() : app_(kDescription, "smonctl") {
  const auto formatter = std::make_shared<HelpFormatter>();
  formatter->label("SUBCOMMAND", "COMMAND");
  app_.formatter(formatter);
  app_.set_help_flag("-h,--help", "Show this help and exit");
  app_.set_version_flag("--version", absl::StrCat("smonctl ", kVersion),
                        "Show the version and exit");
  AddSharedOptions(&app_);
  app_.require_subcommand(0, 1);
  app_.footer(absl::StrCat(
      ExamplesHelp({"smonctl jobs --state=failed,timeout",
                    "smonctl jobs --state=unsuccessful --since=-6h -o json",
                    "smonctl result 123_4",
                    "smonctl --address=mon-1:8101 health"}),
      "\n\n", kEnvironmentHelp, "\n\n", kExitStatusHelp,
      "\n\n'smonctl COMMAND --help' tells more about a command."));
}

CLI::App* CommandLine::Add(const std::string& name,
                           const std::string& description,
                           const std::vector<std::string>& examples,
                           Command command) {
  CLI::App* app = app_.add_subcommand(name, description);
  app->set_help_flag("-h,--help", "Show this help and exit");
  AddSharedOptions(app);
  app->footer(ExamplesHelp(examples));
  commands_[name] = std::move(command);
  return app;
}

// The same variables for smonctl and for each command, so that an option may
// stand on either side of the command's name.
void CommandLine::AddSharedOptions(CLI::App* app) {
  app->get_help_ptr()->group(kSharedOptions);
  app->add_option("--address", address_,
                  absl::StrCat("smonsvc's gRPC port: HOST:PORT or unix:/PATH "
                               "(default ",
                               kDefaultAddress, ")"))
      ->option_text("ADDRESS")
      ->group(kSharedOptions);
  const auto add_file = [app](const char* name, std::string* path,
                              const char* description) {
    app->add_option(name, *path, description)
        ->option_text("FILE")
        ->group(kSharedOptions);
  };
  add_file("--tls_ca", &credentials_.tls_ca,
           "Speak TLS, and trust these authorities (PEM)");
  add_file("--tls_cert", &credentials_.tls_cert, "Our certificate (PEM)");
  add_file("--tls_key", &credentials_.tls_key, "Its key (PEM)");
  add_file("--token_file", &credentials_.token,
           "Holds the token that says who we are");
  app->add_option("-o,--output", output_,
                  "table (default), or json: the API's own messages")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"table", "json"}))
      ->group(kSharedOptions);
  app->add_option("--timeout", timeout_seconds_,
                  "Longest wait for each answer (default 30)")
      ->option_text("SECONDS")
      ->check(CheckTimeout)
      ->group(kSharedOptions);
}

int CommandLine::Run(int argc, const char* const* argv) {
  std::vector<std::string> args = Arguments(argc, argv);
  std::reverse(args.begin(), args.end());  // CLI11 wants the last one first
  try {
    app_.parse(std::move(args));
  } catch (const CLI::CallForHelp& help) {
    if (app_.get_subcommands().empty() && app_.remaining_size() > 0) {
      return static_cast<int>(ExplainUsage(Problem(help)));
    }
    std::fputs(app_.help().c_str(), stdout);
    return static_cast<int>(ExitStatus::kOk);
  } catch (const CLI::CallForVersion& version) {
    std::printf("%s\n", version.what());
    return static_cast<int>(ExitStatus::kOk);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(ExplainUsage(Problem(error)));
  }
  return static_cast<int>(RunChosen());
}

ExitStatus CommandLine::RunChosen() {
  const std::vector<CLI::App*> chosen = app_.get_subcommands();
  if (chosen.empty()) return ExplainUsage("no command given");

  Connection connection(
      {Address(), absl::Seconds(timeout_seconds_), Credentials()});
  Output out(STDOUT_FILENO);
  Session session{
      connection,
      out,
      DetectTerminal(STDOUT_FILENO),
      output_ == "json" ? OutputFormat::kJson : OutputFormat::kTable,
      absl::Now(),
      absl::LocalTimeZone()};
  const absl::StatusOr<ExitStatus> status =
      commands_.at(chosen.front()->get_name())(session);
  // A reader that has seen enough is no failure.
  if (out.reader_is_gone()) return ExitStatus::kOk;
  if (status.ok()) return *status;
  PrintError(status.status());
  return ExitStatusFor(status.status());
}

std::string CommandLine::Address() const {
  const std::string address = OrVariable(address_, kAddressVariable);
  return address.empty() ? kDefaultAddress : address;
}

CredentialFiles CommandLine::Credentials() const {
  return {OrVariable(credentials_.tls_ca, "SMONCTL_TLS_CA"),
          OrVariable(credentials_.tls_cert, "SMONCTL_TLS_CERT"),
          OrVariable(credentials_.tls_key, "SMONCTL_TLS_KEY"),
          OrVariable(credentials_.token, "SMONCTL_TOKEN_FILE")};
}

// In our words where a nearest name helps, else in CLI11's.
std::string CommandLine::Problem(const CLI::ParseError& error) const {
  const CLI::App& app = Deepest(app_);
  const std::vector<std::string> unknown = app_.remaining(/*recurse=*/true);
  for (const std::string& word : unknown) {
    if (word.size() > 1 && word.front() == '-') {
      return absl::StrCat(
          "unknown option ", word,
          DidYouMean(word.substr(0, word.find('=')), OptionNames(app)));
    }
  }
  if (unknown.empty()) return error.what();
  if (&app != &app_) {
    return absl::StrCat("unexpected argument '", unknown.front(), "'");
  }
  return absl::StrCat("unknown command '", unknown.front(), "'",
                      DidYouMean(unknown.front(), CommandNames(app_)));
}

ExitStatus CommandLine::ExplainUsage(const std::string& problem) const {
  const CLI::App& app = Deepest(app_);
  PrintError(absl::InvalidArgumentError(absl::StrCat(
      problem, " (see 'smonctl ",
      &app == &app_ ? "" : absl::StrCat(app.get_name(), " "), "--help')")));
  return ExitStatus::kUsage;
}

}  // namespace smon::client
