#include "client/command_line.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
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

const std::vector<OutputFormat>& UsualFormats() {
  static const auto& formats = *new std::vector<OutputFormat>{
      OutputFormat::kTable, OutputFormat::kJson, OutputFormat::kYaml};
  return formats;
}

std::string FormatNames(const std::vector<OutputFormat>& formats,
                        const char* separator) {
  return absl::StrJoin(formats, separator,
                       [](std::string* out, OutputFormat format) {
                         out->append(OutputFormatName(format));
                       });
}

// An option without a value is mostly a script's variable that is not set.
// "--user=" would have CLI11 take the next word for the value, and with
// "--user ''" a filter would match more than is meant. Both are refused.

// The first "--user=" among the words, without its equals sign, or "".
std::string OptionThatEndsInEquals(const std::vector<std::string>& args) {
  for (const std::string& word : args) {
    if (absl::StartsWith(word, "--") && word.find('=') == word.size() - 1) {
      return word.substr(0, word.size() - 1);
    }
  }
  return "";
}

// The first option of `app` that was given "" for a value, or "".
std::string OptionWithEmptyValue(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::vector<std::string>& values = option->results();
    if (option->nonpositional() &&
        std::find(values.begin(), values.end(), "") != values.end()) {
      return option->get_name();
    }
  }
  return "";
}

// CLI11's "--state: 1 required TEXT:{…} missing" in fewer words.
std::string InFewerWords(absl::string_view error) {
  const size_t required = error.find(": 1 required ");
  if (required == absl::string_view::npos ||
      !absl::EndsWith(error, " missing")) {
    return std::string(error);
  }
  return absl::StrCat(error.substr(0, required), " needs a value");
}

// Help and the like are data, too.
ExitStatus Print(absl::string_view text) {
  Output out(STDOUT_FILENO);
  const absl::Status status = out.Write(text);
  if (status.ok() || out.reader_is_gone()) return ExitStatus::kOk;
  PrintError(status);
  return ExitStatusFor(status);
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
  SetFormats(command,
             {OutputFormat::kTable, OutputFormat::kWide, OutputFormat::kJson,
              OutputFormat::kJsonLines, OutputFormat::kYaml, OutputFormat::kCsv,
              OutputFormat::kName, OutputFormat::kCustomColumns},
             "table (default), wide, json, jsonl (a job a line), yaml, csv, "
             "name (ids alone), or custom-columns=[HEADER:]FIELD,… with the "
             "names of json, such as ID:jobId,WHY:verdict.reason");
}

void CommandLine::SetFormats(CLI::App* command,
                             std::vector<OutputFormat> formats,
                             const std::string& description) {
  // For completion: ChoicesOf takes the first list, and this one comes before
  // that of the shared option.
  command->get_option("--output")
      ->type_name(absl::StrCat("{", FormatNames(formats, ","), "}"))
      ->description(description);
  formats_[command] = std::move(formats);
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
  const std::string empty = OptionThatEndsInEquals(args);
  if (!empty.empty()) {
    return static_cast<int>(ExplainUsage(absl::StrCat(empty, " has no value")));
  }
  std::reverse(args.begin(), args.end());  // CLI11 wants the last one first
  try {
    app_.parse(std::move(args));
  } catch (const CLI::CallForHelp& help) {
    if (app_.get_subcommands().empty() && app_.remaining_size() > 0) {
      return static_cast<int>(ExplainUsage(Problem(help)));
    }
    return static_cast<int>(Print(app_.help()));
  } catch (const CLI::CallForVersion& version) {
    return static_cast<int>(Print(absl::StrCat(version.what(), "\n")));
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(ExplainUsage(Problem(error)));
  }
  return static_cast<int>(RunChosen());
}

ExitStatus CommandLine::RunChosen() {
  const auto chosen = commands_.find(&Deepest(app_));
  if (chosen == commands_.end()) return ExplainUsage("no command given");
  for (const CLI::App* app : {&std::as_const(app_), chosen->first}) {
    const std::string empty = OptionWithEmptyValue(*app);
    if (!empty.empty())
      return ExplainUsage(absl::StrCat(empty, " has no value"));
  }
  const std::string problem = FormatProblem(*chosen->first);
  if (!problem.empty()) return ExplainUsage(problem);

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

std::string CommandLine::FormatProblem(const CLI::App& command) const {
  const OutputFormat format = options_.output.format;
  const auto own = formats_.find(&command);
  const std::vector<OutputFormat>& known =
      own == formats_.end() ? UsualFormats() : own->second;
  if (std::find(known.begin(), known.end(), format) != known.end()) return "";
  return absl::StrCat("no output format '", OutputFormatName(format),
                      "' here (known: ", FormatNames(known, ", "), ")");
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
  if (unknown.empty()) return InFewerWords(error.what());
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
