// smonctl resubmit: sends the logs of ended jobs again.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/json.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

std::string OutcomeText(v1::ResubmitJobResponse::Outcome outcome) {
  switch (outcome) {
    case v1::ResubmitJobResponse::RESUBMITTED:
      return "its log is sent again";
    case v1::ResubmitJobResponse::ALREADY_PENDING:
      return "its log was about to be sent anyway; it is sent now";
    case v1::ResubmitJobResponse::NOT_ENDED:
      return "it has not ended; its log is sent when it has";
    default:
      return "smonsvc did something that this smonctl does not know";
  }
}

// Says what was done with each job. Goes on after a job that was refused, but
// not when smonsvc itself is out of reach.
class Resubmission {
 public:
  explicit Resubmission(Session* session) : session_(*session) {}

  absl::Status Resubmit(const std::string& job_id) {
    v1::ResubmitJobRequest request;
    request.set_job_id(job_id);
    const absl::StatusOr<v1::ResubmitJobResponse> response =
        session_.connection.Call(&v1::MonitorService::Stub::ResubmitJob,
                                 request);
    if (response.ok()) return Report(job_id, *response);
    if (absl::IsUnavailable(response.status())) return response.status();
    last_refusal_ = Annotate(response.status(), absl::StrCat("job ", job_id));
    PrintError(last_refusal_);
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (session_.format != OutputFormat::kJson) return absl::OkStatus();
    return session_.out.Write(
        absl::StrCat(Opening(), any_ ? "\n" : "", "]}\n"));
  }

  // OK when none was refused.
  const absl::Status& last_refusal() const { return last_refusal_; }

 private:
  absl::Status Report(const std::string& job_id,
                      const v1::ResubmitJobResponse& response) {
    if (session_.format == OutputFormat::kTable) {
      return session_.out.Write(absl::StrCat("job ", ToPrintable(job_id), ": ",
                                             OutcomeText(response.outcome()),
                                             "\n"));
    }
    SMON_ASSIGN_OR_RETURN(const std::string json,
                          ToJson(response, JsonStyle::kOneLine));
    const std::string opening = Opening();
    const absl::Status written =
        session_.out.Write(absl::StrCat(opening, any_ ? ",\n" : "\n", json));
    any_ = true;
    return written;
  }

  // The document's beginning, the first time.
  std::string Opening() {
    const bool first = !opened_;
    opened_ = true;
    return first ? "{\"results\":[" : "";
  }

  Session& session_;
  absl::Status last_refusal_;
  bool opened_ = false;
  bool any_ = false;
};

absl::StatusOr<ExitStatus> ResubmitJobs(const std::vector<std::string>& job_ids,
                                        Session& session) {
  Resubmission resubmission(&session);
  for (const std::string& job_id : job_ids) {
    SMON_RETURN_IF_ERROR(resubmission.Resubmit(job_id));
  }
  SMON_RETURN_IF_ERROR(resubmission.Finish());
  if (resubmission.last_refusal().ok()) return ExitStatus::kOk;
  // A single job's refusal has a status of its own; that of one among several
  // would say nothing of the others.
  return job_ids.size() == 1 ? ExitStatusFor(resubmission.last_refusal())
                             : ExitStatus::kFailure;
}

}  // namespace

void AddResubmitCommand(CommandLine* line) {
  const auto job_ids = std::make_shared<std::vector<std::string>>();
  CLI::App* app = line->Add(
      "resubmit",
      "Send the logs of ended jobs to the Attribution Service again",
      {"smonctl resubmit 123_4", "smonctl resubmit 123 124 125",
       "smonctl jobs --phase=expired -o json | jq -r '.jobs[].jobId' |\n"
       "      xargs smonctl resubmit"},
      [job_ids](Session& session) { return ResubmitJobs(*job_ids, session); });
  app->add_option("ID", *job_ids, "The jobs' ids, as squeue shows them")
      ->option_text("...")
      ->required();
}

}  // namespace smon::client
