#include "server/api/guarded_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"

namespace smon {
namespace {

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

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

// What everybody may know.
void Redact(v1::Health* health) {
  health->clear_version();
  for (auto& component : *health->mutable_components()) {
    component.clear_last_error();
  }
}

}  // namespace

template <typename Request, typename Response>
grpc::Status GuardedService::Call(
    const char* name,
    grpc::Status (v1::MonitorService::Service::*method)(grpc::ServerContext*,
                                                        const Request*,
                                                        Response*),
    grpc::ServerContext* context, const Request* request, Response* response) {
  const Permission needs = Needs(name);
  const Peer peer = guard_->PeerOf(*context);
  const auto caller = guard_->Admit(*context, peer, needs);
  const grpc::Status status =
      caller.ok() ? (service_->*method)(context, request, response)
                  : ToGrpc(caller.status());
  if (needs == Permission::kWrite) {
    LogAudit(caller.ok() ? caller->id : absl::StrCat("peer:", peer.address),
             name, *request, status, caller.ok() ? response : nullptr);
  }
  return status;
}

grpc::Status GuardedService::GetHealth(grpc::ServerContext* context,
                                       const v1::GetHealthRequest* request,
                                       v1::Health* response) {
  const Peer peer = guard_->PeerOf(*context);
  const auto caller = guard_->Admit(*context, peer, Permission::kRead);
  if (!caller.ok() && !peer.is_probe) return ToGrpc(caller.status());
  const grpc::Status status = service_->GetHealth(context, request, response);
  if (!status.ok()) return status;
  add_health_(response);
  if (!caller.ok()) Redact(response);
  return status;
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* GuardedService::WatchJobs(
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request) {
  const auto caller =
      guard_->Admit(*context, guard_->PeerOf(*context), Needs("WatchJobs"));
  if (!caller.ok()) return new RefusedStream(ToGrpc(caller.status()));
  return service_->WatchJobs(context, request);
}

#define SMON_GUARDED_RPC(Name, Request, Response)                   \
  grpc::Status GuardedService::Name(grpc::ServerContext* context,   \
                                    const Request* request,         \
                                    Response* response) {           \
    return Call(#Name, &Service::Name, context, request, response); \
  }

SMON_GUARDED_RPC(GetStats, v1::GetStatsRequest, v1::Stats)
SMON_GUARDED_RPC(ListJobs, v1::ListJobsRequest, v1::ListJobsResponse)
SMON_GUARDED_RPC(GetJob, v1::GetJobRequest, v1::Job)
SMON_GUARDED_RPC(GetResult, v1::GetResultRequest, google::api::HttpBody)
SMON_GUARDED_RPC(ResubmitJob, v1::ResubmitJobRequest, v1::ResubmitJobResponse)
SMON_GUARDED_RPC(ResubmitJobs, v1::ResubmitJobsRequest,
                 v1::ResubmitJobsResponse)
SMON_GUARDED_RPC(NotifyJob, v1::NotifyJobRequest, v1::NotifyJobResponse)
SMON_GUARDED_RPC(GetAttrsvcStats, v1::GetAttrsvcStatsRequest,
                 google::api::HttpBody)

#undef SMON_GUARDED_RPC

}  // namespace smon
