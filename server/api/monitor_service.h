#ifndef SMON_SERVER_API_MONITOR_SERVICE_H_
#define SMON_SERVER_API_MONITOR_SERVICE_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/api/text_signer.h"
#include "server/monitor/job_feed.h"
#include "server/monitor/monitor.h"

namespace smon {

// MonitorService over gRPC. The overrides only translate between gRPC and the
// Do… functions, which tests may call. Thread-safe.
class MonitorServiceImpl final
    : public v1::MonitorService::WithCallbackMethod_WatchJobs<
          v1::MonitorService::Service> {
 public:
  // `signer` signs page tokens and cursors. All outlive this object.
  MonitorServiceImpl(Monitor* monitor, JobFeed* feed, const TextSigner* signer)
      : monitor_(monitor), feed_(feed), signer_(signer) {}

  absl::StatusOr<v1::ListJobsResponse> DoListJobs(
      const v1::ListJobsRequest& request) const;
  absl::StatusOr<v1::Job> DoGetJob(const v1::GetJobRequest& request) const;
  absl::StatusOr<google::api::HttpBody> DoGetResult(
      const v1::GetResultRequest& request) const;
  absl::StatusOr<v1::ResubmitJobResponse> DoResubmitJob(
      const v1::ResubmitJobRequest& request) const;
  // See Monitor::ResubmitAll for `stop`.
  absl::StatusOr<v1::ResubmitJobsResponse> DoResubmitJobs(
      const v1::ResubmitJobsRequest& request,
      const std::function<bool()>& stop) const;

  absl::Status DoNotifyJob(const v1::NotifyJobRequest& request) const;
  // For `patience` at most; `stop` ends the wait before that.
  absl::StatusOr<google::api::HttpBody> DoGetAttrsvcStats(
      absl::Duration patience, const std::function<bool()>& stop) const;

  grpc::Status GetHealth(grpc::ServerContext* context,
                         const v1::GetHealthRequest* request,
                         v1::Health* response) override;
  grpc::Status GetStats(grpc::ServerContext* context,
                        const v1::GetStatsRequest* request,
                        v1::Stats* response) override;
  grpc::Status ListJobs(grpc::ServerContext* context,
                        const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status GetJob(grpc::ServerContext* context,
                      const v1::GetJobRequest* request,
                      v1::Job* response) override;
  grpc::Status GetResult(grpc::ServerContext* context,
                         const v1::GetResultRequest* request,
                         google::api::HttpBody* response) override;
  grpc::Status ResubmitJob(grpc::ServerContext* context,
                           const v1::ResubmitJobRequest* request,
                           v1::ResubmitJobResponse* response) override;
  grpc::Status ResubmitJobs(grpc::ServerContext* context,
                            const v1::ResubmitJobsRequest* request,
                            v1::ResubmitJobsResponse* response) override;

  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context,
      const v1::WatchJobsRequest* request) override;

  grpc::Status NotifyJob(grpc::ServerContext* context,
                         const v1::NotifyJobRequest* request,
                         v1::NotifyJobResponse* response) override;
  grpc::Status GetAttrsvcStats(grpc::ServerContext* context,
                               const v1::GetAttrsvcStatsRequest* request,
                               google::api::HttpBody* response) override;

 private:
  Monitor* const monitor_;
  JobFeed* const feed_;
  const TextSigner* const signer_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_MONITOR_SERVICE_H_
