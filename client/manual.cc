#include "client/manual.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/version.h"

namespace smon::client {
namespace {

// Of this text; mandoc wants one.
constexpr char kDate[] = "2026-11-26";

// Text that roff prints as it is, hyphens that may be typed included.
std::string Text(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(
      text, {{"\\", "\\e"}, {"-", "\\-"}, {"…", "\\[u2026]"}, {"'", "\\(aq"}});
  if (absl::StartsWith(escaped, ".")) escaped.insert(0, "\\&");
  return escaped;
}

std::string Bold(absl::string_view text) {
  return absl::StrCat("\\fB", Text(text), "\\fR");
}

std::string Italic(absl::string_view text) {
  return absl::StrCat("\\fI", Text(text), "\\fR");
}

// Lines that are shown as they are, but for the two spaces that --help has
// before them.
std::string Block(const std::string& lines) {
  std::string block = ".nf\n.RS\n";
  for (absl::string_view line : absl::StrSplit(lines, '\n')) {
    absl::ConsumePrefix(&line, "  ");
    absl::StrAppend(&block, Text(line), "\n");
  }
  return absl::StrCat(block, ".RE\n.fi\n");
}

std::string OptionEntry(const OptionModel& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(Bold(name));
  return absl::StrCat(
      ".TP\n", absl::StrJoin(names, ", "),
      option.value.empty() ? "" : absl::StrCat(" ", Italic(option.value)), "\n",
      Text(option.description), "\n");
}

std::string OptionEntries(const CommandModel& command, bool shared) {
  std::string entries;
  for (const OptionModel& option : command.options) {
    if (option.is_shared == shared) {
      absl::StrAppend(&entries, OptionEntry(option));
    }
  }
  return entries;
}

// "jobs [OPTION]...", "job ID".
std::string Usage(const CommandModel& command) {
  std::string usage = Bold(command.name);
  for (const OptionModel& option : command.options) {
    if (option.is_shared) continue;
    absl::StrAppend(&usage, " [", Italic("OPTION"), "]...");
    break;
  }
  for (const OptionModel& argument : command.arguments) {
    const std::string name =
        absl::StrCat(Italic(argument.value), argument.is_repeated ? "..." : "");
    absl::StrAppend(&usage, " ",
                    argument.is_required ? name : absl::StrCat("[", name, "]"));
  }
  return usage;
}

// A command that does something by itself, and those below it.
std::string CommandSections(const CommandModel& command) {
  std::string text =
      absl::StrCat(".SS ", Usage(command), "\n", Text(command.description),
                   ".\n", OptionEntries(command, /*shared=*/false));
  // The footer is "Examples:", and a line for each.
  const std::vector<std::string> parts =
      absl::StrSplit(command.footer, absl::MaxSplits('\n', 1));
  if (parts.size() == 2) {
    absl::StrAppend(&text, ".PP\n", Text(parts[0]), "\n.PP\n", Block(parts[1]));
  }
  for (const CommandModel& below : command.commands) {
    absl::StrAppend(&text, CommandSections(below));
  }
  return text;
}

// The parts of smonctl's footer, "Environment:\n  …", as sections.
std::string FooterSections(const std::string& footer) {
  std::string sections;
  for (absl::string_view part : absl::StrSplit(footer, "\n\n")) {
    const std::vector<std::string> lines =
        absl::StrSplit(part, absl::MaxSplits(":\n", 1));
    if (lines.size() != 2) continue;
    absl::StrAppend(&sections, ".SH ", absl::AsciiStrToUpper(lines[0]), "\n",
                    Block(lines[1]));
  }
  return sections;
}

}  // namespace

std::string Manual(const CommandModel& smonctl) {
  std::string page = absl::StrCat(
      ".\\\" Made from the commands of smonctl; see client/manual.cc.\n",
      ".TH SMONCTL 1 ", kDate, " \"smonctl ", kVersion,
      "\" \"User Commands\"\n.SH NAME\nsmonctl \\- ask smonsvc about jobs, "
      "their logs and verdicts\n.SH SYNOPSIS\n",
      Bold("smonctl"), " [", Italic("OPTION"), "]... ", Italic("COMMAND"), " [",
      Italic("ARGUMENT"), "]...\n.SH DESCRIPTION\n", Text(smonctl.description),
      "\n.SH COMMANDS\n");
  for (const CommandModel& command : smonctl.commands) {
    absl::StrAppend(&page, CommandSections(command));
  }
  absl::StrAppend(&page,
                  ".SH OPTIONS\nThey may stand before and after the "
                  "command.\n",
                  OptionEntries(smonctl, /*shared=*/true),
                  FooterSections(smonctl.footer),
                  ".SH SEE ALSO\n.BR squeue (1),\n.BR sacct (1)\n");
  return page;
}

}  // namespace smon::client
