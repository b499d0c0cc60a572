#ifndef SMON_SERVER_MONITOR_NOTICES_H_
#define SMON_SERVER_MONITOR_NOTICES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "slurm/job_id.h"
#include "slurm/job_record.h"

namespace smon {

// Jobs that somebody says are about to end (EpilogSlurmctld, say), and when to
// look for them.
//
// In EpilogSlurmctld a job is still COMPLETING. So each is looked for at once
// and then again, in growing steps, until it has ended, Slurm does not know it,
// or it has been looked for often enough: then it is left to the poll. All that
// are due are looked for together, and looks take at most a fifth of the time:
// however many jobs end, and however slow the controller is, they stay few.
//
// The times are of a monotonic clock. Not thread-safe.
class Notices {
 public:
  // Jobs to look for at the same time; more are left to a poll that is brought
  // forward.
  static constexpr size_t kMost = 10000;

  // Since the start; `pending` now.
  struct Totals {
    int64_t received = 0;
    int64_t merged = 0;      // of these: the job was being looked for already
    int64_t overflowed = 0;  // of these: too many, so that a poll came sooner
    int64_t looks = 0;
    int64_t failed_looks = 0;
    int64_t ended = 0;         // jobs that a look saw ended
    int64_t unknown = 0;       // jobs that Slurm, or the settings, do not have
    int64_t left_to_poll = 0;  // jobs that did not end while looked for
    int64_t pending = 0;
  };

  // False when there are too many. `id` is no summary.
  bool Add(const slurm::JobId& id, absl::Duration now);

  // When to look next; InfiniteDuration while there is nothing to look for.
  absl::Duration NextLook() const { return std::max(next_due_, earliest_); }

  // The numbers of the jobs, arrays and heterogeneous jobs to look for now,
  // each once; none while Slurm is to be left alone. Where there are some,
  // Found() or Failed() has to follow.
  std::vector<int64_t> Take(absl::Duration now);

  // What came of it. `records` may hold other jobs too. `slurm_time` is what
  // the look took of Slurm's time.
  void Found(const std::vector<slurm::JobRecord>& records, absl::Duration now,
             absl::Duration slurm_time);
  void Failed(absl::Duration now, absl::Duration slurm_time);

  Totals totals() const;

 private:
  struct Notice {
    slurm::JobId id;
    int64_t number = 0;    // to ask Slurm for
    int64_t het_job = 0;   // that a look found it to be a part of
    bool in_look = false;  // and not notified again since
    int looks = 0;
    absl::Duration due;
    // What the look saw of it.
    bool seen = false;        // itself, or jobs of its array
    bool seen_live = false;   // of these, one that has not ended
    bool seen_exact = false;  // the one job with that id
  };
  using Map = absl::flat_hash_map<std::string, Notice>;  // by displayed id

  void See(const std::string& id, const slurm::JobRecord& record, bool exact);
  // The look gave nothing final: false when it was the last.
  bool Again(absl::Duration now, Notice* notice);
  // Whether the notice goes on.
  bool Judge(absl::Duration now, Notice* notice);
  void EndLook(absl::Duration now, absl::Duration slurm_time, bool ok);

  Map notices_;
  absl::Duration next_due_ = absl::InfiniteDuration();
  absl::Duration earliest_ = -absl::InfiniteDuration();  // next look
  Totals totals_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_NOTICES_H_
