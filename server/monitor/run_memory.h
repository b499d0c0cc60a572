#ifndef SMON_SERVER_MONITOR_RUN_MEMORY_H_
#define SMON_SERVER_MONITOR_RUN_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "server/monitor/merge.h"
#include "slurm/job_record.h"
#include "slurm/slurm_client.h"

namespace smon {

// Names a run within a cluster, in less room than a displayed id takes: the raw
// id and the submit time, in seconds since the epoch.
struct RunKey {
  int64_t raw_id = 0;
  int64_t submit_time = 0;

  friend bool operator==(const RunKey& a, const RunKey& b) {
    return a.raw_id == b.raw_id && a.submit_time == b.submit_time;
  }
  template <typename H>
  friend H AbslHashValue(H h, const RunKey& key) {
    return H::combine(std::move(h), key.raw_id, key.submit_time);
  }
};

RunKey KeyOf(const slurm::JobRecord& record);

// Remembers what Slurm last said about each live and lately ended run, so that
// a record that says nothing new costs a hash look-up; and notes which live
// runs the queue no longer has. About a hundred bytes a run. Not thread-safe.
//
//   memory.BeginQueue();
//   slurm->ReadQueue([&](const RecordHead& head) {
//     return memory.IsNews(RecordSource::kQueue, head);
//   });
//   … store the news, then memory.Remember() each …
//   memory.NoteMissing(…);
class RunMemory {
 public:
  // A queue is about to be read.
  void BeginQueue() { ++queue_number_; }
  // Whether the source has not said just this about the run before. A run in
  // the queue is not missing.
  bool IsNews(RecordSource source, const slurm::RecordHead& head);
  // Whether the run is one that is followed to its end.
  bool IsWatched(const RunKey& key) const;
  // Whether the run is live and missing from the queue.
  bool IsMissing(const slurm::RecordHead& head) const;

  // What `said` says is stored, under `id`. The end is that of the run, unset
  // while it is live.
  void Remember(const slurm::JobRecord& said, RecordSource source, int64_t id,
                std::optional<absl::Time> ended_at);
  // So many runs are about to be remembered, if none is yet.
  void ExpectFirst(size_t runs) {
    if (runs_.empty()) runs_.reserve(runs);
  }
  // A run of the Store, of which no source has said anything yet.
  void Load(const RunKey& key, int64_t id, std::optional<absl::Time> ended_at);
  // The run, which must not be watched, is not to be; what was said of it is no
  // news any more.
  void Ignore(const slurm::JobRecord& said, RecordSource source);

  // To be called after a complete queue was applied: notes which live runs it
  // did not have. Those whose raw id is in `unreadable` may be in it.
  void NoteMissing(absl::Time now, const std::vector<int64_t>& unreadable);
  // Since when the first of the runs is missing that have been missing from
  // `polls` queues in a row for at least `grace`; unset when none has.
  std::optional<absl::Time> OverdueSince(int polls, absl::Duration grace,
                                         absl::Time now) const;
  struct Missing {
    int64_t id = 0;  // the Store's
    absl::Time since;
  };
  // Those runs.
  std::vector<Missing> Overdue(int polls, absl::Duration grace,
                               absl::Time now) const;
  // The missing runs whose job the queue has a newer run of: they are over.
  std::vector<Missing> Requeued() const;
  // Whether the queue has, or lately had, a newer run of the same job.
  bool HasNewerRun(const RunKey& key) const;

  // Drops what ended before the time and is no longer in the queue.
  void Forget(absl::Time ended_before);

  // When the first of the remembered runs ended; InfiniteFuture when none has.
  absl::Time EarliestEnd() const;

  // Runs that have not ended.
  int64_t live() const { return live_; }

 private:
  struct Run {
    int64_t id = 0;            // the Store's; 0 for an ignored one
    uint64_t queue_print = 0;  // 0: not seen since the start
    uint64_t accounting_print = 0;
    absl::Time since;           // its end; of a live run, when it was missed
    uint32_t queue_number = 0;  // of the last queue that had it
    uint8_t missing_polls = 0;
    bool ended = false;
    bool requeued = false;  // missing, and the queue has a newer run of the job
  };

  void SetEnd(std::optional<absl::Time> ended_at, Run* run);
  std::vector<Missing> Select(bool requeued, int polls, absl::Duration grace,
                              absl::Time now) const;

  absl::flat_hash_map<RunKey, Run> runs_;
  // By raw id, the submit time of the newest run of each job that was requeued.
  absl::flat_hash_map<int64_t, int64_t> newest_;
  uint32_t queue_number_ = 1;
  int64_t live_ = 0;
  bool any_missing_ = false;  // as of the last NoteMissing()
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_RUN_MEMORY_H_
