#include "slurm/rest/rest_slurm_client.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "slurm/job_id.h"
#include "slurm/rest/jwt_file.h"
#include "slurm/rest/rest_accounting.h"
#include "slurm/rest/rest_answer.h"
#include "slurm/rest/rest_error.h"

namespace smon::slurm {
namespace {

constexpr size_t kMostScripts = 2000;
// All ids stand in the URL.
constexpr size_t kScriptsARequest = 100;
// Of an answer that is not 200.
constexpr size_t kMaxErrorBody = 64 * 1024;

// Whether batch_host is a node that the batch script ran on.
bool RanOnNode(const JobRecord& job) {
  return job.is_batch.value_or(true) && !job.batch_host.empty();
}

// The monotonic clock, so that a step of the wall clock is no duration.
absl::Duration Monotonic() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

std::vector<std::string> Headers(const std::string& user,
                                 const std::string& token) {
  std::vector<std::string> headers;
  if (!token.empty()) {
    headers.push_back(absl::StrCat("X-SLURM-USER-TOKEN: ", token));
  }
  if (!user.empty()) {
    headers.push_back(absl::StrCat("X-SLURM-USER-NAME: ", user));
  }
  return headers;
}

absl::StatusOr<std::string> ReadSome(ByteSource* source) {
  std::string text;
  while (text.size() < kMaxErrorBody) {
    SMON_ASSIGN_OR_RETURN(const absl::string_view piece, source->Next());
    if (piece.empty()) break;
    text.append(piece.data(), piece.size());
  }
  return text;
}

// A list must be there: an answer without one is none.
absl::Status CheckAnswer(absl::string_view what, const RestAnswer& answer) {
  SMON_RETURN_IF_ERROR(RestAnswerError(what, answer));
  if (answer.has_list) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("slurmrestd, ", what, ": the answer has no list"));
}

std::string SlurmPath(const RestApi& api, absl::string_view rest) {
  return absl::StrCat("/slurm/v0.0.", api.slurm, "/", rest);
}

absl::Status CheckAccounting(const RestApi& api) {
  if (api.slurmdb != 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "slurmrestd has no /slurmdb: the site keeps no accounting, or slurmrestd "
      "was started without it (-s)");
}

}  // namespace

RestSlurmClient::RestSlurmClient(HttpGetter* http, Options options)
    : http_(http),
      options_(std::move(options)),
      selection_{options_.partitions, options_.user} {}

absl::StatusOr<std::string> RestSlurmClient::Token() const {
  if (options_.jwt_file.empty()) return std::string();
  return ReadJwtFile(options_.jwt_file);
}

absl::Status RestSlurmClient::AskOnce(
    const std::string& name, const std::string& target,
    const std::string& token, absl::FunctionRef<absl::Status(ByteSource*)> read,
    int* http_status) {
  const absl::Duration start = Monotonic();
  const absl::Status status = [&]() -> absl::Status {
    SMON_ASSIGN_OR_RETURN(
        const std::unique_ptr<HttpResponse> response,
        http_->Get(target, Headers(options_.slurm_user, token)));
    *http_status = response->status();
    if (*http_status == 200) return read(response.get());
    SMON_ASSIGN_OR_RETURN(const std::string body, ReadSome(response.get()));
    return RestStatusError(target.substr(0, target.find('?')), *http_status,
                           body);
  }();
  const absl::Duration duration = Monotonic() - start;
  MutexLock lock(&mu_);
  CommandCounts::Count& count = counts_.by_command[name];
  ++count.calls;
  if (!status.ok() && status.code() != absl::StatusCode::kCancelled) {
    ++count.failures;
  }
  count.last = duration;
  count.total += duration;
  count.durations.Add(duration);
  count.longest = std::max(count.longest, duration);
  return status;
}

absl::Status RestSlurmClient::AskWithToken(
    const std::string& name, const std::string& target,
    absl::FunctionRef<absl::Status(ByteSource*)> read, int* http_status) {
  *http_status = 0;
  SMON_ASSIGN_OR_RETURN(const std::string token, Token());
  absl::Status status = AskOnce(name, target, token, read, http_status);
  if (*http_status != 401) return status;
  SMON_ASSIGN_OR_RETURN(const std::string other, Token());
  if (other == token) return status;
  return AskOnce(name, target, other, read, http_status);
}

absl::StatusOr<RestApi> RestSlurmClient::Api() {
  {
    MutexLock lock(&mu_);
    if (api_.has_value()) return *api_;
  }
  RestApi api;
  int http_status = 0;
  SMON_RETURN_IF_ERROR(AskWithToken(
      "openapi", "/openapi/v3",
      [&api](ByteSource* source) -> absl::Status {
        SMON_ASSIGN_OR_RETURN(api, ChooseRestApi(source));
        return absl::OkStatus();
      },
      &http_status));
  LogInfo("slurmrestd found",
          {{"url", http_->server().name},
           {"slurm_api", absl::StrCat("v0.0.", api.slurm)},
           {"slurmdb_api",
            api.slurmdb == 0 ? "none" : absl::StrCat("v0.0.", api.slurmdb)}});
  MutexLock lock(&mu_);
  api_ = api;
  return api;
}

absl::Status RestSlurmClient::Ask(const std::string& name, Target target,
                                  Reader read) {
  SMON_ASSIGN_OR_RETURN(RestApi api, Api());
  const auto read_with_api = [&](ByteSource* source) {
    return read(source, api);
  };
  SMON_ASSIGN_OR_RETURN(std::string path, target(api));
  int http_status = 0;
  absl::Status status = AskWithToken(name, path, read_with_api, &http_status);
  if (http_status != 404) return status;
  {
    MutexLock lock(&mu_);
    api_.reset();
  }
  const RestApi before = api;
  SMON_ASSIGN_OR_RETURN(api, Api());
  if (api == before) return status;
  SMON_ASSIGN_OR_RETURN(path, target(api));
  return AskWithToken(name, path, read_with_api, &http_status);
}

absl::StatusOr<RestJobs> RestSlurmClient::ReadSelected(
    const JobSelection& selection, IsNews is_news) {
  RestJobs jobs;
  SMON_RETURN_IF_ERROR(Ask(
      "slurm/jobs",
      [](const RestApi& api) -> absl::StatusOr<std::string> {
        return SlurmPath(api, "jobs");
      },
      [&](ByteSource* source, const RestApi& api) -> absl::Status {
        SMON_ASSIGN_OR_RETURN(
            jobs, ReadRestJobs(source, api.slurm, selection, is_news));
        return CheckAnswer("slurm/jobs", jobs.answer);
      }));
  return jobs;
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadQueue(IsNews is_news) {
  return ReadQueueOf(selection_, is_news);
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadWholeQueue(IsNews is_news) {
  return ReadQueueOf(JobSelection(), is_news);
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadJobs(
    const std::vector<int64_t>& numbers, IsNews is_news) {
  const std::set<int64_t> wanted(numbers.begin(), numbers.end());
  return ReadQueue([&](const RecordHead& head) {
    return is_news(head) || wanted.count(head.raw_id) > 0 ||
           (head.whole_id != 0 && wanted.count(head.whole_id) > 0);
  });
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadQueueOf(
    const JobSelection& selection, IsNews is_news) {
  SMON_ASSIGN_OR_RETURN(RestJobs jobs, ReadSelected(selection, is_news));
  SMON_RETURN_IF_ERROR(NameHosts(&jobs.snapshot.jobs));
  return std::move(jobs.snapshot);
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadAccounting(absl::Time since,
                                                            absl::Time until,
                                                            IsNews is_news) {
  return ReadAccountingOf(selection_, since, until, is_news);
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadWholeAccounting(
    absl::Time since, absl::Time until, IsNews is_news) {
  return ReadAccountingOf(JobSelection(), since, until, is_news);
}

absl::StatusOr<JobSnapshot> RestSlurmClient::ReadAccountingOf(
    const JobSelection& selection, absl::Time since, absl::Time until,
    IsNews is_news) {
  RestJobs jobs;
  SMON_RETURN_IF_ERROR(Ask(
      "slurmdb/jobs",
      [&](const RestApi& api) -> absl::StatusOr<std::string> {
        SMON_RETURN_IF_ERROR(CheckAccounting(api));
        return RestAccountingTarget(api.slurmdb, selection, since, until);
      },
      [&](ByteSource* source, const RestApi& api) -> absl::Status {
        SMON_ASSIGN_OR_RETURN(
            jobs, ReadRestAccounting(source, api.slurmdb, selection, is_news));
        return CheckAnswer("slurmdb/jobs", jobs.answer);
      }));
  SMON_RETURN_IF_ERROR(NameHosts(&jobs.snapshot.jobs));
  return std::move(jobs.snapshot);
}

absl::StatusOr<std::map<std::string, std::string>>
RestSlurmClient::ReadBatchScripts(const std::vector<std::string>& job_ids) {
  if (job_ids.size() > kMostScripts) {
    return absl::InvalidArgumentError(
        absl::StrCat("at most ", kMostScripts, " batch scripts at a time"));
  }
  for (const std::string& job_id : job_ids) {
    SMON_RETURN_IF_ERROR(ParseJobId(job_id).status());
  }
  std::map<std::string, std::string> scripts;
  SMON_ASSIGN_OR_RETURN(const RestApi known, Api());
  if (RestScriptsTarget(known.slurmdb, job_ids).empty()) return scripts;
  for (size_t i = 0; i < job_ids.size(); i += kScriptsARequest) {
    const std::vector<std::string> some(
        job_ids.begin() + i,
        job_ids.begin() + std::min(job_ids.size(), i + kScriptsARequest));
    SMON_RETURN_IF_ERROR(Ask(
        "slurmdb/jobs with scripts",
        [&](const RestApi& api) -> absl::StatusOr<std::string> {
          std::string target = RestScriptsTarget(api.slurmdb, some);
          if (target.empty()) return CheckAccounting(RestApi());
          return target;
        },
        [&](ByteSource* source, const RestApi&) -> absl::Status {
          SMON_ASSIGN_OR_RETURN(RestScripts read, ReadRestScripts(source));
          SMON_RETURN_IF_ERROR(CheckAnswer("slurmdb/jobs", read.answer));
          scripts.merge(read.scripts);
          return absl::OkStatus();
        }));
  }
  return scripts;
}

absl::StatusOr<std::vector<std::string>> RestSlurmClient::ReadNames(
    const std::string& name, const char* list, RestAnswer* answer) {
  static const auto* const fields = new RestFields({{"name", 0}});
  const bool slurmdb = name == "slurmdb/clusters";
  std::vector<std::string> names;
  SMON_RETURN_IF_ERROR(Ask(
      name,
      [&](const RestApi& api) -> absl::StatusOr<std::string> {
        if (!slurmdb) return SlurmPath(api, list);
        SMON_RETURN_IF_ERROR(CheckAccounting(api));
        return absl::StrCat("/slurmdb/v0.0.", api.slurmdb, "/", list);
      },
      [&](ByteSource* source, const RestApi&) -> absl::Status {
        SMON_ASSIGN_OR_RETURN(
            *answer,
            ReadRestAnswer(source, list, *fields,
                           [&names](const RestRecord& record) {
                             names.push_back(std::string(record.Text(0)));
                           }));
        return CheckAnswer(name, *answer);
      }));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

absl::StatusOr<std::vector<std::string>> RestSlurmClient::ListPartitions() {
  RestAnswer answer;
  return ReadNames("slurm/partitions", "partitions", &answer);
}

absl::StatusOr<ClusterInfo> RestSlurmClient::ReadClusterInfo() {
  RestAnswer partitions;
  SMON_RETURN_IF_ERROR(
      ReadNames("slurm/partitions", "partitions", &partitions).status());
  ClusterInfo info;
  info.version = partitions.release;
  SMON_ASSIGN_OR_RETURN(info.name,
                        FindClusterName(partitions, &info.has_accounting));
  return info;
}

absl::StatusOr<std::string> RestSlurmClient::FindClusterName(
    const RestAnswer& partitions, bool* has_accounting) {
  RestAnswer answer;
  const absl::StatusOr<std::vector<std::string>> clusters =
      ReadNames("slurmdb/clusters", "clusters", &answer);
  if (absl::IsCancelled(clusters.status())) return clusters.status();
  // A database that is away now may be back later.
  *has_accounting = !absl::IsFailedPrecondition(clusters.status());
  if (!options_.cluster.empty()) return options_.cluster;
  if (!partitions.cluster.empty()) return partitions.cluster;
  if (clusters.ok() && clusters->size() == 1) return clusters->front();
  // Several share the database, or it does not answer: any job tells.
  SMON_ASSIGN_OR_RETURN(
      const RestJobs jobs,
      ReadSelected({}, [](const RecordHead&) { return false; }));
  if (!jobs.cluster.empty()) return jobs.cluster;
  return absl::FailedPreconditionError(
      "this slurmrestd does not tell the cluster's name; give --slurm_cluster, "
      "ClusterName in slurm.conf");
}

CommandCounts RestSlurmClient::Counts() const {
  MutexLock lock(&mu_);
  return counts_;
}

bool RestSlurmClient::KnowsNodes(const std::vector<JobRecord>& jobs) const {
  MutexLock lock(&mu_);
  for (const JobRecord& job : jobs) {
    if (RanOnNode(job) && node_hosts_.count(job.batch_host) == 0) return false;
  }
  return true;
}

absl::Status RestSlurmClient::NameHosts(std::vector<JobRecord>* jobs) {
  static const auto* const fields =
      new RestFields({{"name", 0}, {"hostname", 1}});
  std::map<std::string, std::string> read;
  if (!KnowsNodes(*jobs)) {
    SMON_RETURN_IF_ERROR(Ask(
        "slurm/nodes",
        [](const RestApi& api) -> absl::StatusOr<std::string> {
          return SlurmPath(api, "nodes");
        },
        [&read](ByteSource* source, const RestApi&) -> absl::Status {
          SMON_ASSIGN_OR_RETURN(
              const RestAnswer answer,
              ReadRestAnswer(
                  source, "nodes", *fields, [&read](const RestRecord& node) {
                    read[std::string(node.Text(0))] = std::string(node.Text(1));
                  }));
          return CheckAnswer("slurm/nodes", answer);
        }));
  }
  MutexLock lock(&mu_);
  for (auto& [node, host] : read) node_hosts_[node] = std::move(host);
  for (JobRecord& job : *jobs) {
    if (RanOnNode(job)) job.batch_host = node_hosts_[job.batch_host];
  }
  return absl::OkStatus();
}

}  // namespace smon::slurm
