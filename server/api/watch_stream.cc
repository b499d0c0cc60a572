#include "server/api/watch_stream.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/api/job_requests.h"
#include "server/api/watch_cursor.h"
#include "server/monitor/job_matcher.h"
#include "server/monitor/job_watch.h"

namespace smon {
namespace {

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

// gRPC never calls back from within StartWrite, Finish or TryCancel, so these
// may be called with the JobWatch's lock held.
class WatchStream final
    : public grpc::ServerWriteReactor<v1::WatchJobsResponse>,
      public JobWatch::Stream {
 public:
  WatchStream(JobFeed* feed, grpc::CallbackServerContext* context)
      : feed_(feed), context_(context) {}

  void Start(const v1::WatchJobsRequest& request) {
    const absl::Status status = Join(request);
    // Nobody else knows the stream then.
    if (!status.ok())
      grpc::ServerWriteReactor<v1::WatchJobsResponse>::Finish(ToGrpc(status));
  }

  // JobWatch::Stream.
  void Write(const v1::WatchJobsResponse* response) override {
    StartWrite(response);
  }
  void Finish(const absl::Status& status, const char*) override {
    grpc::ServerWriteReactor<v1::WatchJobsResponse>::Finish(ToGrpc(status));
  }
  void Cancel() override { context_->TryCancel(); }

  // gRPC.
  void OnWriteDone(bool ok) override {
    if (ok) {
      watch_->OnWritten(feed_->Now());
    } else {
      OnCancel();
    }
  }
  void OnCancel() override {
    if (watch_ == nullptr) return;
    watch_->End(absl::CancelledError("the client has gone"), "CANCELLED",
                feed_->Now());
  }
  void OnDone() override {
    if (watch_ != nullptr) {
      watch_->Detach();
      feed_->Remove(watch_.get());
    }
    delete this;
  }

 private:
  absl::Status Join(const v1::WatchJobsRequest& request) {
    absl::StatusOr<WatchQuery> query = ReadWatchJobsRequest(request);
    if (!query.ok()) return query.status();
    absl::StatusOr<JobMatcher> matcher = JobMatcher::Make(query->filter);
    if (!matcher.ok()) return matcher.status();
    auto watch =
        std::make_shared<JobWatch>(*std::move(matcher), query->after, this);
    watch_ = watch;
    absl::Status status = feed_->Add(std::move(watch));
    if (!status.ok()) watch_->Detach();
    return status;
  }

  JobFeed* const feed_;
  grpc::CallbackServerContext* const context_;
  // Set before the feed knows of it.
  std::shared_ptr<JobWatch> watch_;
};

}  // namespace

JobFeed::Options WatchOptions() {
  JobFeed::Options options;
  options.watch.cursor_of = &EncodeCursor;
  return options;
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* NewWatchStream(
    JobFeed* feed, grpc::CallbackServerContext* context,
    const v1::WatchJobsRequest& request) {
  auto* const stream = new WatchStream(feed, context);
  stream->Start(request);
  return stream;
}

}  // namespace smon
