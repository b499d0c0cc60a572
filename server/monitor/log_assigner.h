#ifndef SMON_SERVER_MONITOR_LOG_ASSIGNER_H_
#define SMON_SERVER_MONITOR_LOG_ASSIGNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/monitor/job_update.h"
#include "server/monitor/merge.h"
#include "server/monitor/store.h"

namespace smon {

// What to do with a log that several tasks of an array write to.
enum class SharedLogs {
  kLast,  // one submission, once the last of the tasks has ended
  kEach,  // a submission for each task
};

// Stored batch scripts by job id; see SlurmClient::ReadBatchScripts.
// RESOURCE_EXHAUSTED when it is for the next poll to read them.
using ScriptReader =
    std::function<absl::StatusOr<std::map<std::string, std::string>>(
        const std::vector<std::string>&)>;

// Tells for each updated job where its log is and whose it is, and starts the
// delivery of the logs of those that have ended.
//
// Two kinds of jobs have no log of their own. The components of a heterogeneous
// job after the first share the first one's. The tasks of an array that write
// to one file share that of the task that ended first; it is held (its phase
// stays kWaiting) until no task of the array is left. Not thread-safe.
class LogAssigner {
 public:
  struct Options {
    std::string cluster;
    std::string slurm_version;  // ClusterInfo.version
    SharedLogs shared_logs = SharedLogs::kLast;
  };

  // The pointers must outlive this object.
  LogAssigner(Store* store, const Clock* clock, Options options);

  // Before the first Assign(), where Options do not have it.
  void SetSlurmVersion(const std::string& version) {
    options_.slurm_version = version;
  }

  // A job of the Store, at the start.
  void Load(const Job& job);

  // Sets log, owner and delivery of the updates. `scripts` is called at most
  // once for each call; updates whose script cannot be read now are postponed,
  // and those are early whose script accounting does not have yet.
  // Returns whether there are more scripts to read than one call takes.
  absl::StatusOr<bool> Assign(RecordSource source, const ScriptReader& scripts,
                              std::vector<JobUpdate>* updates);

  // The update is stored.
  void Remember(const JobUpdate& update);

  // Accounting is about to be read again.
  void BeginAccounting() { unstored_tasks_.clear(); }
  // It told of a run that is left to the next poll.
  void NoteUnstored(const slurm::JobRecord& record);

  // The jobs (by id) whose held logs are complete: no task of their array is
  // live, none is known and not stored yet, and none waits in `waiting_arrays`.
  std::vector<int64_t> CompleteLogs(
      const std::vector<int64_t>& waiting_arrays) const;
  // The delivery of these logs has been started.
  void Release(const std::vector<int64_t>& jobs);

 private:
  using SharedLog = std::pair<int64_t, std::string>;  // array id and path

  absl::Status FindComponentOwners(std::vector<JobUpdate>* updates);
  bool MayHaveScriptSoon(const JobUpdate& update) const;
  void ResolveLog(const std::string& script, JobUpdate* update);
  void Hold(JobUpdate* update);

  Store* const store_;
  const Clock* const clock_;
  Options options_;
  // Live tasks by array.
  absl::flat_hash_map<int64_t, int64_t> live_tasks_;
  // Arrays with tasks that are not stored yet.
  absl::flat_hash_set<int64_t> unstored_tasks_;
  // The job, by its id, that holds the log.
  absl::flat_hash_map<SharedLog, int64_t> held_;
  // And in the updates at hand.
  absl::flat_hash_map<SharedLog, const JobUpdate*> held_here_;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_LOG_ASSIGNER_H_
