// smonctl result: the verdict on one job.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "client/job_name.h"
#include "client/job_text.h"
#include "common/status_macros.h"
#include "google/api/httpbody.pb.h"

namespace smon::client {
namespace {

struct ResultOptions {
  std::string job_id;
  bool raw = false;
};

// Why the job has no verdict, and whether one is to come.
absl::Status NoVerdict(const v1::Job& job) {
  std::string why;
  switch (job.delivery().phase()) {
    case v1::Delivery::WAITING:
      why = "the job has not ended";
      break;
    case v1::Delivery::PENDING:
      why = "its log is still to be sent";
      break;
    case v1::Delivery::SUBMITTED:
      why = "its log was sent, the verdict is awaited";
      break;
    case v1::Delivery::EXPIRED:
      why = "none came in time";
      break;
    case v1::Delivery::REJECTED:
      why = "its log was refused";
      break;
    case v1::Delivery::NO_LOG:
      why = "it has no log";
      break;
    default:
      why = "its log was not sent";
  }
  const std::string& error = job.delivery().error().empty()
                                 ? job.stdout_path_error()
                                 : job.delivery().error();
  if (!error.empty()) absl::StrAppend(&why, ": ", error);
  return absl::NotFoundError(
      absl::StrCat("no verdict on job ", job.job_id(), ": ", why));
}

absl::StatusOr<std::string> VerdictText(const ResultOptions& options,
                                        Session& session) {
  v1::GetJobRequest request;
  SetJob(options.job_id, &request);
  SMON_ASSIGN_OR_RETURN(
      const v1::Job job,
      session.connection.Call(&v1::MonitorService::Stub::GetJob, request));
  if (!job.has_verdict()) return NoVerdict(job);
  const v1::Verdict& verdict = job.verdict();
  return FormatBlock({{"Action", ActionText(verdict)},
                      {"Reason", verdict.reason(), /*has_lines=*/true},
                      {"Source", verdict.source()},
                      {"Mode", verdict.mode()},
                      {"Log", job.stdout_path()},
                      {"Log of job", job.log_job_id()}},
                     session.terminal.columns);
}

// attrsvc's own bytes; only a terminal does not get its control characters.
absl::StatusOr<std::string> RawAnswer(const ResultOptions& options,
                                      Session& session) {
  v1::GetResultRequest request;
  SetJob(options.job_id, &request);
  SMON_ASSIGN_OR_RETURN(
      const google::api::HttpBody body,
      session.connection.Call(&v1::MonitorService::Stub::GetResult, request));
  if (!session.terminal.is_terminal) return body.data();
  return absl::StrCat(ToPrintableLines(body.data()), "\n");
}

absl::StatusOr<ExitStatus> ShowResult(const ResultOptions& options,
                                      Session& session) {
  const bool raw = options.raw || session.format == OutputFormat::kJson;
  SMON_ASSIGN_OR_RETURN(
      const std::string text,
      raw ? RawAnswer(options, session) : VerdictText(options, session));
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddResultCommand(CommandLine* line) {
  const auto options = std::make_shared<ResultOptions>();
  CLI::App* app = line->Add(
      "result", "Show what the Attribution Service concluded from a job's log",
      {"smonctl result 123_4", "smonctl result 123_4 --raw | jq ."},
      [options](Session& session) { return ShowResult(*options, session); });
  app->add_option("ID", options->job_id, "The job's id, as squeue shows it")
      ->option_text(" ")
      ->required();
  line->SetFormats(
      app, {OutputFormat::kTable, OutputFormat::kJson},
      "table (default), or json: the Attribution Service's answer");
  app->add_flag("--raw", options->raw,
                "The Attribution Service's whole answer, as it came; the same "
                "as -o json");
}

}  // namespace smon::client
