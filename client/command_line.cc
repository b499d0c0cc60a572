#include "client/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/help_formatter.h"
#include "client/nearest.h"
#include "common/version.h"

namespace smon::client {
namespace {

constexpr char kDescription[] =
    "Shows what smonsvc knows of a Slurm cluster's jobs, their logs, and what "
    "the Attribution Service concluded from them.";

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

// "smonctl config use-context".
std::string FullName(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr
             ? app.get_name()
             : absl::StrCat(FullName(*parent), " ", app.get_name());
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
  AddSharedOptions(&app_, &options_);
  app_.require_subcommand(0, 1);
  app_.footer(absl::StrCat(
      ExamplesHelp({"smonctl jobs --state=failed,timeout",
                    "smonctl jobs --state=unsuccessful --since=-6h -o json",
                    "smonctl result 123_4",
                    "smonctl --address=mon-1:8101 health"}),
      "\n\n", SharedEnvironmentHelp(), "\n\n", kExitStatusHelp,
      "\n\n'smonctl COMMAND --help' tells more about a command."));
}

CLI::App* CommandLine::Add(const std::string& name,
                           const std::string& description,
                           const std::vector<std::string>& examples,
                           Command command) {
  return AddTo(&app_, name, description, examples, std::move(command));
}

CLI::App* CommandLine::AddGroup(const std::string& name,
                                const std::string& description,
                                const std::vector<std::string>& examples) {
  CLI::App* group = AddApp(&app_, name, description, examples);
  group->require_subcommand(0, 1);
  return group;
}

CLI::App* CommandLine::AddTo(CLI::App* group, const std::string& name,
                             const std::string& description,
                             const std::vector<std::string>& examples,
                             Command command) {
  CLI::App* app = AddApp(group, name, description, examples);
  commands_[app] = std::move(command);
  return app;
}

void CommandLine::AllowListFormats(CLI::App* command) {
  lists_.insert(command);
  command
      ->get_option("--output")
      // For completion: ChoicesOf takes the first list, and this one comes
      // before that of the shared option.
      ->type_name("{table,wide,json,jsonl,yaml,csv,name,custom-columns=}")
      ->description(
          "table (default), wide, json, jsonl (a job a line), yaml, csv, name "
          "(ids alone), or custom-columns=[HEADER:]FIELD,… with the names of "
          "json, such as ID:jobId,WHY:verdict.reason");
}

// The shared options are the same variables for smonctl and for each command,
// so that an option may stand on either side of the command's name.
CLI::App* CommandLine::AddApp(CLI::App* parent, const std::string& name,
                              const std::string& description,
                              const std::vector<std::string>& examples) {
  CLI::App* app = parent->add_subcommand(name, description);
  app->set_help_flag("-h,--help", "Show this help and exit");
  AddSharedOptions(app, &options_);
  app->footer(ExamplesHelp(examples));
  return app;
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
  const auto chosen = commands_.find(&Deepest(app_));
  if (chosen == commands_.end()) return ExplainUsage("no command given");
  if (IsForListsOnly(options_.output.format) &&
      lists_.count(chosen->first) == 0) {
    return ExplainUsage(
        "this output format is for lists of jobs; here there "
        "are table and json");
  }

  Connection connection([this] { return ConnectionOptions(options_); });
  Output out(STDOUT_FILENO);
  Session session{connection,
                  out,
                  DetectTerminal(STDOUT_FILENO, options_.color),
                  options_.output.format,
                  options_.output.columns,
                  absl::Now(),
                  absl::LocalTimeZone()};
  const absl::StatusOr<ExitStatus> status = chosen->second(session);
  // A reader that has seen enough is no failure.
  if (out.reader_is_gone()) return ExitStatus::kOk;
  if (status.ok()) return *status;
  PrintError(status.status());
  return ExitStatusFor(status.status());
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
  if (commands_.count(&app) > 0) {
    return absl::StrCat("unexpected argument '", unknown.front(), "'");
  }
  return absl::StrCat("unknown command '", unknown.front(), "'",
                      DidYouMean(unknown.front(), CommandNames(app)));
}

ExitStatus CommandLine::ExplainUsage(const std::string& problem) const {
  const CLI::App& app = Deepest(app_);
  PrintError(absl::InvalidArgumentError(
      absl::StrCat(problem, " (see '", FullName(app), " --help')")));
  return ExitStatus::kUsage;
}

}  // namespace smon::client
