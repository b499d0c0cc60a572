#ifndef SMON_SERVER_MONITOR_CLUSTER_NOTES_H_
#define SMON_SERVER_MONITOR_CLUSTER_NOTES_H_

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/cluster_watch.h"
#include "server/monitor/store.h"

namespace smon {

// Tells the replicas that share a store how each cluster is: who polls one
// writes what it knows of it into the store, within two seconds of each change,
// in a thread of its own. So every replica can answer for all clusters, those
// that another smonsvc on the same store watches among them. Does nothing where
// the store is not shared. Thread-safe.
class ClusterNotes {
 public:
  // `watched` returns the clusters that this smonsvc watches, and is called by
  // the thread. The store must outlive this object.
  ClusterNotes(Store* store,
               std::function<std::vector<ClusterWatch::Snapshot>()> watched);
  ~ClusterNotes();
  ClusterNotes(const ClusterNotes&) = delete;
  ClusterNotes& operator=(const ClusterNotes&) = delete;

  void Start();
  void Stop();

  // Writes what has changed. For the thread and for tests, one at a time.
  absl::Status WriteOnce();

  // What those who poll them, or did so last, have told of clusters, by name.
  // Empty where the store is not shared.
  absl::StatusOr<std::map<std::string, v1::Cluster>> Read() const;

 private:
  void Loop();

  Store* const store_;
  const std::function<std::vector<ClusterWatch::Snapshot>()> watched_;
  std::thread thread_;
  // What this replica has written last, by cluster. Of who calls WriteOnce().
  std::map<std::string, ClusterNote> written_;

  Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_CLUSTER_NOTES_H_
