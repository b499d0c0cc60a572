#include "testing/slurm_standin/sacct_selection.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "testing/slurm_standin/time_spec.h"

namespace smon::slurm_standin {

bool SacctSelection::Read(const State& state, const Call& call,
                          const Options& options, Output* output) {
  for (const std::string& id : options.List("jobs")) {
    // The step of "12.batch" does not matter: its job is found by it.
    const auto selector = ParseJobSelector(id.substr(0, id.find('.')));
    if (!selector.has_value()) {
      *output = Failure(
          absl::StrCat("sacct: fatal: Bad job/step specified: ", id, "\n"));
      return false;
    }
    jobs_.push_back(*selector);
  }
  for (const std::string& text : options.List("state")) {
    const StateName* const found = FindState(text);
    if (found == nullptr) {
      *output = Failure(absl::StrCat(
          "sacct: fatal: unrecognized job state value '", text, "'\n"));
      return false;
    }
    states_.insert(std::string(found->name));
  }
  for (const std::string& user : options.List("user")) {
    const auto name = FindUser(state, user);
    if (!name.has_value()) {
      *output =
          Failure(absl::StrCat("sacct: error: Invalid user id: ", user, "\n"));
      return false;
    }
    users_.insert(*name);
  }
  // Without -a, everybody but root sees their own jobs only.
  if (users_.empty() && !options.Has("allusers") && call.uid != 0) {
    users_.insert(*FindUser(state, absl::StrCat(call.uid)));
  }
  for (std::string& name : options.List("partition")) partitions_.insert(name);
  return ReadWindow(call, options, output);
}

bool SacctSelection::ReadWindow(const Call& call, const Options& options,
                                Output* output) {
  const auto read = [&](const char* option, int64_t* time) {
    const absl::StatusOr<int64_t> parsed =
        ParseTimeSpec(options.Get(option), call.now);
    if (!parsed.ok()) {
      *output = Failure(absl::StrCat(parsed.status().message(), "\n"));
      return false;
    }
    *time = *parsed;
    return true;
  };
  if (options.Has("starttime")) {
    if (!read("starttime", &start_)) return false;
  } else if (!jobs_.empty()) {
    start_ = 0;
  } else {
    start_ = states_.empty() ? *ParseTimeSpec("midnight", call.now) : call.now;
  }
  end_ = call.now;
  if (options.Has("endtime")) {
    if (!read("endtime", &end_)) return false;
  } else if (!states_.empty() && options.Has("starttime")) {
    end_ = start_;
  }
  if (start_ > end_) {
    *output = Failure(absl::StrCat(
        "sacct: error: Start time (", FormatTime(call, start_, ""),
        ") requested is after end time (", FormatTime(call, end_, ""), ").\n"));
    return false;
  }
  return true;
}

std::vector<const Job*> SacctSelection::Select(const State& state,
                                               bool duplicates) const {
  std::vector<const Job*> selected;
  std::map<int64_t, const Job*> last_run;
  for (const Job& job : state.jobs) {
    if (!Matches(job)) continue;
    selected.push_back(&job);
    if (duplicates) continue;
    const Job*& last = last_run[job.raw_id];
    if (last == nullptr || job.submit >= last->submit) last = &job;
  }
  if (duplicates) return selected;
  const auto is_earlier_run = [&](const Job* job) {
    return last_run[job->raw_id] != job;
  };
  selected.erase(
      std::remove_if(selected.begin(), selected.end(), is_earlier_run),
      selected.end());
  return selected;
}

bool SacctSelection::Matches(const Job& job) const {
  if (!job.in_accounting) return false;
  if (!users_.empty() && users_.count(job.user) == 0) return false;
  // The whole text: a job that waits for "a,b" is in neither.
  if (!partitions_.empty() && partitions_.count(job.partition) == 0) {
    return false;
  }
  if (!jobs_.empty() &&
      std::none_of(jobs_.begin(), jobs_.end(),
                   [&](const JobSelector& s) { return Selects(s, job); })) {
    return false;
  }
  if (states_.empty()) return start_ == 0 || MatchesWindow(job);
  return std::any_of(states_.begin(), states_.end(), [&](const std::string& s) {
    return MatchesState(job, s);
  });
}

bool SacctSelection::MatchesWindow(const Job& job) const {
  return job.eligible != 0 && job.eligible < end_ &&
         (job.end == 0 || job.end >= start_);
}

bool SacctSelection::MatchesState(const Job& job,
                                  const std::string& state) const {
  if (start_ == 0) return job.state == state;
  if (state == "PENDING") {
    if (job.eligible == 0 || job.eligible >= end_) return false;
    if (job.start != 0) return job.start > start_;
    return job.end != 0 ? job.end > start_ : job.state == state;
  }
  if (state == "RUNNING") {
    if (job.start == 0 || job.start >= end_) return false;
    return job.end != 0 ? job.end > start_ : job.state == state;
  }
  if (job.state != state) return false;
  if (state == "SUSPENDED") return job.start != 0 && job.start < end_;
  return job.end != 0 && job.end >= start_ && job.end <= end_;
}

}  // namespace smon::slurm_standin
