#ifndef SMON_SERVER_MONITOR_JOB_MATCHER_H_
#define SMON_SERVER_MONITOR_JOB_MATCHER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/monitor/job.h"
#include "server/monitor/store.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace smon {

// A JobFilter for jobs in memory: says of each what Store::ListJobs says of
// those that are stored. Thread-safe.
//
//   SMON_ASSIGN_OR_RETURN(const JobMatcher matcher, JobMatcher::Make(filter));
//   if (matcher.Matches(job)) ...
class JobMatcher {
 public:
  // INVALID_ARGUMENT when name_regex is no RE2 regular expression.
  static absl::StatusOr<JobMatcher> Make(const JobFilter& filter);

  // Of a job as the Store returns it.
  bool Matches(const Job& job) const;

  // The part of it that SQL cannot do. The texts are as the API shows them.
  bool has_text_part() const {
    return name_ != nullptr || !filter_.partition.empty();
  }
  bool MatchesText(const std::string& name,
                   const std::string& partitions) const;

 private:
  explicit JobMatcher(const JobFilter& filter);

  bool MatchesLists(const Job& job) const;
  bool MatchesEnd(const Job& job) const;

  JobFilter filter_;
  std::shared_ptr<const re2::RE2> name_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_MATCHER_H_
