#include "server/config/flags.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"
#include "server/config/flag_table.h"
#include "server/config/setting_file.h"

DECLARE_string(config);

namespace smon {
namespace {

// A value that was given, and where.
struct Given {
  std::string value;
  std::string source;
  std::string shown_source;  // how a message about the value begins
};

// By flag. What comes later is put over what was there.
using AllGiven = std::map<std::string, Given>;

std::string UnknownArgument(absl::string_view argument,
                            absl::string_view name) {
  const std::string nearest =
      absl::StartsWith(argument, "-") ? NearestFlag(name) : "";
  return absl::StrCat(
      "unknown argument '", ToPrintable(argument), "'",
      nearest.empty() ? "." : absl::StrCat("; did you mean --", nearest, "?"),
      " See --help.");
}

// As the Python service reads a truth: true, 1, yes in any case.
std::string BoolText(absl::string_view value) {
  const std::string text = absl::AsciiStrToLower(value);
  return text == "yes" || text == "y"  ? "true"
         : text == "no" || text == "n" ? "false"
                                       : text;
}

// Whether the flag could be set.
bool SetFlag(const std::string& flag, const std::string& value) {
  const std::string text =
      TypeOf(flag) == FlagType::kBool ? BoolText(value) : value;
  return !gflags::SetCommandLineOption(flag.c_str(), text.c_str()).empty();
}

void SetOrReport(const std::string& flag, const Given& given,
                 Settings* settings) {
  if (SetFlag(flag, given.value)) {
    settings->sources[flag] = given.source;
    return;
  }
  settings->problems.push_back(absl::StrCat(
      given.shown_source, ": '", ToPrintable(given.value), "' is not ",
      TypeOf(flag) == FlagType::kBool ? "true or false" : "a number",
      ". See --help."));
}

void ReadEnvironment(const Environment& environment, AllGiven* given) {
  for (const std::string& flag : FlagNames()) {
    for (const std::string& variable : VariablesOf(flag)) {
      const char* value = environment(variable.c_str());
      if (value == nullptr || *value == '\0') continue;
      (*given)[flag] = {value, absl::StrCat("environment ", variable),
                        variable};
      break;
    }
  }
}

// What is not a setting. True when it was one of those.
bool ReadRequest(absl::string_view argument, Request* request) {
  static const auto* const requests = new std::map<absl::string_view, Request>{
      {"-h", Request::kHelp},
      {"-help", Request::kHelp},
      {"--help", Request::kHelp},
      {"--version", Request::kVersion},
      {"--check_config", Request::kCheckConfig},
      {"--check-config", Request::kCheckConfig},
      {"--print_config", Request::kPrintConfig},
      {"--print-config", Request::kPrintConfig}};
  const auto it = requests->find(argument);
  if (it == requests->end()) return false;
  *request = it->second;
  return true;
}

bool IsValue(const std::vector<std::string>& arguments, size_t i) {
  return i < arguments.size() && !absl::StartsWith(arguments[i], "-");
}

void ReadArguments(const std::vector<std::string>& arguments, AllGiven* given,
                   Settings* settings) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument =
        arguments[i] == "-v" ? "--verbose" : arguments[i];
    if (ReadRequest(argument, &settings->request)) continue;
    const size_t equals = std::min(argument.find('='), argument.size());
    const std::string spelled = argument.substr(0, equals);
    const std::string flag =
        absl::StartsWith(spelled, "--") ? FindFlag(spelled.substr(2)) : "";
    if (flag.empty()) {
      settings->problems.push_back(
          UnknownArgument(argument, absl::StripPrefix(spelled, "--")));
      // What follows is its value: one problem is enough.
      const bool is_flag = absl::StartsWith(argument, "--");
      if (is_flag && equals == argument.size() && IsValue(arguments, i + 1)) {
        ++i;
      }
      continue;
    }
    std::string value = "true";
    if (equals < argument.size()) {
      value = argument.substr(equals + 1);
    } else if (TypeOf(flag) != FlagType::kBool) {
      if (i + 1 == arguments.size()) {
        settings->problems.push_back(
            absl::StrCat(spelled, ": a value is missing. See --help."));
        return;
      }
      value = arguments[++i];
    }
    while (flag == "partitions" && IsValue(arguments, i + 1)) {
      absl::StrAppend(&value, " ", arguments[++i]);
    }
    (*given)[flag] = {value, absl::StrCat("flag --", flag), spelled};
  }
}

void ReadFile(const std::string& path, AllGiven* given, Settings* settings) {
  SettingFile file = ReadSettingFile(path);
  for (std::string& problem : file.problems) {
    settings->problems.push_back(std::move(problem));
  }
  for (FileSetting& setting : file.settings) {
    const std::string at = absl::StrCat(ToPrintable(path), ":", setting.line);
    (*given)[setting.flag] = {std::move(setting.value), at,
                              absl::StrCat(at, ": ", setting.flag)};
  }
}

}  // namespace

Settings SetFlags(const std::vector<std::string>& arguments,
                  const Environment& environment) {
  for (const std::string& flag : FlagNames()) {
    SetFlag(flag,
            gflags::GetCommandLineFlagInfoOrDie(flag.c_str()).default_value);
  }
  Settings settings;
  AllGiven given_outside;
  ReadEnvironment(environment, &given_outside);
  ReadArguments(arguments, &given_outside, &settings);

  AllGiven given;
  const auto path = given_outside.find("config");
  if (path != given_outside.end() && !path->second.value.empty()) {
    ReadFile(path->second.value, &given, &settings);
  }
  for (auto& [flag, value] : given_outside) given[flag] = std::move(value);
  for (const std::string& flag : FlagNames()) {
    const auto it = given.find(flag);
    if (it != given.end()) SetOrReport(flag, it->second, &settings);
  }
  return settings;
}

std::map<std::string, std::string> FlagValues() {
  std::map<std::string, std::string> values;
  for (const std::string& flag : FlagNames()) {
    values[flag] =
        gflags::GetCommandLineFlagInfoOrDie(flag.c_str()).current_value;
  }
  return values;
}

}  // namespace smon
