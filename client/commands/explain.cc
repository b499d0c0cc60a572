// smonctl explain: why a job is where it is.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/commands/commands.h"
#include "client/explanation.h"
#include "client/job_name.h"
#include "client/message_text.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

absl::StatusOr<ExitStatus> ShowExplanation(const std::string& job_id,
                                           Session& session) {
  v1::GetJobRequest request;
  SetJob(job_id, &request);
  request.set_view(v1::GetJobRequest::FULL);
  SMON_ASSIGN_OR_RETURN(
      const v1::Job job,
      session.connection.Call(&v1::MonitorService::Stub::GetJob, request));
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(const std::string text,
                          MessageText(job, session.format));
    SMON_RETURN_IF_ERROR(session.out.Write(text));
    return ExitStatus::kOk;
  }
  SMON_ASSIGN_OR_RETURN(
      const v1::Health health,
      session.connection.Call(&v1::MonitorService::Stub::GetHealth,
                              v1::GetHealthRequest()));
  SMON_RETURN_IF_ERROR(session.out.Write(ExplainJob(
      job, health, session.now, session.zone, session.terminal.columns)));
  return ExitStatus::kOk;
}

}  // namespace

void AddExplainCommand(CommandLine* line) {
  const auto job_id = std::make_shared<std::string>();
  CLI::App* app = line->Add(
      "explain",
      "Explain why a job is where it is: what was seen, tried and answered, "
      "and what comes next",
      {"smonctl explain 123_4", "smonctl explain 123 -o json | jq .history"},
      [job_id](Session& session) { return ShowExplanation(*job_id, session); });
  app->add_option("ID", *job_id, "The job's id, as squeue shows it")
      ->option_text(" ")
      ->required();
}

}  // namespace smon::client
