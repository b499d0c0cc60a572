#include "client/command_model.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/choices.h"
#include "client/help_formatter.h"

namespace smon::client {
namespace {

ValueKind KindOf(const CLI::Option& option, const std::string& value) {
  if (option.get_type_size() == 0) return ValueKind::kNone;
  if (!ChoicesOf(option).empty()) return ValueKind::kWords;
  if (value == "FILE") return ValueKind::kFile;
  if (value == "CONTEXT") return ValueKind::kContext;
  if (value == "CLUSTER") return ValueKind::kCluster;
  return ValueKind::kText;
}

OptionModel DescribeOption(const CLI::Option& option) {
  OptionModel model;
  for (const std::string& name : option.get_snames()) {
    model.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    model.names.push_back("--" + name);
  }
  if (option.get_positional()) {
    model.value = option.get_name(/*positional=*/true);
    model.is_repeated = option.get_option_text() == "...";
  } else if (option.get_type_size() != 0) {
    model.value = option.get_option_text().empty() ? option.get_type_name()
                                                   : option.get_option_text();
  }
  model.description = option.get_description();
  model.words = ChoicesOf(option);
  model.kind = KindOf(option, model.value);
  model.is_shared = option.get_group() == kSharedOptions;
  model.is_required = option.get_required();
  return model;
}

CommandModel Describe(const CLI::App& app, const std::string& prefix) {
  CommandModel model;
  model.name = absl::StrCat(prefix, prefix.empty() ? "" : " ", app.get_name());
  model.description = app.get_description();
  model.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    (option->get_positional() ? model.arguments : model.options)
        .push_back(DescribeOption(*option));
  }
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    model.commands.push_back(Describe(*command, model.name));
  }
  return model;
}

}  // namespace

CommandModel DescribeCommands(const CLI::App& app) { return Describe(app, ""); }

std::vector<const CommandModel*> AllCommands(const CommandModel& command) {
  std::vector<const CommandModel*> all = {&command};
  for (const CommandModel& below : command.commands) {
    const std::vector<const CommandModel*> more = AllCommands(below);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

std::string LastWord(const CommandModel& command) {
  return command.name.substr(command.name.rfind(' ') + 1);
}

}  // namespace smon::client
