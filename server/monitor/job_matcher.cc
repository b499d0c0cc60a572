#include "server/monitor/job_matcher.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/utf8.h"
#include "re2/re2.h"

namespace smon {
namespace {

// The Store's text cannot hold a NUL.
std::string WithoutNul(std::string text) {
  if (text.find('\0') == std::string::npos) return text;
  return absl::StrReplaceAll(text, {{absl::string_view("\0", 1), "\\x00"}});
}

// What is compared with text.
std::string Wanted(const std::string& text) {
  return WithoutNul(ToValidUtf8(text));
}

// What Slurm's users chose, as the Store and the API have it.
std::string Shown(const std::string& bytes) {
  return WithoutNul(BytesToText(bytes));
}

template <typename T>
bool Holds(const std::vector<T>& list, T value) {
  return list.empty() ||
         std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

JobMatcher::JobMatcher(const JobFilter& filter) : filter_(filter) {
  filter_.user = Wanted(filter.user);
  filter_.partition = Wanted(filter.partition);
  filter_.cluster = Wanted(filter.cluster);
}

absl::StatusOr<JobMatcher> JobMatcher::Make(const JobFilter& filter) {
  JobMatcher matcher(filter);
  if (filter.name_regex.empty()) return matcher;
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto regex = std::make_shared<const re2::RE2>(filter.name_regex, options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "name is no RE2 regular expression: ", Wanted(regex->error()), " in \"",
        Wanted(filter.name_regex), "\""));
  }
  matcher.name_ = std::move(regex);
  return matcher;
}

bool JobMatcher::Matches(const Job& job) const {
  if (!MatchesLists(job) || !MatchesEnd(job)) return false;
  if (!filter_.cluster.empty() && job.cluster != filter_.cluster) return false;
  if (!filter_.user.empty() && Shown(job.record.user) != filter_.user) {
    return false;
  }
  if (!has_text_part()) return true;
  return MatchesText(Shown(job.record.name), Shown(job.record.partition));
}

bool JobMatcher::MatchesText(const std::string& name,
                             const std::string& partitions) const {
  if (name_ != nullptr && !re2::RE2::PartialMatch(name, *name_)) return false;
  if (filter_.partition.empty()) return true;
  // A job that waits may be in several.
  const std::vector<absl::string_view> list = absl::StrSplit(partitions, ',');
  return std::find(list.begin(), list.end(), filter_.partition) != list.end();
}

bool JobMatcher::MatchesLists(const Job& job) const {
  if (!Holds(filter_.states, job.record.state)) return false;
  if (!Holds(filter_.phases, job.delivery.phase)) return false;
  if (!filter_.problems.empty() &&
      (job.delivery.problem == PathProblem::kNone ||
       !Holds(filter_.problems, job.delivery.problem))) {
    return false;
  }
  if (filter_.actions.empty()) return true;
  return job.verdict.has_value() && Holds(filter_.actions, job.verdict->action);
}

bool JobMatcher::MatchesEnd(const Job& job) const {
  if (!filter_.ended_after && !filter_.ended_before) return true;
  if (job.ended_at == absl::InfiniteFuture()) return false;
  // Rounded down, as in the Store.
  const int64_t ended = absl::ToUnixMicros(job.ended_at);
  return (!filter_.ended_after ||
          ended >= absl::ToUnixMicros(*filter_.ended_after)) &&
         (!filter_.ended_before ||
          ended < absl::ToUnixMicros(*filter_.ended_before));
}

}  // namespace smon
