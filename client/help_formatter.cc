#include "client/help_formatter.h"

#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/text_width.h"
#include "client/text_wrap.h"

namespace smon::client {
namespace {

constexpr int kColumns = 80;
constexpr int kTermColumns = 26;  // left of the explanations

// "  --limit N               Most jobs to list": the explanation on a line of
// its own when the term is long.
std::string Entry(const std::string& term, const std::string& explanation) {
  std::string entry = absl::StrCat("  ", term);
  const std::string indentation(kTermColumns, ' ');
  const int gap = kTermColumns - TextWidth(entry);
  if (gap < 2) {
    absl::StrAppend(&entry, "\n", indentation);
  } else {
    entry.append(gap, ' ');
  }
  const std::string lines = WrapText(explanation, kColumns - kTermColumns);
  return absl::StrCat(
      entry, absl::StrReplaceAll(lines, {{"\n", "\n" + indentation}}), "\n");
}

std::string Section(absl::string_view title,
                    const std::vector<std::string>& entries) {
  if (entries.empty()) return "";
  return absl::StrCat("\n", title, ":\n", absl::StrJoin(entries, ""));
}

std::string OptionEntry(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back("--" + name);
  }
  std::string term = absl::StrJoin(names, ", ");
  if (option.get_type_size() != 0) {
    absl::StrAppend(&term, " ",
                    option.get_option_text().empty()
                        ? option.get_type_name()
                        : option.get_option_text());
  }
  return Entry(term, option.get_description());
}

std::vector<std::string> OptionEntries(const CLI::App& app,
                                       const std::string& group) {
  std::vector<std::string> entries;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && option->get_group() == group) {
      entries.push_back(OptionEntry(*option));
    }
  }
  return entries;
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode /*mode*/) const {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) {
      arguments.push_back(Entry(option->get_name(/*positional=*/true),
                                option->get_description()));
    }
  }
  std::vector<std::string> commands;
  for (const CLI::App* command : app->get_subcommands(nullptr)) {
    commands.push_back(Entry(command->get_name(), command->get_description()));
  }

  std::string help = absl::StrCat(WrapText(app->get_description(), kColumns),
                                  "\n\n", make_usage(app, name));
  absl::StrAppend(&help, Section("Arguments", arguments),
                  Section("Commands", commands));
  for (const std::string& group : app->get_groups()) {
    if (group != kSharedOptions) {
      absl::StrAppend(&help, Section(group, OptionEntries(*app, group)));
    }
  }
  absl::StrAppend(&help,
                  Section(kSharedOptions, OptionEntries(*app, kSharedOptions)),
                  "\n", app->get_footer(), "\n");
  return help;
}

}  // namespace smon::client
