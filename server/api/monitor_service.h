#ifndef SMON_SERVER_API_MONITOR_SERVICE_H_
#define SMON_SERVER_API_MONITOR_SERVICE_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/api/text_signer.h"
#include "server/diagnosis/diagnosis.h"
#include "server/monitor/job_feed.h"
#include "server/monitor/monitor.h"

namespace smon {

// What MonitorService answers; GuardedService is how gRPC reaches it. Each Do…
// function may wait for the Store. `stop` is asked many times a second by what
// takes long, and ends it by returning true: CANCELLED. Thread-safe.
class MonitorServiceImpl final {
 public:
  // `signer` signs page tokens and cursors. All outlive this object.
  MonitorServiceImpl(Monitor* monitor, JobFeed* feed, const TextSigner* signer,
                     Diagnosis* diagnosis)
      : monitor_(monitor),
        feed_(feed),
        signer_(signer),
        diagnosis_(diagnosis) {}

  // See Store::Version.
  std::optional<uint64_t> StoreVersion() const {
    return monitor_->store()->Version();
  }

  v1::Health DoGetHealth() const;
  absl::StatusOr<v1::Stats> DoGetStats() const { return monitor_->GetStats(); }
  absl::StatusOr<v1::ListJobsResponse> DoListJobs(
      const v1::ListJobsRequest& request,
      const std::function<bool()>& stop) const;
  absl::StatusOr<v1::Job> DoGetJob(const v1::GetJobRequest& request) const;
  absl::StatusOr<google::api::HttpBody> DoGetResult(
      const v1::GetResultRequest& request) const;
  absl::StatusOr<v1::ResubmitJobResponse> DoResubmitJob(
      const v1::ResubmitJobRequest& request) const;
  // See Monitor::ResubmitAll for `stop`.
  absl::StatusOr<v1::ResubmitJobsResponse> DoResubmitJobs(
      const v1::ResubmitJobsRequest& request,
      const std::function<bool()>& stop) const;

  absl::StatusOr<v1::NotifyJobResponse> DoNotifyJob(
      const v1::NotifyJobRequest& request) const;
  absl::StatusOr<google::api::HttpBody> DoGetAttrsvcStats(
      const std::function<bool()>& stop) const;
  absl::StatusOr<v1::Diagnosis> DoGetDiagnosis(
      const v1::GetDiagnosisRequest& request,
      const std::function<bool()>& stop) const;

  absl::StatusOr<v1::ListClustersResponse> DoListClusters() const;
  absl::StatusOr<v1::Cluster> DoGetCluster(
      const v1::GetClusterRequest& request) const;
  absl::StatusOr<v1::ListReplicasResponse> DoListReplicas() const;

  // Never waits; see NewWatchStream.
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request,
      JobWatch::Check check = nullptr);

 private:
  Monitor* const monitor_;
  JobFeed* const feed_;
  const TextSigner* const signer_;
  Diagnosis* const diagnosis_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_MONITOR_SERVICE_H_
