#ifndef SMON_SERVER_MONITOR_REPLICAS_H_
#define SMON_SERVER_MONITOR_REPLICAS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"

namespace smon {

// One of the smonsvc that share a store.
struct Replica {
  std::string id;       // another one after a restart
  std::string name;     // --replica_name
  std::string address;  // of its gRPC port; empty if not known
  std::string version;
  absl::Time started_at;  // both by the clock of a store that is shared
  absl::Time seen_at = absl::InfinitePast();  // not told by the only one
  std::vector<std::string> polled_clusters;   // in alphabetical order
};

// What this process is among those that share its store: who polls which
// cluster, and who is alive. Each cluster is polled by the replica that holds
// its lease; logs are sent by all of them. A replica that has not been heard of
// for some seconds is taken for dead: its leases and claims are free, and what
// it then writes is refused (ABORTED). Thread-safe.
class Replicas {
 public:
  virtual ~Replicas() = default;

  // Joins the others, and takes part until Stop(). `clusters` are those that
  // this replica can poll. Of `self`, the name, the address and the version.
  virtual absl::Status Start(const Replica& self,
                             const std::vector<std::string>& clusters) = 0;
  // Leaves, so that others need not wait to take over.
  virtual void Stop() = 0;

  // Whether there can be others at all.
  virtual bool shared() const = 0;
  // This replica's.
  virtual std::string id() const = 0;
  // The number under which this replica takes part and claims logs, greater
  // each time it has to join anew; 0 while there is nothing to check.
  virtual int64_t number() const = 0;
  // Whether this replica may send logs: not while it has lost touch with the
  // others, or its clock and the store's are far apart.
  virtual bool MaySend() const = 0;
  // The fencing token with which this replica polls the cluster, greater each
  // time the lease is taken; unset while it must not. 0: nothing to check.
  virtual std::optional<int64_t> PollToken(
      const std::string& cluster) const = 0;
  // Gives the cluster's lease back, because this replica cannot poll it now,
  // and leaves it to the others for that long; but takes it again once nobody
  // has for some seconds, so that a cluster is always polled. There is no
  // PollToken from now on, until it is taken again.
  virtual void LeaveToOthers(const std::string& cluster,
                             absl::Duration rest) = 0;
  // How many are alive, this one included.
  virtual int live() const = 0;
  // OK, or why this replica takes no part.
  virtual absl::Status status() const = 0;
  // Those that are alive, the one that has run for longest first.
  virtual absl::StatusOr<std::vector<Replica>> List() const = 0;

  // Hands the notice (see Monitor::Notify) to the replica that polls the
  // cluster. UNAVAILABLE when too many wait there.
  virtual absl::Status Notify(const std::string& cluster,
                              const std::string& job_id) = 0;

  // Set before Start(). Mostly called by a thread of this object, and must not
  // call it back to stop it.
  struct Listener {
    // A role, the number of replicas or MaySend() is another one.
    std::function<void()> on_roles = [] {};
    // Another replica may have changed jobs.
    std::function<void()> on_jobs = [] {};
    // What came of telling the others that this replica is alive.
    std::function<void(const absl::Status&)> on_renewal =
        [](const absl::Status&) {};
    // A notice for a cluster that this replica polls.
    std::function<void(const std::string& cluster, const std::string& job_id)>
        on_notice = [](const std::string&, const std::string&) {};
  };
  virtual void SetListener(Listener listener) = 0;

  // Since the start.
  struct Totals {
    int64_t failed_renewals = 0;
    int64_t times_lost = 0;  // taken for dead by the others
    int64_t leases_taken = 0;
    int64_t leases_left = 0;  // to others, by LeaveToOthers
  };
  virtual Totals totals() const = 0;
};

// The only one: of a store that is not shared.
class SoleReplica final : public Replicas {
 public:
  explicit SoleReplica(const Clock* clock);

  absl::Status Start(const Replica& self,
                     const std::vector<std::string>& clusters) override;
  void Stop() override {}
  bool shared() const override { return false; }
  std::string id() const override { return self_.id; }
  int64_t number() const override { return 0; }
  bool MaySend() const override { return true; }
  std::optional<int64_t> PollToken(const std::string&) const override {
    return 0;
  }
  void LeaveToOthers(const std::string&, absl::Duration) override {}
  int live() const override { return 1; }
  absl::Status status() const override { return absl::OkStatus(); }
  absl::StatusOr<std::vector<Replica>> List() const override {
    return std::vector<Replica>{self_};
  }
  absl::Status Notify(const std::string& cluster,
                      const std::string& job_id) override;
  void SetListener(Listener listener) override {
    listener_ = std::move(listener);
  }
  Totals totals() const override { return {}; }

 private:
  Replica self_;
  Listener listener_;
};

// "node1/4711/5f3a9c02": the host, the process and random digits.
std::string MakeReplicaId();

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_REPLICAS_H_
