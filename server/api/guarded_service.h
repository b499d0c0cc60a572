#ifndef SMON_SERVER_API_GUARDED_SERVICE_H_
#define SMON_SERVER_API_GUARDED_SERVICE_H_

#include <functional>
#include <utility>

#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/answer_cache.h"
#include "server/api/audit_log.h"
#include "server/api/call_guard.h"
#include "server/api/call_pool.h"
#include "server/api/monitor_service.h"
#include "server/api/unsent_answers.h"

namespace smon {

// MonitorService over gRPC: lets through who may call, and logs who changed
// what. Every way to the service leads through it, that of the HTTP gateway
// too. What an rpc needs follows from its google.api.http annotation: `read`
// for a GET, `write` for the others. No thread of gRPC waits: what has to is
// done by a pool, and not for those who have gone. Thread-safe.
class GuardedService final
    : public v1::MonitorService::WithRawCallbackMethod_ListJobs<
          v1::MonitorService::CallbackService> {
 public:
  // `add_health` adds to what GetHealth answers. All outlive this object, and
  // this object the server.
  GuardedService(MonitorServiceImpl* service, const CallGuard* guard,
                 std::function<void(v1::Health*)> add_health,
                 const CallPool::Options& pool = CallPool::Options())
      : service_(service),
        guard_(guard),
        add_health_(std::move(add_health)),
        readers_(pool),
        writers_({kWriters, pool.most_waiting}) {}

  // Answered at once, however many calls wait. Whoever asks for /healthz
  // without a token sees no version and no errors.
  grpc::ServerUnaryReactor* GetHealth(grpc::CallbackServerContext* context,
                                      const v1::GetHealthRequest* request,
                                      v1::Health* response) override;
  grpc::ServerUnaryReactor* GetStats(grpc::CallbackServerContext* context,
                                     const v1::GetStatsRequest* request,
                                     v1::Stats* response) override;
  // A page that was asked for before is answered at once while nothing changes.
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request,
                                   v1::Job* response) override;
  grpc::ServerUnaryReactor* GetResult(grpc::CallbackServerContext* context,
                                      const v1::GetResultRequest* request,
                                      google::api::HttpBody* response) override;
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context,
      const v1::WatchJobsRequest* request) override;
  grpc::ServerUnaryReactor* ResubmitJob(
      grpc::CallbackServerContext* context,
      const v1::ResubmitJobRequest* request,
      v1::ResubmitJobResponse* response) override;
  grpc::ServerUnaryReactor* ResubmitJobs(
      grpc::CallbackServerContext* context,
      const v1::ResubmitJobsRequest* request,
      v1::ResubmitJobsResponse* response) override;
  grpc::ServerUnaryReactor* NotifyJob(grpc::CallbackServerContext* context,
                                      const v1::NotifyJobRequest* request,
                                      v1::NotifyJobResponse* response) override;
  grpc::ServerUnaryReactor* GetAttrsvcStats(
      grpc::CallbackServerContext* context,
      const v1::GetAttrsvcStatsRequest* request,
      google::api::HttpBody* response) override;
  grpc::ServerUnaryReactor* GetDiagnosis(grpc::CallbackServerContext* context,
                                         const v1::GetDiagnosisRequest* request,
                                         v1::Diagnosis* response) override;
  grpc::ServerUnaryReactor* ListClusters(
      grpc::CallbackServerContext* context,
      const v1::ListClustersRequest* request,
      v1::ListClustersResponse* response) override;
  grpc::ServerUnaryReactor* GetCluster(grpc::CallbackServerContext* context,
                                       const v1::GetClusterRequest* request,
                                       v1::Cluster* response) override;
  grpc::ServerUnaryReactor* ListReplicas(
      grpc::CallbackServerContext* context,
      const v1::ListReplicasRequest* request,
      v1::ListReplicasResponse* response) override;

 private:
  // The Store has one session to write with, and a stop waits for each of them:
  // so few. Two, so that one that changes many jobs does not hold up the
  // others.
  static constexpr int kWriters = 2;

  // Has the pool answer with `answer`, which is called with the request and
  // whether to stop, and returns a StatusOr of the response.
  template <typename Request, typename Response, typename Answer>
  grpc::ServerUnaryReactor* Call(CallPool* pool, const char* name,
                                 grpc::CallbackServerContext* context,
                                 const Request* request, Response* response,
                                 Answer answer);

  // The answer to the bytes of a ListJobsRequest.
  grpc::Status ReadPage(const std::string& asked,
                        const std::function<bool()>& stop,
                        grpc::ByteBuffer* page) const;

  MonitorServiceImpl* const service_;
  const CallGuard* const guard_;
  const std::function<void(v1::Health*)> add_health_;
  AuditLog audit_;
  UnsentAnswers unsent_;
  AnswerCache pages_;
  // Apart, so that readers do not wait for a Store that cannot be written now,
  // held by another program, say.
  CallPool readers_;
  CallPool writers_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_GUARDED_SERVICE_H_
