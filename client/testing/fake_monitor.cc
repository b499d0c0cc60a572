#include "client/testing/fake_monitor.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon::client {

FakeMonitor::FakeMonitor(const std::string& address) {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  const bool is_socket = address.rfind("unix:", 0) == 0;
  address_ = is_socket ? address : absl::StrCat("127.0.0.1:", port);
}

FakeMonitor::~FakeMonitor() {
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    stopped_changed_.NotifyAll();
  }
  if (server_ != nullptr) server_->Shutdown();
}

std::vector<v1::ListJobsRequest> FakeMonitor::list_requests() const {
  MutexLock lock(&mu_);
  return list_requests_;
}

std::vector<v1::ResubmitJobsRequest> FakeMonitor::resubmit_requests() const {
  MutexLock lock(&mu_);
  return resubmit_requests_;
}

int FakeMonitor::resubmitted() const {
  MutexLock lock(&mu_);
  return resubmitted_;
}

std::vector<v1::WatchJobsRequest> FakeMonitor::watch_requests() const {
  MutexLock lock(&mu_);
  return watch_requests_;
}

v1::GetJobRequest FakeMonitor::get_request() const {
  MutexLock lock(&mu_);
  return get_request_;
}

std::vector<std::string> FakeMonitor::asked_clusters() const {
  MutexLock lock(&mu_);
  return asked_clusters_;
}

void FakeMonitor::NoteCluster(const std::string& cluster) {
  MutexLock lock(&mu_);
  asked_clusters_.push_back(cluster);
}

std::vector<std::string> FakeMonitor::notified() const {
  MutexLock lock(&mu_);
  return notified_;
}

std::string FakeMonitor::authorization() const {
  MutexLock lock(&mu_);
  return authorization_;
}

grpc::Status FakeMonitor::Begin() {
  MutexLock lock(&mu_);
  while (hangs && !stopped_) {
    stopped_changed_.WaitFor(&mu_, absl::InfiniteDuration());
  }
  return error;
}

const v1::Job* FakeMonitor::Find(const std::string& job_id) const {
  const auto found = std::find_if(
      jobs.begin(), jobs.end(),
      [&job_id](const v1::Job& job) { return job.job_id() == job_id; });
  return found == jobs.end() ? nullptr : &*found;
}

grpc::Status FakeMonitor::ListJobs(grpc::ServerContext* /*context*/,
                                   const v1::ListJobsRequest* request,
                                   v1::ListJobsResponse* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  {
    MutexLock lock(&mu_);
    list_requests_.push_back(*request);
  }
  size_t begin = 0;
  if (!request->page_token().empty()) {
    absl::SleepFor(later_page_delay);
    if (!later_page_error.ok()) return later_page_error;
    if (!absl::SimpleAtoi(request->page_token(), &begin)) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "bad page_token"};
    }
  }
  const size_t end =
      std::min(jobs.size(), begin + static_cast<size_t>(request->page_size()));
  for (size_t i = begin; i < end; ++i) *response->add_jobs() = jobs[i];
  if (repeats_pages) {
    response->set_next_page_token("0");
  } else if (end < jobs.size()) {
    response->set_next_page_token(absl::StrCat(end));
  }
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetJob(grpc::ServerContext* /*context*/,
                                 const v1::GetJobRequest* request,
                                 v1::Job* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  NoteCluster(request->cluster());
  {
    MutexLock lock(&mu_);
    get_request_ = *request;
  }
  const v1::Job* job = Find(request->job_id());
  if (job == nullptr) {
    return {grpc::StatusCode::NOT_FOUND,
            absl::StrCat("no job ", request->job_id())};
  }
  *response = *job;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetResult(grpc::ServerContext* /*context*/,
                                    const v1::GetResultRequest* request,
                                    google::api::HttpBody* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  NoteCluster(request->cluster());
  const auto found = results.find(request->job_id());
  if (found == results.end()) {
    return {grpc::StatusCode::NOT_FOUND, "no result yet"};
  }
  response->set_content_type("application/json");
  response->set_data(found->second);
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetHealth(grpc::ServerContext* context,
                                    const v1::GetHealthRequest* /*request*/,
                                    v1::Health* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  {
    MutexLock lock(&mu_);
    const auto found = context->client_metadata().find("authorization");
    authorization_ =
        found == context->client_metadata().end()
            ? ""
            : std::string(found->second.data(), found->second.size());
  }
  *response = health;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetStats(grpc::ServerContext* /*context*/,
                                   const v1::GetStatsRequest* /*request*/,
                                   v1::Stats* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  *response = stats;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::ResubmitJob(grpc::ServerContext* /*context*/,
                                      const v1::ResubmitJobRequest* request,
                                      v1::ResubmitJobResponse* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  NoteCluster(request->cluster());
  // As a server that is slow, for the tests of progress and of patience.
  absl::SleepFor(resubmit_delay);
  const v1::Job* job = Find(request->job_id());
  if (job == nullptr) {
    return {grpc::StatusCode::NOT_FOUND,
            absl::StrCat("no job ", request->job_id())};
  }
  if (job->stdout_path().empty()) {
    return {grpc::StatusCode::FAILED_PRECONDITION, "it has no log to send"};
  }
  {
    MutexLock lock(&mu_);
    ++resubmitted_;
  }
  response->set_outcome(job->state() == v1::Job::RUNNING
                            ? v1::ResubmitJobResponse::NOT_ENDED
                            : v1::ResubmitJobResponse::RESUBMITTED);
  *response->mutable_job() = *job;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::ResubmitJobs(grpc::ServerContext* /*context*/,
                                       const v1::ResubmitJobsRequest* request,
                                       v1::ResubmitJobsResponse* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  MutexLock lock(&mu_);
  resubmit_requests_.push_back(*request);
  *response = resubmission;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::NotifyJob(grpc::ServerContext* /*context*/,
                                    const v1::NotifyJobRequest* request,
                                    v1::NotifyJobResponse* /*response*/) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  NoteCluster(request->cluster());
  MutexLock lock(&mu_);
  notified_.push_back(request->job_id());
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetAttrsvcStats(
    grpc::ServerContext* /*context*/,
    const v1::GetAttrsvcStatsRequest* /*request*/,
    google::api::HttpBody* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  response->set_content_type("application/json");
  response->set_data(attrsvc_stats);
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::ListClusters(
    grpc::ServerContext* /*context*/,
    const v1::ListClustersRequest* /*request*/,
    v1::ListClustersResponse* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  if (clusters.clusters().empty()) {
    return {grpc::StatusCode::UNIMPLEMENTED, ""};
  }
  *response = clusters;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::GetCluster(grpc::ServerContext* /*context*/,
                                     const v1::GetClusterRequest* request,
                                     v1::Cluster* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  for (const v1::Cluster& cluster : clusters.clusters()) {
    if (cluster.name() != request->cluster()) continue;
    *response = cluster;
    return grpc::Status::OK;
  }
  return {grpc::StatusCode::NOT_FOUND, "no such cluster"};
}

grpc::Status FakeMonitor::ListReplicas(
    grpc::ServerContext* /*context*/,
    const v1::ListReplicasRequest* /*request*/,
    v1::ListReplicasResponse* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  if (clusters.clusters().empty()) {
    return {grpc::StatusCode::UNIMPLEMENTED, ""};
  }
  *response = replicas;
  return grpc::Status::OK;
}

grpc::Status FakeMonitor::WatchJobs(
    grpc::ServerContext* /*context*/, const v1::WatchJobsRequest* request,
    grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  size_t call = 0;
  {
    MutexLock lock(&mu_);
    call = watch_requests_.size();
    watch_requests_.push_back(*request);
  }
  if (call >= watches.size()) return watch_end;
  v1::WatchJobsResponse response;
  response.set_cursor(absl::StrCat("call-", call));
  writer->Write(response);
  absl::SleepFor(watch_pause);
  for (const v1::Job& job : watches[call]) {
    *response.mutable_job() = job;
    response.set_cursor(absl::StrCat("after-", job.job_id()));
    writer->Write(response);
  }
  return watch_break;
}

grpc::Status FakeMonitor::GetDiagnosis(grpc::ServerContext* /*context*/,
                                       const v1::GetDiagnosisRequest* request,
                                       v1::Diagnosis* response) {
  if (grpc::Status status = Begin(); !status.ok()) return status;
  NoteCluster(request->cluster());
  *response = diagnosis;
  return diagnosis_error;
}

}  // namespace smon::client
