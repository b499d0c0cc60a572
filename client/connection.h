#ifndef SMON_CLIENT_CONNECTION_H_
#define SMON_CLIENT_CONNECTION_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/credentials.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "proto/smon/v1/monitor.grpc.pb.h"

namespace smon::client {

// The way to smonsvc.
//
//   SMON_ASSIGN_OR_RETURN(
//       v1::Job job,
//       connection.Call(&v1::MonitorService::Stub::GetJob, request));
//
// Connects at the first call. A call that cannot reach smonsvc fails at once,
// unless `wait` is given: then it is tried again until smonsvc answers, or for
// that long, counted from the first call. Not thread-safe, but for Cancel().
class Connection {
 public:
  struct Options {
    std::string address;                         // as ParseAddress takes it
    absl::Duration timeout = absl::Seconds(30);  // for each call
    CredentialFiles credentials;
    std::string address_context;  // the context that names it, if one does
    absl::Duration wait;          // for a smonsvc that cannot be reached
    std::string cluster = "";     // of requests that name none
  };

  explicit Connection(Options options) : options_(std::move(options)) {}

  // Asks for the options at the first call, which fails if they cannot be told:
  // what needs no smonsvc works also where the settings are broken.
  explicit Connection(std::function<absl::StatusOr<Options>()> read_options)
      : read_options_(std::move(read_options)) {}

  // Errors are smonsvc's own, with a message for the user: what failed, where,
  // and, if smonsvc could not be reached (UNAVAILABLE), the mend.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (v1::MonitorService::Stub::*method)(grpc::ClientContext*,
                                                       const Request&,
                                                       Response*),
      const Request& asked) {
    SMON_RETURN_IF_ERROR(Open());
    const Request request = InCluster(asked, 0);
    while (true) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() +
                           absl::ToChronoMilliseconds(options_.timeout));
      if (!authorization_.empty()) {
        context.AddMetadata("authorization", authorization_);
      }
      Response response;
      const CallInProgress in_progress(this, &context);
      const grpc::Status status =
          (stub_.get()->*method)(&context, request, &response);
      if (status.ok()) {
        answered_ = true;
        return response;
      }
      const absl::Status error = Explain(status);
      if (!WaitToTryAgain(error)) return error;
    }
  }

  // Streams the changes of jobs to `take`, until it returns false (OK), or the
  // stream breaks; UNAVAILABLE, too, when nothing came for `longest_silence`,
  // or, at its beginning, within the options' timeout.
  absl::Status WatchJobs(
      const v1::WatchJobsRequest& request, absl::Duration longest_silence,
      const std::function<bool(const v1::WatchJobsResponse&)>& take);

  // Ends the call in progress, and at once each later one, with CANCELLED.
  // Thread-safe.
  void Cancel();

  // Of smonsvc; known from the first call on.
  const std::string& address() const { return options_.address; }

  // The cluster that requests are about that name none; empty for all.
  // Likewise.
  const std::string& cluster() const { return options_.cluster; }

  // The files that say who we are, and whom we trust; likewise.
  const CredentialFiles& credentials() const { return options_.credentials; }

 private:
  // Lets Cancel() reach a call while this lives.
  class CallInProgress {
   public:
    CallInProgress(Connection* connection, grpc::ClientContext* context);
    ~CallInProgress();
    CallInProgress(const CallInProgress&) = delete;
    CallInProgress& operator=(const CallInProgress&) = delete;

   private:
    Connection& connection_;
  };

  // The request, of our cluster if it can have one and names none.
  template <typename Request>
  auto InCluster(const Request& request, int) const
      -> decltype(request.cluster(), Request()) {
    Request result = request;
    if (result.cluster().empty()) result.set_cluster(options_.cluster);
    return result;
  }
  template <typename Request>
  Request InCluster(const Request& request, long) const {
    return request;
  }

  absl::Status Open();
  // Makes the channel, which connects at its first call.
  void Connect();
  absl::Status Explain(const grpc::Status& status) const;
  std::string Mend() const;
  // False for an error that waiting does not mend, and when the wait is over.
  // Else a new channel is there: one that has failed looks for the address
  // again no sooner than half a minute later.
  bool WaitToTryAgain(const absl::Status& error);

  const std::function<absl::StatusOr<Options>()> read_options_;
  Options options_;
  absl::Time wait_end_;
  std::string target_;
  std::shared_ptr<grpc::ChannelCredentials> channel_credentials_;
  std::string authorization_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::MonitorService::Stub> stub_;
  bool answered_ = false;  // so the address and the credentials are good
  Mutex mu_;
  grpc::ClientContext* in_progress_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_CONNECTION_H_
