#include "server/api/guarded_service.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/message_bytes.h"
#include "google/api/annotations.pb.h"
#include "server/api/pooled_call.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

Permission Needs(const char* name) {
  const auto* const method = v1::Job::descriptor()
                                 ->file()
                                 ->FindServiceByName("MonitorService")
                                 ->FindMethodByName(name);
  const bool is_get =
      method != nullptr &&
      method->options().GetExtension(google::api::http).has_get();
  return is_get ? Permission::kRead : Permission::kWrite;
}

// A stream that ends at once. It owns itself.
class RefusedStream final
    : public grpc::ServerWriteReactor<v1::WatchJobsResponse> {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

using Stop = std::function<bool()>;

grpc::ServerUnaryReactor* AnswerNow(grpc::CallbackServerContext* context,
                                    const grpc::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

template <typename Response>
grpc::Status Reply(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return ToApiStatus(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

// What everybody may know.
void Redact(v1::Health* health) {
  health->clear_version();
  health->clear_replica_id();
  health->clear_cluster_roles();
  for (auto& component : *health->mutable_components()) {
    component.clear_last_error();
  }
}

}  // namespace

template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* GuardedService::Call(
    CallPool* pool, const char* name, grpc::CallbackServerContext* context,
    const Request* request, Response* response, Answer answer) {
  const Permission needs = Needs(name);
  const Peer peer = guard_->PeerOf(*context);
  const auto caller = guard_->Admit(*context, peer, needs);
  UnaryWork work;
  if (!caller.ok()) {
    const grpc::Status status = ToApiStatus(caller.status());
    if (needs == Permission::kWrite) {
      audit_.AddRefused(peer.address, name, *request, status);
    }
    return AnswerNow(context, status);
  }
  if (needs == Permission::kWrite) {
    work.over = [=, who = caller->id](const grpc::Status& status) {
      audit_.Add(who, name, *request, status, *response);
    };
  }
  work.answer = [=](const Stop& stop) {
    return Reply<Response>(answer(*request, stop), response);
  };
  work.size = [=] { return response->ByteSizeLong(); };
  return AnswerOnPool(pool, &unsent_, context, std::move(work));
}

grpc::ServerUnaryReactor* GuardedService::GetHealth(
    grpc::CallbackServerContext* context, const v1::GetHealthRequest*,
    v1::Health* response) {
  const Peer peer = guard_->PeerOf(*context);
  const auto caller = guard_->Admit(*context, peer, Permission::kRead);
  if (!caller.ok() && !peer.is_probe) {
    return AnswerNow(context, ToApiStatus(caller.status()));
  }
  UnaryWork work;
  work.answer = [=, known = caller.ok()](const Stop&) {
    *response = service_->DoGetHealth();
    add_health_(response);
    if (!known) Redact(response);
    return grpc::Status::OK;
  };
  work.size = [=] { return response->ByteSizeLong(); };
  return AnswerOnPool(/*pool=*/nullptr, &unsent_, context, std::move(work));
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* GuardedService::WatchJobs(
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request) {
  const auto caller =
      guard_->Admit(*context, guard_->PeerOf(*context), Needs("WatchJobs"));
  if (!caller.ok()) return new RefusedStream(ToApiStatus(caller.status()));
  // A stream may outlive the token that it was begun with.
  return service_->WatchJobs(context, request,
                             [guard = guard_, who = *caller]() mutable {
                               return guard->Recheck(&who);
                             });
}

grpc::ServerUnaryReactor* GuardedService::GetStats(
    grpc::CallbackServerContext* context, const v1::GetStatsRequest* request,
    v1::Stats* response) {
  return Call(&readers_, "GetStats", context, request, response,
              [this](const v1::GetStatsRequest&, const Stop&) {
                return service_->DoGetStats();
              });
}

grpc::Status GuardedService::ReadPage(const std::string& asked,
                                      const Stop& stop,
                                      grpc::ByteBuffer* page) const {
  v1::ListJobsRequest request;
  if (!request.ParseFromString(asked)) {
    return grpc::Status(grpc::StatusCode::INTERNAL,
                        "the request is no ListJobsRequest");
  }
  const auto jobs = service_->DoListJobs(request, stop);
  if (!jobs.ok()) return ToApiStatus(jobs.status());
  *page = BufferOf(*jobs);
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* GuardedService::ListJobs(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  const auto caller =
      guard_->Admit(*context, guard_->PeerOf(*context), Needs("ListJobs"));
  if (!caller.ok()) return AnswerNow(context, ToApiStatus(caller.status()));
  // Before anything is read.
  const std::optional<uint64_t> version = service_->StoreVersion();
  std::string asked = BytesOf(*request);
  UnaryWork work;
  work.size = [=] { return response->Length(); };
  if (auto known = pages_.Find(version, asked)) {
    *response = *std::move(known);
    work.answer = [](const Stop&) { return grpc::Status::OK; };
    return AnswerOnPool(/*pool=*/nullptr, &unsent_, context, std::move(work));
  }
  work.answer = [=, asked = std::move(asked)](const Stop& stop) {
    return pages_.FindOrRead(
        version, asked, stop,
        [&](grpc::ByteBuffer* page) { return ReadPage(asked, stop, page); },
        response);
  };
  return AnswerOnPool(&readers_, &unsent_, context, std::move(work));
}

grpc::ServerUnaryReactor* GuardedService::GetJob(
    grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
    v1::Job* response) {
  return Call(&readers_, "GetJob", context, request, response,
              [this](const v1::GetJobRequest& asked, const Stop&) {
                return service_->DoGetJob(asked);
              });
}

grpc::ServerUnaryReactor* GuardedService::GetResult(
    grpc::CallbackServerContext* context, const v1::GetResultRequest* request,
    google::api::HttpBody* response) {
  return Call(&readers_, "GetResult", context, request, response,
              [this](const v1::GetResultRequest& asked, const Stop&) {
                return service_->DoGetResult(asked);
              });
}

grpc::ServerUnaryReactor* GuardedService::ResubmitJob(
    grpc::CallbackServerContext* context, const v1::ResubmitJobRequest* request,
    v1::ResubmitJobResponse* response) {
  return Call(&writers_, "ResubmitJob", context, request, response,
              [this](const v1::ResubmitJobRequest& asked, const Stop&) {
                return service_->DoResubmitJob(asked);
              });
}

grpc::ServerUnaryReactor* GuardedService::ResubmitJobs(
    grpc::CallbackServerContext* context,
    const v1::ResubmitJobsRequest* request,
    v1::ResubmitJobsResponse* response) {
  return Call(&writers_, "ResubmitJobs", context, request, response,
              [this](const v1::ResubmitJobsRequest& asked, const Stop& stop) {
                return service_->DoResubmitJobs(asked, stop);
              });
}

grpc::ServerUnaryReactor* GuardedService::NotifyJob(
    grpc::CallbackServerContext* context, const v1::NotifyJobRequest* request,
    v1::NotifyJobResponse* response) {
  return Call(&readers_, "NotifyJob", context, request, response,
              [this](const v1::NotifyJobRequest& asked, const Stop&) {
                return service_->DoNotifyJob(asked);
              });
}

grpc::ServerUnaryReactor* GuardedService::GetAttrsvcStats(
    grpc::CallbackServerContext* context,
    const v1::GetAttrsvcStatsRequest* request,
    google::api::HttpBody* response) {
  return Call(&readers_, "GetAttrsvcStats", context, request, response,
              [this](const v1::GetAttrsvcStatsRequest&, const Stop& stop) {
                return service_->DoGetAttrsvcStats(stop);
              });
}

grpc::ServerUnaryReactor* GuardedService::GetDiagnosis(
    grpc::CallbackServerContext* context,
    const v1::GetDiagnosisRequest* request, v1::Diagnosis* response) {
  return Call(&readers_, "GetDiagnosis", context, request, response,
              [this](const v1::GetDiagnosisRequest& asked, const Stop& stop) {
                return service_->DoGetDiagnosis(asked, stop);
              });
}

grpc::ServerUnaryReactor* GuardedService::ListClusters(
    grpc::CallbackServerContext* context,
    const v1::ListClustersRequest* request,
    v1::ListClustersResponse* response) {
  return Call(&readers_, "ListClusters", context, request, response,
              [this](const v1::ListClustersRequest&, const Stop&) {
                return service_->DoListClusters();
              });
}

grpc::ServerUnaryReactor* GuardedService::GetCluster(
    grpc::CallbackServerContext* context, const v1::GetClusterRequest* request,
    v1::Cluster* response) {
  return Call(&readers_, "GetCluster", context, request, response,
              [this](const v1::GetClusterRequest& asked, const Stop&) {
                return service_->DoGetCluster(asked);
              });
}

grpc::ServerUnaryReactor* GuardedService::ListReplicas(
    grpc::CallbackServerContext* context,
    const v1::ListReplicasRequest* request,
    v1::ListReplicasResponse* response) {
  return Call(&readers_, "ListReplicas", context, request, response,
              [this](const v1::ListReplicasRequest&, const Stop&) {
                return service_->DoListReplicas();
              });
}

}  // namespace smon
