#ifndef SMON_SERVER_MONITOR_JOB_FEED_H_
#define SMON_SERVER_MONITOR_JOB_FEED_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/monitor/change_page.h"
#include "server/monitor/job_watch.h"
#include "server/monitor/store.h"

namespace smon {

// Tells all who watch what the Store's transactions changed. One thread reads
// each change from the Store once, however many watch, and nothing at all while
// nobody does. The last changes are kept in memory; a watcher that is further
// behind, since it goes on from an old cursor or reads slowly, is read for from
// the Store, a page at a time. Thread-safe.
//
//   JobFeed feed(store, &clock, options);
//   feed.Start();
//   feed.Add(watch);  ...  feed.Remove(watch.get());
//   feed.Stop();
class JobFeed {
 public:
  struct Options {
    JobWatch::Options watch;
    size_t most_watches = 2000;
    // Changes that are read at a time.
    int page_size = 200;
    // Pages that are kept: the last ones, and as many of those that were read
    // for watchers that are further behind.
    size_t most_pages = 32;
    // How often watches are looked at, for heartbeats and slow readers.
    absl::Duration tick = absl::Seconds(1);
  };
  struct Counts {
    int64_t watches = 0;
    int64_t slow_readers = 0;  // that were cut off since the start
    // Changes that were read from the Store since the start.
    int64_t changes_read = 0;
  };

  // The pointers must outlive this object, and this object whoever changes the
  // Store.
  JobFeed(Store* store, const Clock* clock, Options options);
  ~JobFeed();

  void Start();
  // Ends all watches with UNAVAILABLE. Then Add fails.
  void Stop();

  // Begins to tell it soon. RESOURCE_EXHAUSTED when there are too many already,
  // UNAVAILABLE after Stop. It is held until Remove.
  absl::Status Add(std::shared_ptr<JobWatch> watch);
  void Remove(JobWatch* watch);

  // By the clock that the watches go by.
  absl::Duration Now() const { return clock_->Monotonic(); }
  Counts counts() const;

 private:
  using PagePtr = std::shared_ptr<const ChangePage>;
  using Watches = std::vector<std::shared_ptr<JobWatch>>;

  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Watches AllWatches() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The steps of the thread, without a lock.
  void BeginNew();
  void ReadOn();
  void ReadForLagging();
  void TickAll();
  // Null when the Store cannot be read; `more` says whether it has more.
  PagePtr Read(const ChangePosition& after, bool* more);
  void NoteFailure(const absl::Status& status);
  void PumpAll(const Watches& watches);
  // Those that wait for this page; they are taken off lagging_.
  Watches TakeLagging(const ChangePage& page)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // For a JobWatch: the page that follows what it has read.
  PagePtr PageAfter(JobWatch* watch, const ChangePosition& after);
  void NoteChange();

  Store* const store_;
  const Clock* const clock_;
  const Options options_;

  mutable Mutex mu_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  absl::flat_hash_map<JobWatch*, std::shared_ptr<JobWatch>> watches_
      ABSL_GUARDED_BY(mu_);
  // Of these, those that have not begun.
  Watches new_ ABSL_GUARDED_BY(mu_);
  // Those that are further behind than the pages go, and how far they have
  // read. Each is there once.
  std::deque<std::pair<JobWatch*, ChangePosition>> lagging_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_set<JobWatch*> in_lagging_ ABSL_GUARDED_BY(mu_);
  // The Store may have changes after end_.
  bool more_ ABSL_GUARDED_BY(mu_) = false;
  // Changes are read as they come, since somebody watches.
  bool following_ ABSL_GUARDED_BY(mu_) = false;
  ChangePosition end_ ABSL_GUARDED_BY(mu_);
  // The last pages, without gaps between them, up to end_.
  std::deque<PagePtr> pages_ ABSL_GUARDED_BY(mu_);
  // Some that were read for those further behind.
  std::deque<PagePtr> old_pages_ ABSL_GUARDED_BY(mu_);
  absl::Duration next_tick_ ABSL_GUARDED_BY(mu_);
  // The Store could not be read; it is tried again at the next tick.
  bool failed_ ABSL_GUARDED_BY(mu_) = false;
  Counts counts_ ABSL_GUARDED_BY(mu_);

  std::thread thread_;  // last: it uses the rest
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_FEED_H_
