#ifndef SMON_SERVER_API_GUARDED_SERVICE_H_
#define SMON_SERVER_API_GUARDED_SERVICE_H_

#include <functional>

#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/call_guard.h"

namespace smon {

// Stands in front of a MonitorService: lets through who may call, and logs who
// changed what. Every way to the service leads through it, that of the HTTP
// gateway too. What an rpc needs follows from its google.api.http annotation:
// `read` for a GET, `write` for the others. Thread-safe.
class GuardedService final
    : public v1::MonitorService::WithCallbackMethod_WatchJobs<
          v1::MonitorService::Service> {
 public:
  using Service = v1::MonitorService::WithCallbackMethod_WatchJobs<
      v1::MonitorService::Service>;

  // `add_health` adds to what GetHealth answers. All outlive this object.
  GuardedService(Service* service, const CallGuard* guard,
                 std::function<void(v1::Health*)> add_health)
      : service_(service), guard_(guard), add_health_(std::move(add_health)) {}

  // Whoever asks for /healthz without a token sees no version and no errors.
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
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context,
      const v1::WatchJobsRequest* request) override;
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

 private:
  template <typename Request, typename Response>
  grpc::Status Call(const char* name,
                    grpc::Status (v1::MonitorService::Service::*method)(
                        grpc::ServerContext*, const Request*, Response*),
                    grpc::ServerContext* context, const Request* request,
                    Response* response);

  Service* const service_;
  const CallGuard* const guard_;
  const std::function<void(v1::Health*)> add_health_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_GUARDED_SERVICE_H_
