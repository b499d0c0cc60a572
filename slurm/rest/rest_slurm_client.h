#ifndef SMON_SLURM_REST_REST_SLURM_CLIENT_H_
#define SMON_SLURM_REST_REST_SLURM_CLIENT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "slurm/job_selection.h"
#include "slurm/rest/http_get.h"
#include "slurm/rest/rest_api.h"
#include "slurm/rest/rest_jobs.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// A SlurmClient that asks slurmrestd, for hosts without Slurm's commands.
//
// The version of the API is chosen at the first use (GET /openapi/v3), and
// again when it is gone (404), as after an upgrade. A request that is refused
// (401) is made once more when the token has changed meanwhile. One request
// more than SlurmClient promises, seldom: /nodes, when a job ran on a node that
// was not met before.
//
// What slurmrestd cannot tell: MinJobAge (ClusterInfo.min_job_age is zero); a
// user who does not exist (there are just no jobs); up to v0.0.39, the exit
// code of a job known from accounting only, and whether it was a batch job and
// where its output went, so that a job which left slurmctld before it was seen
// has no log path; before v0.0.41, batch scripts.
class RestSlurmClient final : public SlurmClient {
 public:
  struct Options {
    std::vector<std::string> partitions;  // empty: all
    std::string user;                     // empty: all
    std::string slurm_user;               // X-SLURM-USER-NAME; none when empty
    std::string jwt_file;                 // none when empty
    std::string cluster;                  // its name; asked when empty
  };

  // The getter is not owned and must outlive this.
  RestSlurmClient(HttpGetter* http, Options options);

  absl::StatusOr<JobSnapshot> ReadQueue(IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadWholeQueue(IsNews is_news) override;
  // Always the whole queue: versions differ in what they answer to /job/N.
  absl::StatusOr<JobSnapshot> ReadJobs(const std::vector<int64_t>& numbers,
                                       IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadAccounting(absl::Time since, absl::Time until,
                                             IsNews is_news) override;
  absl::StatusOr<JobSnapshot> ReadWholeAccounting(absl::Time since,
                                                  absl::Time until,
                                                  IsNews is_news) override;
  absl::StatusOr<std::map<std::string, std::string>> ReadBatchScripts(
      const std::vector<std::string>& job_ids) override;
  absl::StatusOr<ClusterInfo> ReadClusterInfo() override;
  absl::StatusOr<std::vector<std::string>> ListPartitions() override;
  // By path without the version: "slurm/jobs", "slurmdb/jobs", "openapi", …
  CommandCounts Counts() const override;

 private:
  // Reads a 200 answer's body, and says what is wrong with it.
  using Reader = absl::FunctionRef<absl::Status(ByteSource*, const RestApi&)>;
  // The path and query to ask; an error when there is none to ask.
  using Target = absl::FunctionRef<absl::StatusOr<std::string>(const RestApi&)>;
  // Asks, and once more with another version of the API after a 404.
  absl::Status Ask(const std::string& name, Target target, Reader read);
  // Asks, and once more when the token was refused and is another one now.
  // Sets the HTTP status, 0 when there was no answer.
  absl::Status AskWithToken(const std::string& name, const std::string& target,
                            absl::FunctionRef<absl::Status(ByteSource*)> read,
                            int* http_status);
  // Asks, and counts.
  absl::Status AskOnce(const std::string& name, const std::string& target,
                       const std::string& token,
                       absl::FunctionRef<absl::Status(ByteSource*)> read,
                       int* http_status);
  absl::StatusOr<std::string> Token() const;
  absl::StatusOr<RestApi> Api();

  absl::StatusOr<RestJobs> ReadSelected(const JobSelection& selection,
                                        IsNews is_news);
  absl::StatusOr<JobSnapshot> ReadQueueOf(const JobSelection& selection,
                                          IsNews is_news);
  absl::StatusOr<JobSnapshot> ReadAccountingOf(const JobSelection& selection,
                                               absl::Time since,
                                               absl::Time until,
                                               IsNews is_news);
  // The text of one field of each entry of a list, and the rest of the answer.
  absl::StatusOr<std::vector<std::string>> ReadNames(const std::string& name,
                                                     const char* list,
                                                     RestAnswer* answer);
  absl::StatusOr<std::string> FindClusterName(const RestAnswer& partitions,
                                              bool* has_accounting);
  absl::Status NameHosts(std::vector<JobRecord>* jobs);
  bool KnowsNodes(const std::vector<JobRecord>& jobs) const;

  HttpGetter* const http_;
  const Options options_;
  const JobSelection selection_;

  // Never held during a request.
  mutable Mutex mu_;
  CommandCounts counts_ ABSL_GUARDED_BY(mu_);
  std::optional<RestApi> api_ ABSL_GUARDED_BY(mu_);
  // By node; empty for a node that Slurm does not have (any more).
  std::map<std::string, std::string> node_hosts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_SLURM_CLIENT_H_
