#include "server/api/watch_stream.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/api/job_requests.h"
#include "server/api/status_details.h"
#include "server/api/watch_cursor.h"
#include "server/monitor/job_matcher.h"

namespace smon {
namespace {

constexpr char kTooManyStreams[] = "TOO_MANY_STREAMS";

// gRPC never calls back from within StartWrite, Finish or TryCancel, so these
// may be called with the JobWatch's lock held.
class WatchStream final
    : public grpc::ServerWriteReactor<v1::WatchJobsResponse>,
      public JobWatch::Stream {
 public:
  WatchStream(JobFeed* feed, const TextSigner* signer,
              grpc::CallbackServerContext* context)
      : feed_(feed), signer_(signer), context_(context) {}

  void Start(const v1::WatchJobsRequest& request, JobWatch::Check check) {
    const absl::Status status = Join(request, std::move(check));
    // Nobody else knows the stream then.
    { MutexLock lock(&mu_); }  // see mu_
    if (status.ok()) return;
    Finish(status, absl::IsResourceExhausted(status) ? kTooManyStreams : "");
  }

  // JobWatch::Stream.
  void Write(const v1::WatchJobsResponse* response) override {
    StartWrite(response);
  }
  void Finish(const absl::Status& status, const char* reason) override {
    grpc::ServerWriteReactor<v1::WatchJobsResponse>::Finish(
        ToApiStatus(*reason == '\0' ? status : WithReason(status, reason, {})));
  }
  void Cancel() override { context_->TryCancel(); }

  // gRPC.
  void OnWriteDone(bool ok) override {
    if (ok) {
      watch()->OnWritten(feed_->Now());
    } else {
      OnCancel();
    }
  }
  void OnCancel() override {
    const std::shared_ptr<JobWatch> watch = this->watch();
    if (watch == nullptr) return;
    watch->End(absl::CancelledError("the client has gone"), "CANCELLED",
               feed_->Now());
  }
  void OnDone() override {
    if (const std::shared_ptr<JobWatch> watch = this->watch()) {
      watch->Detach();
      feed_->Remove(watch.get());
    }
    delete this;
  }

 private:
  absl::Status Join(const v1::WatchJobsRequest& request,
                    JobWatch::Check check) {
    absl::StatusOr<WatchQuery> query = ReadWatchJobsRequest(request, *signer_);
    if (!query.ok()) return query.status();
    absl::StatusOr<JobMatcher> matcher = JobMatcher::Make(query->filter);
    if (!matcher.ok()) return matcher.status();
    auto watch = std::make_shared<JobWatch>(*std::move(matcher), query->after,
                                            this, std::move(check));
    {
      MutexLock lock(&mu_);
      watch_ = watch;
    }
    absl::Status status = feed_->Add(watch);
    if (!status.ok()) watch->Detach();
    return status;
  }

  std::shared_ptr<JobWatch> watch() {
    MutexLock lock(&mu_);
    return watch_;
  }

  JobFeed* const feed_;
  const TextSigner* const signer_;
  grpc::CallbackServerContext* const context_;
  // gRPC calls back only after Join, but ThreadSanitizer cannot see that.
  Mutex mu_;
  // Null when the request is refused.
  std::shared_ptr<JobWatch> watch_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

JobFeed::Options WatchOptions(const TextSigner* signer) {
  JobFeed::Options options;
  options.watch.cursor_of = [signer](const ChangePosition& position) {
    return EncodeCursor(*signer, position);
  };
  return options;
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* NewWatchStream(
    JobFeed* feed, const TextSigner* signer,
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest& request,
    JobWatch::Check check) {
  auto* const stream = new WatchStream(feed, signer, context);
  stream->Start(request, std::move(check));
  return stream;
}

}  // namespace smon
