#ifndef SMON_SERVER_GATEWAY_FAKE_MONITOR_SERVICE_H_
#define SMON_SERVER_GATEWAY_FAKE_MONITOR_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/gateway/gateway.h"

namespace smon {

// For tests: a MonitorService whose answers the test gives, in a gRPC server
// that is reached in process. It remembers the last request of each method, and
// its metadata.
class FakeMonitorService : public v1::MonitorService::Service {
 public:
  FakeMonitorService() {
    server_ = grpc::ServerBuilder().RegisterService(this).BuildAndStart();
    channel_ = server_->InProcessChannel(Gateway::ChannelArguments());
  }
  ~FakeMonitorService() override {
    server_->Shutdown(std::chrono::system_clock::now());
  }

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

  // "job_id: \"1\"", the debug form of the last request; empty if there was
  // none.
  std::string LastRequest() {
    MutexLock lock(&mu_);
    return last_request_;
  }
  // A value of the last request's metadata; "(none)" if it is not there.
  std::string Metadata(const std::string& key) {
    MutexLock lock(&mu_);
    const auto it = metadata_.find(key);
    return it == metadata_.end() ? "(none)" : it->second;
  }

  // Hands what the test has written to the methods: ThreadSanitizer cannot see
  // that gRPC does. To be called before a request.
  void Publish() { MutexLock lock(&mu_); }

  // What the methods answer.
  std::function<grpc::Status(grpc::ServerContext*, v1::Job*)> get_job;
  std::function<grpc::Status(const v1::ListJobsRequest&, v1::ListJobsResponse*)>
      list_jobs;
  std::function<grpc::Status(grpc::ServerContext*,
                             grpc::ServerWriter<v1::WatchJobsResponse>*)>
      watch_jobs;
  std::function<grpc::Status(google::api::HttpBody*)> get_result;
  grpc::Status health_status;
  v1::Health health;
  v1::Stats stats;

  grpc::Status GetHealth(grpc::ServerContext* context,
                         const v1::GetHealthRequest* request,
                         v1::Health* response) override {
    Remember(*context, *request);
    *response = health;
    return health_status;
  }
  grpc::Status GetStats(grpc::ServerContext* context,
                        const v1::GetStatsRequest* request,
                        v1::Stats* response) override {
    Remember(*context, *request);
    *response = stats;
    return grpc::Status::OK;
  }
  grpc::Status ListJobs(grpc::ServerContext* context,
                        const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override {
    Remember(*context, *request);
    return list_jobs ? list_jobs(*request, response) : grpc::Status::OK;
  }
  grpc::Status WatchJobs(
      grpc::ServerContext* context, const v1::WatchJobsRequest* request,
      grpc::ServerWriter<v1::WatchJobsResponse>* writer) override {
    Remember(*context, *request);
    return watch_jobs ? watch_jobs(context, writer)
                      : grpc::Status(grpc::UNIMPLEMENTED, "not yet <");
  }
  grpc::Status GetJob(grpc::ServerContext* context,
                      const v1::GetJobRequest* request,
                      v1::Job* response) override {
    Remember(*context, *request);
    return get_job ? get_job(context, response) : grpc::Status::OK;
  }
  grpc::Status GetResult(grpc::ServerContext* context,
                         const v1::GetResultRequest* request,
                         google::api::HttpBody* response) override {
    Remember(*context, *request);
    return get_result ? get_result(response) : grpc::Status::OK;
  }
  grpc::Status ResubmitJob(grpc::ServerContext* context,
                           const v1::ResubmitJobRequest* request,
                           v1::ResubmitJobResponse*) override {
    Remember(*context, *request);
    return grpc::Status::OK;
  }
  grpc::Status ResubmitJobs(grpc::ServerContext* context,
                            const v1::ResubmitJobsRequest* request,
                            v1::ResubmitJobsResponse*) override {
    Remember(*context, *request);
    return grpc::Status::OK;
  }
  grpc::Status NotifyJob(grpc::ServerContext* context,
                         const v1::NotifyJobRequest* request,
                         v1::NotifyJobResponse*) override {
    Remember(*context, *request);
    return grpc::Status::OK;
  }
  grpc::Status ListClusters(grpc::ServerContext* context,
                            const v1::ListClustersRequest* request,
                            v1::ListClustersResponse* response) override {
    Remember(*context, *request);
    for (const char* name : {"tux", "gnu"}) {
      response->add_clusters()->set_name(name);
    }
    return grpc::Status::OK;
  }
  grpc::Status GetCluster(grpc::ServerContext* context,
                          const v1::GetClusterRequest* request,
                          v1::Cluster*) override {
    Remember(*context, *request);
    return grpc::Status::OK;
  }
  grpc::Status ListReplicas(grpc::ServerContext* context,
                            const v1::ListReplicasRequest* request,
                            v1::ListReplicasResponse*) override {
    Remember(*context, *request);
    return grpc::Status::OK;
  }

 private:
  void Remember(const grpc::ServerContext& context,
                const google::protobuf::Message& request) {
    MutexLock lock(&mu_);
    last_request_ = request.GetDescriptor()->name() + "{" +
                    request.ShortDebugString() + "}";
    metadata_.clear();
    for (const auto& [key, value] : context.client_metadata()) {
      metadata_[{key.data(), key.size()}] = {value.data(), value.size()};
    }
  }

  Mutex mu_;
  std::string last_request_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string> metadata_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Handles a request and waits for its answer.
inline HttpResponse HandleAndWait(HttpHandler* handler, HttpRequest request) {
  Mutex mu;
  CondVar answered;
  std::optional<HttpResponse> response;
  handler->Handle(std::move(request), [&](HttpResponse r) {
    MutexLock lock(&mu);
    response = std::move(r);
    answered.NotifyAll();
  });
  MutexLock lock(&mu);
  while (!response.has_value()) answered.Wait(&mu);
  return *std::move(response);
}

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_FAKE_MONITOR_SERVICE_H_
