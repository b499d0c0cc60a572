#ifndef SMON_SERVER_GATEWAY_JOBS_LISTING_H_
#define SMON_SERVER_GATEWAY_JOBS_LISTING_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/gateway/call_tracker.h"
#include "server/gateway/http_message.h"

namespace smon {

// One answer to /jobs. All jobs are too many to be held at once: they are read
// page by page, each when the client has taken the one before.
//
//   auto listing = std::make_shared<JobsListing>(stub, calls, options);
//   listing->Start(std::move(done));
//
// Thread-compatible; its calls keep it alive.
class JobsListing : public HttpBodyStream,
                    public std::enable_shared_from_this<JobsListing> {
 public:
  struct Options {
    HttpRequest http;  // on whose behalf
    v1::ListJobsRequest request;
    bool pretty = false;
    bool one_page = false;  // and the token of the next one
  };

  // `stub` and `calls` outlive the calls.
  JobsListing(v1::MonitorService::Stub* stub, CallTracker* calls,
              Options options);

  // Answers when the first page is there: with an error, with the whole, or
  // with a stream of the other pages. Once.
  void Start(std::function<void(HttpResponse)> done);

  void Next(std::function<void(std::optional<std::string>)> ready) override;
  // A page that is on its way is soon there.
  void Cancel() override {}
  // A page could not be read.
  bool Broken() const override { return broken_; }

 private:
  void ReadPage(std::function<void(const grpc::Status&)> done);
  bool HasMore() const;
  void AppendPage(std::string* text);
  void AppendEnd(std::string* text) const;

  v1::MonitorService::Stub* const stub_;
  CallTracker* const calls_;
  const HttpRequest http_;
  const bool pretty_;
  const bool one_page_;
  v1::ListJobsRequest request_;
  v1::ListJobsResponse page_;
  int64_t count_ = 0;
  bool ended_ = false;
  bool broken_ = false;
};

// The context of a call on behalf of `request`, which `calls` owns.
grpc::ClientContext* NewCompatCall(const HttpRequest& request,
                                   CallTracker* calls);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JOBS_LISTING_H_
