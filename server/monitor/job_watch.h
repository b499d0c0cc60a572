#ifndef SMON_SERVER_MONITOR_JOB_WATCH_H_
#define SMON_SERVER_MONITOR_JOB_WATCH_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/change_page.h"
#include "server/monitor/job_matcher.h"

namespace smon {

// One who watches jobs: tells a stream of the changes that match, one after the
// other, each when the one before has been taken. So it needs no queue, and
// however slow the stream is, it costs nobody anything but one response. One
// that takes none for a while is told so and ended. Thread-safe.
class JobWatch {
 public:
  // Why a stream ends, in a word for programs.
  static constexpr char kSlowReader[] = "SLOW_READER";
  static constexpr char kStopping[] = "SERVER_STOPPING";
  static constexpr char kStoreUnavailable[] = "STORE_UNAVAILABLE";
  static constexpr char kNotAllowed[] = "NO_LONGER_ALLOWED";

  // Where it is told. The functions are called with a lock held: they must
  // start something and return, and not call the JobWatch.
  class Stream {
   public:
    virtual ~Stream() = default;
    // OnWritten follows when the reader has taken it. The response stays.
    virtual void Write(const v1::WatchJobsResponse* response) = 0;
    // The last call but Cancel; maybe while a Write is under way.
    virtual void Finish(const absl::Status& status, const char* reason) = 0;
    // The reader did not take the end either.
    virtual void Cancel() = 0;
  };

  struct Options {
    // A stream on which nothing was told for so long gets a response without a
    // job: for proxies and NATs, and so that its cursor moves on.
    absl::Duration heartbeat = absl::Seconds(15);
    // How long a reader may take for one response.
    absl::Duration patience = absl::Seconds(30);
    std::function<std::string(const ChangePosition&)> cursor_of;
  };

  // Returns the page after a position, null when there is none in memory; then
  // Pump has to be called when there is. Called with the JobWatch's lock held.
  using PageSource = std::function<std::shared_ptr<const ChangePage>(
      JobWatch* watch, const ChangePosition& after)>;

  // Whether the one who watches still may. Called with the JobWatch's lock
  // held.
  using Check = std::function<absl::Status()>;

  // `after`: where to go on; none for what changes from now on. `stream` has to
  // live until Detach. `check` is asked at each Tick, and its error ends the
  // watch; null for everybody may.
  JobWatch(JobMatcher matcher, std::optional<ChangePosition> after,
           Stream* stream, Check check = nullptr)
      : matcher_(std::move(matcher)),
        after_(after),
        check_(std::move(check)),
        stream_(stream) {}

  // By the feed, before anything else.
  void Attach(PageSource pages, Options options) {
    MutexLock lock(&mu_);
    pages_ = std::move(pages);
    options_ = std::move(options);
  }
  // Begins to tell; `last` is the last change of the Store.
  void Begin(const ChangePosition& last, absl::Duration now);
  // There may be something to tell.
  void Pump(absl::Duration now);
  // Every second or so. `now` is monotonic, as in Clock. True when this ended
  // it, for it is read too slowly.
  bool Tick(absl::Duration now);
  void End(const absl::Status& status, const char* reason, absl::Duration now);

  // By the stream.
  void OnWritten(absl::Duration now);
  void Detach();

 private:
  void TellNext(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // The next change that matches; null when there is none in memory.
  std::shared_ptr<const v1::WatchJobsResponse> NextChange()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Write(std::shared_ptr<const v1::WatchJobsResponse> response,
             absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<const v1::WatchJobsResponse> Heartbeat() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndLocked(const absl::Status& status, const char* reason,
                 absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const JobMatcher matcher_;
  const std::optional<ChangePosition> after_;
  const Check check_;

  Mutex mu_;
  Options options_ ABSL_GUARDED_BY(mu_);
  PageSource pages_ ABSL_GUARDED_BY(mu_);
  // Null once it is gone.
  Stream* stream_ ABSL_GUARDED_BY(mu_);
  bool begun_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  ChangePosition position_ ABSL_GUARDED_BY(mu_);
  // What is being told, and how far.
  std::shared_ptr<const ChangePage> page_ ABSL_GUARDED_BY(mu_);
  size_t next_in_page_ ABSL_GUARDED_BY(mu_) = 0;
  // The response under way; null for none.
  std::shared_ptr<const v1::WatchJobsResponse> writing_ ABSL_GUARDED_BY(mu_);
  // When the last response was handed to the stream, or it was ended.
  absl::Duration told_at_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_JOB_WATCH_H_
