#ifndef SMON_TESTING_REPLICA_STORE_H_
#define SMON_TESTING_REPLICA_STORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/store/sql_store.h"
#include "server/store/sqlite_database.h"
#include "testing/fake_replicas.h"

namespace smon {

// A Store in memory that says it is shared: as FakeReplicas says, it drops
// answers under another number than this replica's, and refuses polls under
// another token. It keeps no claims, but notes what is asked of them.
//
// Members that are not atomic belong to the thread that uses the Store.
class ReplicaStore final : public SqlStore {
 public:
  explicit ReplicaStore(Clock* clock)
      : SqlStore(*SqliteDatabase::OpenMemory(), clock, /*is_shared=*/false) {}

  FakeReplicas fake_replicas;
  // The others have taken this replica for dead, and it does not know.
  std::atomic<bool> taken_for_dead{false};
  absl::Status poll_status;  // of CommitPoll, but for the test's own
  // What comes to pass while jobs are claimed, when there are any.
  std::function<void()> while_claiming = [] {};
  std::map<Phase, int> last_limit;                    // of DueJobs
  int last_tracking_limit = 0;                        // of DueTracking
  std::vector<std::vector<int64_t>> kept_at_release;  // of ReleaseClaims
  absl::Status release_status;
  std::atomic<int> loads{0};  // of LoadLive
  // The token of the last poll that was stored.
  std::atomic<int64_t> stored_with_token{0};

  Replicas* replicas() override { return &fake_replicas; }

  absl::StatusOr<std::vector<Job>> LoadLive(const std::string& cluster,
                                            absl::Time ended_after) override {
    ++loads;
    return SqlStore::LoadLive(cluster, ended_after);
  }
  absl::Status CommitPoll(PollChanges* changes) override {
    const int64_t token = changes->poll_token;
    if (token != 0 && !poll_status.ok()) return poll_status;
    if (token != 0 && (taken_for_dead ||
                       fake_replicas.PollToken(changes->cluster) != token)) {
      return absl::AbortedError("another replica polls the cluster");
    }
    changes->poll_token = 0;  // SQLite has no leases
    const absl::Status status = SqlStore::CommitPoll(changes);
    changes->poll_token = token;
    if (status.ok() && token != 0) stored_with_token = token;
    return status;
  }
  absl::StatusOr<std::vector<Job>> DueJobs(Phase phase, absl::Time now,
                                           int limit) override {
    last_limit[phase] = limit;
    return Claimed(SqlStore::DueJobs(phase, now, limit));
  }
  absl::StatusOr<std::vector<Job>> DueTracking(absl::Time now,
                                               int limit) override {
    last_tracking_limit = limit;
    return Claimed(SqlStore::DueTracking(now, limit));
  }
  absl::Status ReleaseClaims(const std::vector<int64_t>& keep) override {
    kept_at_release.push_back(keep);
    return release_status;
  }
  absl::StatusOr<std::vector<bool>> CommitDeliveries(
      const std::vector<DeliveryChange>& changes) override {
    if (taken_for_dead) return absl::AbortedError("taken for dead");
    std::vector<DeliveryChange> good;
    for (const DeliveryChange& change : changes) {
      if (change.claim != fake_replicas.number()) continue;
      good.push_back(change);
      good.back().claim = 0;  // nor has it claims
    }
    auto written = SqlStore::CommitDeliveries(good);
    if (!written.ok()) return written;
    std::vector<bool> all;
    auto next = written->begin();
    for (const DeliveryChange& change : changes) {
      all.push_back(change.claim == fake_replicas.number() && *next++);
    }
    return all;
  }

 private:
  absl::StatusOr<std::vector<Job>> Claimed(
      absl::StatusOr<std::vector<Job>> jobs) {
    if (taken_for_dead) return absl::AbortedError("taken for dead");
    if (jobs.ok() && !jobs->empty()) while_claiming();
    return jobs;
  }
};

}  // namespace smon

#endif  // SMON_TESTING_REPLICA_STORE_H_
