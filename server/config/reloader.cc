#include "server/config/reloader.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log.h"

namespace smon {
namespace {

// What can change while running. For the rest, ports would have to move,
// clients be made anew, or jobs be looked at that were not wanted before.
bool CanChange(const std::string& flag) {
  static const auto* const flags = new std::set<std::string>{
      "interval",     "submit_rate",   "result_rate",    "log_wait",
      "verdict_wait", "retention_age", "retention_jobs", "log_level",
      "verbose",      "log_format"};
  return flags->count(flag) > 0;
}

// The first of them, and how many more there are.
absl::Status StatusOf(const std::vector<std::string>& problems) {
  if (problems.empty()) return absl::OkStatus();
  const size_t more = problems.size() - 1;
  return absl::InvalidArgumentError(absl::StrCat(
      problems[0], more == 0 ? "" : absl::StrCat(" (", more, " more)")));
}

}  // namespace

Reloader::Reloader(std::vector<std::string> arguments, Environment environment,
                   ReloadRecord* record,
                   std::function<void(const Config&)> apply)
    : arguments_(std::move(arguments)),
      environment_(std::move(environment)),
      record_(record),
      apply_(std::move(apply)),
      running_(FlagValues()) {}

void Reloader::Reload() {
  if (running_["config"].empty()) return;
  const Settings settings = SetFlags(arguments_, environment_);
  std::vector<std::string> problems = settings.problems;
  const Config config = ReadConfig(settings, &problems);
  record_->Note(StatusOf(problems));
  for (const std::string& problem : problems) {
    LogError("configuration not taken: the old settings stay",
             {{"error", problem}});
  }
  if (!problems.empty()) return;

  std::vector<std::string> changed;
  std::vector<std::string> need_restart;
  for (const auto& [flag, value] : FlagValues()) {
    if (running_[flag] == value) continue;
    (CanChange(flag) ? changed : need_restart).push_back(flag);
    if (CanChange(flag)) running_[flag] = value;
  }
  if (!changed.empty()) apply_(config);
  LogInfo("configuration read again",
          {{"changed", absl::StrJoin(changed, " ")}});
  if (need_restart.empty()) return;
  LogWarning("settings changed that need a restart",
             {{"settings", absl::StrJoin(need_restart, " ")}});
}

}  // namespace smon
