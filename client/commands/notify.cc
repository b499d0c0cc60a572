// smonctl notify: makes smonsvc look at jobs that end, now.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/commands/commands.h"
#include "client/detach.h"
#include "client/job_name.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

struct NotifyOptions {
  std::vector<std::string> job_ids;
  bool nonblock = false;
};

// Goes on after a job that is refused; the first error is the outcome.
absl::Status NotifyAll(const std::vector<std::string>& job_ids,
                       Session& session) {
  absl::Status outcome;
  for (const std::string& job_id : job_ids) {
    v1::NotifyJobRequest request;
    SetJob(job_id, &request);
    const absl::Status status =
        session.connection.Call(&v1::MonitorService::Stub::NotifyJob, request)
            .status();
    outcome.Update(status);
    // Nor would the next one be heard.
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) break;
  }
  return outcome;
}

absl::StatusOr<ExitStatus> Notify(const NotifyOptions& options,
                                  absl::Duration timeout, Session& session) {
  if (!options.nonblock) {
    SMON_RETURN_IF_ERROR(NotifyAll(options.job_ids, session));
    return ExitStatus::kOk;
  }
  // Nothing was read or asked by now that could take its time.
  if (Detach(timeout) == Detached::kCaller) {
    return ExitStatus::kOk;
  }
  const absl::Status status = NotifyAll(options.job_ids, session);
  if (!status.ok()) LogToSyslog(status);
  return ExitStatus::kOk;
}

}  // namespace

void AddNotifyCommand(CommandLine* line) {
  const auto options = std::make_shared<NotifyOptions>();
  CLI::App* app = line->Add(
      "notify", "Make smonsvc look at jobs now instead of at its next poll",
      {"smonctl notify 123_4",
       "smonctl notify --nonblock \"$SLURM_JOB_ID\"   # in EpilogSlurmctld"},
      [line, options](Session& session) {
        return Notify(*options, line->options().timeout, session);
      });
  app->add_option("ID", options->job_ids, "The jobs' ids, as Slurm has them")
      ->option_text("...")
      ->required();
  app->add_flag("--nonblock", options->nonblock,
                "For Slurm's hooks: return at once with status 0 whatever "
                "happens, notify in the background, log errors to syslog");
}

}  // namespace smon::client
