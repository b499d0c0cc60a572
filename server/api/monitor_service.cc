#include "server/api/monitor_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "google/protobuf/util/field_mask_util.h"
#include "server/api/fleet.h"
#include "server/api/job_requests.h"
#include "server/api/status_details.h"
#include "server/api/watch_stream.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

using google::protobuf::util::FieldMaskUtil;

// For attrsvc's statistics: it holds a thread of the pool as long.
constexpr absl::Duration kAttrsvcPatience = absl::Seconds(15);

// Where no cluster is named: the default one's job, if that has one of this id,
// else the newest of any.
absl::StatusOr<Job> FindInClusters(const Monitor& monitor,
                                   const std::string& cluster,
                                   const std::string& job_id,
                                   std::optional<int32_t> restart_count) {
  Store* const store = monitor.store();
  if (!cluster.empty()) return store->GetJob(cluster, job_id, restart_count);
  const std::string& usual = monitor.default_cluster();
  absl::StatusOr<Job> job = store->GetJob(usual, job_id, restart_count);
  if (!absl::IsNotFound(job.status())) return job;
  // Another cluster's job is none of this one's runs.
  if (restart_count.has_value() &&
      !absl::IsNotFound(store->GetJob(usual, job_id, std::nullopt).status())) {
    return job;
  }
  return store->GetJob(/*cluster=*/"", job_id, restart_count);
}

// Any request that names one run of a job.
template <typename Request>
absl::StatusOr<Job> FindJob(const Monitor& monitor, const Request& request) {
  if (request.job_id().empty()) {
    return InvalidField(
        "job_id", "is missing; give one as Slurm displays it, e.g. 123_4");
  }
  std::optional<int32_t> restart_count;
  if (request.has_restart_count()) restart_count = request.restart_count();
  auto job = FindInClusters(monitor, request.cluster(), request.job_id(),
                            restart_count);
  const std::string& id = request.job_id();
  const auto not_found = [&id](absl::string_view message) {
    return WithReason(absl::NotFoundError(message), "JOB_NOT_FOUND",
                      {{"job_id", id}});
  };
  if (absl::IsNotFound(job.status()) &&
      std::all_of(id.begin(), id.end(), absl::ascii_isdigit)) {
    // What sbatch printed for an array is the id of none of its jobs.
    return not_found(
        absl::StrCat(job.status().message(),
                     "; of an array or a heterogeneous job, give a task (", id,
                     "_0) or a component (", id, "+0)"));
  }
  if (absl::IsNotFound(job.status())) return not_found(job.status().message());
  return job;
}

// Why there is no verdict of this job.
std::string WhatIsAwaited(const Job& job) {
  const std::string which = absl::StrCat("job ", job.record.job_id);
  switch (job.delivery.phase) {
    case Phase::kWaiting:
      return absl::StrCat(which, " has not ended");
    case Phase::kPending:
      return absl::StrCat(which, ": its log is still to be sent to attrsvc");
    case Phase::kSubmitted:
      return absl::StrCat(which,
                          ": attrsvc has its log, the verdict is awaited");
    case Phase::kNoLog:
      return absl::StrCat(which, " has no log: ", job.delivery.error);
    default:
      return absl::StrCat(which, " got no verdict: ", job.delivery.error);
  }
}

v1::ResubmitJobResponse::Outcome OutcomeProto(ResubmitOutcome outcome) {
  switch (outcome) {
    case ResubmitOutcome::kResubmitted:
      return v1::ResubmitJobResponse::RESUBMITTED;
    case ResubmitOutcome::kAlreadyPending:
      return v1::ResubmitJobResponse::ALREADY_PENDING;
    case ResubmitOutcome::kNotEnded:
      return v1::ResubmitJobResponse::NOT_ENDED;
    // Not of one job.
    case ResubmitOutcome::kNoLog:
    case ResubmitOutcome::kSharedLog:
      break;
  }
  return v1::ResubmitJobResponse::OUTCOME_UNSPECIFIED;
}

v1::ResubmitJobsResponse ToResponse(const ResubmitReport& report) {
  v1::ResubmitJobsResponse response;
  response.set_resubmitted(static_cast<int32_t>(report.resubmitted));
  response.set_skipped(static_cast<int32_t>(report.not_ended + report.no_log));
  response.set_skipped_not_ended(static_cast<int32_t>(report.not_ended));
  response.set_skipped_no_log(static_cast<int32_t>(report.no_log));
  response.set_already_pending(static_cast<int32_t>(report.already_pending));
  response.set_shared_log(static_cast<int32_t>(report.shared_log));
  for (const std::string& job_id : report.job_ids) {
    response.add_job_ids(job_id);
  }
  return response;
}

}  // namespace

v1::Health MonitorServiceImpl::DoGetHealth() const {
  v1::Health health = monitor_->GetHealth();
  AddRoles(*monitor_, &health);
  return health;
}

absl::StatusOr<v1::ListJobsResponse> MonitorServiceImpl::DoListJobs(
    const v1::ListJobsRequest& asked, const std::function<bool()>& stop) const {
  const v1::ListJobsRequest request = WithProtoNames(asked);
  SMON_ASSIGN_OR_RETURN(JobQuery query, ReadListJobsRequest(request, *signer_));
  query.stop = stop;
  SMON_ASSIGN_OR_RETURN(const JobPage page, monitor_->store()->ListJobs(query));
  const auto& paths = request.read_mask().paths();
  const bool is_masked = !paths.empty() && std::find(paths.begin(), paths.end(),
                                                     "*") == paths.end();
  v1::ListJobsResponse response;
  response.mutable_jobs()->Reserve(static_cast<int>(page.jobs.size()));
  for (const Job& job : page.jobs) {
    v1::Job* entry = response.add_jobs();
    *entry = ToProto(job);
    if (is_masked) FieldMaskUtil::TrimMessage(request.read_mask(), entry);
  }
  if (page.next.has_value()) {
    response.set_next_page_token(NextPageToken(request, *page.next, *signer_));
  }
  return response;
}

absl::StatusOr<v1::Job> MonitorServiceImpl::DoGetJob(
    const v1::GetJobRequest& request) const {
  SMON_ASSIGN_OR_RETURN(const Job job, FindJob(*monitor_, request));
  v1::Job response = ToProto(job);
  if (request.view() != v1::GetJobRequest::FULL) return response;
  SMON_ASSIGN_OR_RETURN(const std::vector<HistoryEntry> history,
                        monitor_->store()->GetHistory(job.id));
  for (const HistoryEntry& from : history) {
    v1::HistoryEntry* to = response.add_history();
    *to->mutable_time() = ToProto(from.time);
    to->set_text(from.text);
  }
  return response;
}

absl::StatusOr<google::api::HttpBody> MonitorServiceImpl::DoGetResult(
    const v1::GetResultRequest& request) const {
  SMON_ASSIGN_OR_RETURN(const Job job, FindJob(*monitor_, request));
  auto answer = monitor_->store()->GetAnswer(job.id);
  if (absl::IsNotFound(answer.status())) {
    return WithReason(
        absl::NotFoundError(WhatIsAwaited(job)), "NO_RESULT",
        {{"job_id", job.record.job_id},
         {"phase", v1::Delivery::Phase_Name(
                       static_cast<v1::Delivery::Phase>(job.delivery.phase))}});
  }
  if (!answer.ok()) return answer.status();
  google::api::HttpBody body;
  body.set_content_type("application/json");
  body.set_data(*std::move(answer));
  return body;
}

absl::StatusOr<v1::ResubmitJobResponse> MonitorServiceImpl::DoResubmitJob(
    const v1::ResubmitJobRequest& request) const {
  SMON_ASSIGN_OR_RETURN(ResubmitOrder order, ReadResubmitJobRequest(request));
  SMON_ASSIGN_OR_RETURN(const Job job, FindJob(*monitor_, request));
  SMON_ASSIGN_OR_RETURN(const ResubmitResult result,
                        monitor_->Resubmit(job.id, std::move(order)));
  v1::ResubmitJobResponse response;
  response.set_outcome(OutcomeProto(result.outcome));
  *response.mutable_job() = ToProto(result.job);
  if (result.outcome == ResubmitOutcome::kResubmitted && !result.repeated) {
    LogInfo("job resubmitted", {{"job_id", result.job.record.job_id},
                                {"cluster", result.job.cluster}});
  }
  return response;
}

absl::StatusOr<v1::ResubmitJobsResponse> MonitorServiceImpl::DoResubmitJobs(
    const v1::ResubmitJobsRequest& request,
    const std::function<bool()>& stop) const {
  SMON_ASSIGN_OR_RETURN(const ResubmitJobsQuery query,
                        ReadResubmitJobsRequest(request));
  if (request.dry_run()) {
    SMON_ASSIGN_OR_RETURN(const ResubmitReport preview,
                          monitor_->store()->PreviewResubmission(
                              query.filter, query.max_jobs, stop));
    return ToResponse(preview);
  }
  SMON_ASSIGN_OR_RETURN(
      const ResubmitReport report,
      monitor_->ResubmitAll(query.filter, query.max_jobs, query.order, stop));
  if (!report.repeated) {
    LogInfo("jobs resubmitted", {{"resubmitted", report.resubmitted},
                                 {"already_pending", report.already_pending},
                                 {"not_ended", report.not_ended},
                                 {"no_log", report.no_log},
                                 {"shared_log", report.shared_log},
                                 {"request_id", query.order.request_id}});
  }
  return ToResponse(report);
}

absl::StatusOr<v1::NotifyJobResponse> MonitorServiceImpl::DoNotifyJob(
    const v1::NotifyJobRequest& request) const {
  const absl::Status status =
      monitor_->Notify(request.cluster(), request.job_id());
  if (status.ok()) return v1::NotifyJobResponse();
  if (!absl::IsInvalidArgument(status)) return status;
  // Its message begins with the field's name.
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(status.message(), absl::MaxSplits(": ", 1));
  return InvalidField(parts.first, parts.second);
}

absl::StatusOr<google::api::HttpBody> MonitorServiceImpl::DoGetAttrsvcStats(
    const std::function<bool()>& stop) const {
  SMON_ASSIGN_OR_RETURN(std::string stats,
                        monitor_->GetAttrsvcStats(kAttrsvcPatience, stop));
  google::api::HttpBody body;
  body.set_content_type("application/json");
  body.set_data(std::move(stats));
  return body;
}

absl::StatusOr<v1::Diagnosis> MonitorServiceImpl::DoGetDiagnosis(
    const v1::GetDiagnosisRequest& request,
    const std::function<bool()>& stop) const {
  const std::string& cluster = request.cluster();
  if (cluster.empty()) return diagnosis_->Get(stop);
  SMON_RETURN_IF_ERROR(CheckIsWatched(*monitor_, cluster));
  SMON_ASSIGN_OR_RETURN(v1::Diagnosis diagnosis, diagnosis_->Get(stop));
  auto* const findings = diagnosis.mutable_findings();
  findings->erase(
      std::remove_if(findings->begin(), findings->end(),
                     [&cluster](const v1::Diagnosis::Finding& finding) {
                       return !finding.cluster().empty() &&
                              finding.cluster() != cluster;
                     }),
      findings->end());
  return diagnosis;
}

absl::StatusOr<v1::ListClustersResponse> MonitorServiceImpl::DoListClusters()
    const {
  return ListClusters(monitor_);
}

absl::StatusOr<v1::Cluster> MonitorServiceImpl::DoGetCluster(
    const v1::GetClusterRequest& request) const {
  return GetCluster(monitor_, request.cluster());
}

absl::StatusOr<v1::ListReplicasResponse> MonitorServiceImpl::DoListReplicas()
    const {
  return ListReplicas(*monitor_);
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* MonitorServiceImpl::WatchJobs(
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request,
    JobWatch::Check check) {
  return NewWatchStream(feed_, signer_, context, *request, std::move(check));
}

}  // namespace smon
