#ifndef SMON_CLIENT_TESTING_FAKE_MONITOR_H_
#define SMON_CLIENT_TESTING_FAKE_MONITOR_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.grpc.pb.h"

namespace smon::client {

// A MonitorService on a loopback port that answers what it is told to.
//
// Set the public fields before the first call. Thread-safe otherwise.
class FakeMonitor final : public v1::MonitorService::Service {
 public:
  // Listens on `address`, such as "127.0.0.1:0" or "unix:/path".
  explicit FakeMonitor(const std::string& address = "127.0.0.1:0");
  ~FakeMonitor() override;

  // Where it listens, as smonctl's --address takes it.
  const std::string& address() const { return address_; }

  std::vector<v1::Job> jobs;  // for ListJobs, GetJob and ResubmitJob
  std::map<std::string, std::string> results;  // by job id, for GetResult
  v1::ResubmitJobsResponse resubmission;       // for ResubmitJobs
  std::string attrsvc_stats;                   // for GetAttrsvcStats
  v1::Health health;
  v1::Stats stats;
  // For ListClusters and GetCluster; the API is an older one while it is empty.
  v1::ListClustersResponse clusters;
  v1::ListReplicasResponse replicas;
  v1::Diagnosis diagnosis;
  // GetDiagnosis fails with this, unless it is OK.
  grpc::Status diagnosis_error;
  // What each call fails with, unless it is OK.
  grpc::Status error;
  // ListJobs fails with this from its second page on, unless it is OK.
  grpc::Status later_page_error;
  // How long ListJobs takes to answer, from its second page on.
  absl::Duration later_page_delay;
  // How long ResubmitJob takes to answer.
  absl::Duration resubmit_delay;
  // Gives every page the same next_page_token.
  bool repeats_pages = false;
  // WatchJobs: each call tells of the changes of one, and then breaks off with
  // watch_break; a call after the last of them fails with watch_end.
  std::vector<std::vector<v1::Job>> watches;
  grpc::Status watch_break = {grpc::StatusCode::UNAVAILABLE,
                              "the service stops"};
  // WatchJobs: how long it is silent after its greeting.
  absl::Duration watch_pause;
  grpc::Status watch_end = {grpc::StatusCode::PERMISSION_DENIED, "withdrawn"};
  // Calls do not return before the client gives up.
  bool hangs = false;

  // The requests of ListJobs so far.
  std::vector<v1::ListJobsRequest> list_requests() const;
  // The requests of ResubmitJobs so far.
  std::vector<v1::ResubmitJobsRequest> resubmit_requests() const;
  // The clusters that GetJob, GetResult, ResubmitJob, NotifyJob and
  // GetDiagnosis were asked for, in turn.
  std::vector<std::string> asked_clusters() const;
  // The ids that NotifyJob was called with so far.
  std::vector<std::string> notified() const;
  // The last "authorization" that came with GetHealth.
  std::string authorization() const;
  // How often ResubmitJob was called.
  int resubmitted() const;
  // The requests of WatchJobs so far.
  std::vector<v1::WatchJobsRequest> watch_requests() const;
  // The last request of GetJob.
  v1::GetJobRequest get_request() const;

 private:
  grpc::Status ListJobs(grpc::ServerContext* context,
                        const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status GetJob(grpc::ServerContext* context,
                      const v1::GetJobRequest* request,
                      v1::Job* response) override;
  grpc::Status GetResult(grpc::ServerContext* context,
                         const v1::GetResultRequest* request,
                         google::api::HttpBody* response) override;
  grpc::Status GetHealth(grpc::ServerContext* context,
                         const v1::GetHealthRequest* request,
                         v1::Health* response) override;
  grpc::Status GetStats(grpc::ServerContext* context,
                        const v1::GetStatsRequest* request,
                        v1::Stats* response) override;
  // Outcomes by state: RUNNING is NOT_ENDED, a job without a log is refused.
  grpc::Status ResubmitJob(grpc::ServerContext* context,
                           const v1::ResubmitJobRequest* request,
                           v1::ResubmitJobResponse* response) override;
  grpc::Status ResubmitJobs(grpc::ServerContext* context,
                            const v1::ResubmitJobsRequest* request,
                            v1::ResubmitJobsResponse* response) override;

  grpc::Status NotifyJob(grpc::ServerContext* context,
                         const v1::NotifyJobRequest* request,
                         v1::NotifyJobResponse* response) override;
  grpc::Status GetAttrsvcStats(grpc::ServerContext* context,
                               const v1::GetAttrsvcStatsRequest* request,
                               google::api::HttpBody* response) override;
  grpc::Status GetDiagnosis(grpc::ServerContext* context,
                            const v1::GetDiagnosisRequest* request,
                            v1::Diagnosis* response) override;

  grpc::Status ListClusters(grpc::ServerContext* context,
                            const v1::ListClustersRequest* request,
                            v1::ListClustersResponse* response) override;
  grpc::Status GetCluster(grpc::ServerContext* context,
                          const v1::GetClusterRequest* request,
                          v1::Cluster* response) override;
  grpc::Status ListReplicas(grpc::ServerContext* context,
                            const v1::ListReplicasRequest* request,
                            v1::ListReplicasResponse* response) override;

  grpc::Status WatchJobs(
      grpc::ServerContext* context, const v1::WatchJobsRequest* request,
      grpc::ServerWriter<v1::WatchJobsResponse>* writer) override;

  grpc::Status Begin();
  void NoteCluster(const std::string& cluster);
  const v1::Job* Find(const std::string& job_id) const;

  std::string address_;
  mutable Mutex mu_;
  CondVar stopped_changed_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<v1::ListJobsRequest> list_requests_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::ResubmitJobsRequest> resubmit_requests_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> notified_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> asked_clusters_ ABSL_GUARDED_BY(mu_);
  std::string authorization_ ABSL_GUARDED_BY(mu_);
  int resubmitted_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<v1::WatchJobsRequest> watch_requests_ ABSL_GUARDED_BY(mu_);
  v1::GetJobRequest get_request_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_TESTING_FAKE_MONITOR_H_
