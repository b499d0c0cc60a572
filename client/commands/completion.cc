// smonctl completion: scripts that make shells complete smonctl's words.

#include "client/completion.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/commands/commands.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

absl::StatusOr<ExitStatus> PrintCompletion(const std::string& shell,
                                           const CLI::App& app,
                                           Session& session) {
  const CommandModel smonctl = DescribeCommands(app);
  SMON_RETURN_IF_ERROR(
      session.out.Write(shell == "bash"  ? BashCompletion(smonctl)
                        : shell == "zsh" ? ZshCompletion(smonctl)
                                         : FishCompletion(smonctl)));
  return ExitStatus::kOk;
}

}  // namespace

void AddCompletionCommand(CommandLine* line) {
  const auto shell = std::make_shared<std::string>();
  line->Add(
          "completion", "Print a script that completes smonctl in a shell",
          {"smonctl completion bash >/etc/bash_completion.d/smonctl",
           "source <(smonctl completion zsh)   # in ~/.zshrc, after compinit",
           "smonctl completion fish >~/.config/fish/completions/smonctl.fish"},
          [line, shell](Session& session) {
            return PrintCompletion(*shell, line->app(), session);
          })
      ->add_option("SHELL", *shell, "bash, zsh or fish")
      ->option_text(" ")
      ->check(CLI::IsMember(std::vector<std::string>{"bash", "zsh", "fish"}))
      ->required();
}

}  // namespace smon::client
