#include "slurm/batch_scripts.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace smon::slurm {
namespace {

constexpr absl::string_view kHeading = "Batch Script for ";

// Whether `rest` starts with a heading; then sets its job id and removes it.
bool ConsumeHeading(absl::string_view* rest, absl::string_view* job_id) {
  absl::string_view text = *rest;
  if (!absl::ConsumePrefix(&text, kHeading)) return false;
  const size_t newline = text.find('\n');
  if (newline == absl::string_view::npos) return false;
  *job_id = text.substr(0, newline);
  text.remove_prefix(newline + 1);
  const size_t dashes = text.find_first_not_of('-');
  if (dashes == absl::string_view::npos || dashes < 10 ||
      text[dashes] != '\n') {
    return false;
  }
  text.remove_prefix(dashes + 1);
  *rest = text;
  return true;
}

}  // namespace

std::vector<std::string> BatchScriptsArgv(
    const std::vector<std::string>& job_ids) {
  return {"sacct", "--batch-script", "-j", absl::StrJoin(job_ids, ",")};
}

std::map<std::string, std::string> ParseBatchScripts(
    absl::string_view output, const std::vector<std::string>& job_ids) {
  const std::set<std::string> asked(job_ids.begin(), job_ids.end());
  std::set<std::string> seen;
  std::set<std::string> forged;
  std::map<std::string, std::string> scripts;
  std::string current;  // whose script the lines belong to
  absl::string_view rest = output;
  while (!rest.empty()) {
    absl::string_view job_id;
    absl::string_view after = rest;
    if (ConsumeHeading(&after, &job_id) &&
        asked.count(std::string(job_id)) > 0) {
      current = std::string(job_id);
      if (!seen.insert(current).second) forged.insert(current);
      rest = after;
      continue;
    }
    const size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
    if (!current.empty()) {
      scripts[current].append(rest.data(), length);
    }
    rest.remove_prefix(length);
  }
  for (auto it = scripts.begin(); it != scripts.end();) {
    // sacct puts a newline after each script.
    if (absl::EndsWith(it->second, "\n")) it->second.pop_back();
    const bool has_script =
        !it->second.empty() && it->second != "NONE" && it->second != "NONE\n";
    it = has_script && forged.count(it->first) == 0 ? std::next(it)
                                                    : scripts.erase(it);
  }
  return scripts;
}

}  // namespace smon::slurm
