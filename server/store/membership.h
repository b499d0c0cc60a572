#ifndef SMON_SERVER_STORE_MEMBERSHIP_H_
#define SMON_SERVER_STORE_MEMBERSHIP_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/monitor/replicas.h"
#include "server/store/database.h"

namespace smon {

// Replicas by the tables of a shared database. A thread tells the others every
// second that this one is alive, takes leases that are free, and looks twice a
// second whether another one has changed jobs. Thread-safe.
//
// What this replica may do ends by its own clock before the others may take it
// for dead, even if it was stopped meanwhile; the database checks its number
// all the same with each write.
class Membership final : public Replicas {
 public:
  // Both must outlive this object. `on_jobs` is called as the listener's,
  // before it.
  Membership(Database* database, const Clock* clock,
             std::function<void()> on_jobs);
  ~Membership() override;

  absl::Status Start(const Replica& self,
                     const std::vector<std::string>& clusters) override;
  void Stop() override;
  bool shared() const override { return true; }
  std::string id() const override;
  int64_t number() const override;
  bool MaySend() const override;
  std::optional<int64_t> PollToken(const std::string& cluster) const override;
  void LeaveToOthers(const std::string& cluster, absl::Duration rest) override;
  int live() const override;
  absl::Status status() const override;
  absl::StatusOr<std::vector<Replica>> List() const override;
  absl::Status Notify(const std::string& cluster,
                      const std::string& job_id) override;
  void SetListener(Listener listener) override;
  Totals totals() const override;

 private:
  // What the others know of this replica.
  struct State {
    int64_t number = 0;
    absl::Duration valid_until;             // by the monotonic clock
    std::map<std::string, int64_t> tokens;  // of leases, by cluster
    int live = 1;
    absl::Duration clock_error;  // the store's clock less this host's
    absl::Status status;
  };
  // As of one transaction.
  struct Seen {
    State state;
    bool lost = false;               // the number before is not valid any more
    int64_t dead = 0;                // replicas that were removed
    std::vector<std::string> taken;  // leases
    int64_t left = 0;                // leases, to others
    std::map<std::string, int> free_for;
  };
  // What the listener is told of.
  struct Roles {
    int64_t number = 0;
    std::map<std::string, int64_t> tokens;
    int live = 1;
    bool valid = false;

    friend bool operator!=(const Roles& a, const Roles& b) {
      return std::tie(a.number, a.tokens, a.live, a.valid) !=
             std::tie(b.number, b.tokens, b.live, b.valid);
    }
  };

  void Loop();
  void Renew();
  absl::Status AgreeWithOthers(soci::session& session, int64_t number,
                               bool may_judge, Seen* seen);
  void TakeLeases(soci::session& session, Seen* seen);
  // Whether a lease that is free is left to others for now. Counts how often.
  bool LeavesFree(const std::string& cluster, bool has_share, Seen* seen) const;
  void Publish(const absl::Status& status, const Seen& seen,
               absl::Duration sent);
  void LookForJobs();
  void PassNotices();
  bool IsValid() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Database* const database_;
  const Clock* const clock_;
  const std::function<void()> on_jobs_;
  Listener listener_;
  Replica self_;
  std::vector<std::string> clusters_;
  std::thread thread_;

  // Owned by the thread.
  absl::Duration heard_since_;  // without a gap, by the monotonic clock
  // Leases that are left to others: for how many renewals in a row.
  std::map<std::string, int> free_for_;
  std::set<std::string> leaving_;  // leases, with this renewal
  // Until when clusters are left to others, by the monotonic clock.
  std::map<std::string, absl::Duration> resting_until_;
  std::optional<std::pair<int64_t, int64_t>> last_ids_;

  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  State state_ ABSL_GUARDED_BY(mu_);
  // What LeaveToOthers said and no renewal has done yet: for how long.
  std::map<std::string, absl::Duration> to_leave_ ABSL_GUARDED_BY(mu_);
  Roles roles_ ABSL_GUARDED_BY(mu_);
  Totals totals_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_MEMBERSHIP_H_
