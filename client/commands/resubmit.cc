// smonctl resubmit: sends the logs of ended jobs again.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/job_filter.h"
#include "client/job_name.h"
#include "client/json.h"
#include "client/message_text.h"
#include "client/progress.h"
#include "client/yaml.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

// So many ids on a command line are not asked about.
constexpr size_t kManyIds = 10;

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

// What ResubmitJob would do with a job.
std::string PreviewText(const v1::Job& job) {
  switch (job.delivery().phase()) {
    case v1::Delivery::WAITING:
      return OutcomeText(v1::ResubmitJobResponse::NOT_ENDED);
    case v1::Delivery::PENDING:
      return "its log is about to be sent anyway; it would be sent at once";
    default:
      return job.stdout_path().empty() ? "it has no log to send"
                                       : "its log would be sent again";
  }
}

// Says what was done with each job. Goes on after a job that was refused, but
// not when smonsvc itself is out of reach.
class Resubmission {
 public:
  Resubmission(Session* session, bool dry_run)
      : session_(*session), dry_run_(dry_run) {}

  absl::Status Resubmit(const std::string& job_id) {
    return dry_run_ ? Call(job_id, &v1::MonitorService::Stub::GetJob,
                           v1::GetJobRequest())
                    : Call(job_id, &v1::MonitorService::Stub::ResubmitJob,
                           v1::ResubmitJobRequest());
  }

  absl::Status Finish() {
    switch (session_.format) {
      case OutputFormat::kJson:
        return session_.out.Write(any_ ? "\n]}\n" : "{\"results\":[]}\n");
      case OutputFormat::kYaml:
        return session_.out.Write(any_ ? "" : "results: []\n");
      default:
        return absl::OkStatus();
    }
  }

  // OK when none was refused.
  const absl::Status& last_refusal() const { return last_refusal_; }

 private:
  template <typename Request, typename Response>
  absl::Status Call(const std::string& job_id,
                    grpc::Status (v1::MonitorService::Stub::*method)(
                        grpc::ClientContext*, const Request&, Response*),
                    Request request) {
    SetJob(job_id, &request);
    const absl::StatusOr<Response> response =
        session_.connection.Call(method, request);
    if (response.ok()) return Report(job_id, *response);
    if (absl::IsUnavailable(response.status()) ||
        absl::IsDeadlineExceeded(response.status())) {
      return response.status();
    }
    last_refusal_ = Annotate(response.status(), absl::StrCat("job ", job_id));
    PrintError(last_refusal_);
    return absl::OkStatus();
  }

  static std::string Text(const v1::Job& job) { return PreviewText(job); }
  static std::string Text(const v1::ResubmitJobResponse& response) {
    return OutcomeText(response.outcome());
  }

  template <typename Response>
  absl::Status Report(const std::string& job_id, const Response& response) {
    if (session_.format == OutputFormat::kTable) {
      return session_.out.Write(absl::StrCat("job ", ToPrintable(job_id), ": ",
                                             Text(response), "\n"));
    }
    std::string text;
    if (session_.format == OutputFormat::kYaml) {
      text = any_ ? "" : "results:\n";
      SMON_RETURN_IF_ERROR(AppendYamlItem(response, &text));
    } else {
      text = any_ ? ",\n" : "{\"results\":[\n";
      SMON_RETURN_IF_ERROR(AppendJson(response, &text));
    }
    any_ = true;
    return session_.out.Write(text);
  }

  Session& session_;
  const bool dry_run_;
  absl::Status last_refusal_;
  bool any_ = false;
};

// As given on the command line.
struct ResubmitOptions {
  std::vector<std::string> job_ids;
  JobFilter filter;
  bool dry_run = false;
  bool yes = false;
  int32_t max_jobs = 0;
  std::string request_id;
};

// "3 jobs", "1 job".
std::string JobCount(int64_t count) {
  return absl::StrCat(count, count == 1 ? " job" : " jobs");
}

std::string Summary(const v1::ResubmitJobsResponse& response, bool dry_run) {
  std::string text =
      absl::StrCat(JobCount(response.resubmitted()),
                   dry_run ? " would be resubmitted" : " resubmitted");
  const auto add = [&text](int64_t count, const char* what) {
    if (count > 0) absl::StrAppend(&text, ", ", count, " ", what);
  };
  add(response.already_pending(), "pending already");
  add(response.shared_log(), "sharing a log with another");
  add(response.skipped_not_ended(), "not ended");
  add(response.skipped_no_log(), "without a log");
  return absl::StrCat(text, "\n");
}

absl::Status Report(const v1::ResubmitJobsResponse& response, bool dry_run,
                    Session& session) {
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(response, session.format));
    return session.out.Write(text);
  }
  for (const std::string& job_id : response.job_ids()) {
    absl::StrAppend(&text, "job ", ToPrintable(job_id), ": its log ",
                    dry_run ? "would be" : "is", " sent again\n");
  }
  const int more = response.resubmitted() - response.job_ids_size();
  if (more > 0) absl::StrAppend(&text, "and ", more, " more\n");
  return session.out.Write(absl::StrCat(text, Summary(response, dry_run)));
}

bool SomebodyIsThere() {
  return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

// Asks on the terminal whether `jobs` are to be resubmitted. CANCELLED for no.
absl::Status Confirm(int64_t jobs) {
  std::cerr << "Send the logs of " << JobCount(jobs) << " again? [y/N] "
            << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") {
    return absl::OkStatus();
  }
  return absl::CancelledError("nothing was resubmitted");
}

absl::StatusOr<ExitStatus> ResubmitJobs(const ResubmitOptions& options,
                                        Session& session) {
  const std::vector<std::string>& job_ids = options.job_ids;
  // Who gave so many by a program has nobody to ask, and knows what it does.
  if (job_ids.size() > kManyIds && !options.dry_run && !options.yes &&
      SomebodyIsThere()) {
    SMON_RETURN_IF_ERROR(Confirm(static_cast<int64_t>(job_ids.size())));
  }
  Resubmission resubmission(&session, options.dry_run);
  Progress progress(!session.terminal.is_terminal);
  int64_t done = 0;
  for (const std::string& job_id : job_ids) {
    SMON_RETURN_IF_ERROR(resubmission.Resubmit(job_id));
    progress.Show(absl::StrCat(++done, " of ", job_ids.size(), " jobs"));
  }
  SMON_RETURN_IF_ERROR(resubmission.Finish());
  if (resubmission.last_refusal().ok()) return ExitStatus::kOk;
  // A single job's refusal has a status of its own; that of one among several
  // would say nothing of the others.
  return job_ids.size() == 1 ? ExitStatusFor(resubmission.last_refusal())
                             : ExitStatus::kFailure;
}

absl::StatusOr<ExitStatus> ResubmitMatching(const ResubmitOptions& options,
                                            Session& session) {
  v1::ResubmitJobsRequest request;
  SMON_RETURN_IF_ERROR(SetJobFilter(options.filter, session, &request));
  request.set_max_jobs(options.max_jobs);
  request.set_request_id(options.request_id);
  const auto call = [&](bool dry_run) {
    request.set_dry_run(dry_run);
    return session.connection.Call(&v1::MonitorService::Stub::ResubmitJobs,
                                   request);
  };
  const bool ask = !options.dry_run && !options.yes;
  if (ask && !SomebodyIsThere()) {
    return absl::InvalidArgumentError(
        "there is nobody to ask; give --yes, or --dry-run to see what it "
        "would do");
  }
  if (options.dry_run || ask) {
    SMON_ASSIGN_OR_RETURN(const v1::ResubmitJobsResponse preview, call(true));
    const int64_t jobs = preview.resubmitted() + preview.already_pending();
    // A repeat is sent on in any case: it is answered from memory.
    if (options.dry_run || (jobs == 0 && options.request_id.empty())) {
      SMON_RETURN_IF_ERROR(Report(preview, options.dry_run, session));
      return ExitStatus::kOk;
    }
    SMON_RETURN_IF_ERROR(Confirm(jobs));
  }
  SMON_ASSIGN_OR_RETURN(const v1::ResubmitJobsResponse response, call(false));
  SMON_RETURN_IF_ERROR(Report(response, /*dry_run=*/false, session));
  return ExitStatus::kOk;
}

absl::StatusOr<ExitStatus> Resubmit(const ResubmitOptions& options,
                                    Session& session) {
  if (options.job_ids.empty()) {
    if (!options.filter.empty()) return ResubmitMatching(options, session);
    return absl::InvalidArgumentError(
        "give the ids of jobs, or a filter such as --phase=rejected");
  }
  if (options.filter.empty() && options.max_jobs == 0 &&
      options.request_id.empty()) {
    return ResubmitJobs(options, session);
  }
  return absl::InvalidArgumentError(
      "ids of jobs go with no filter, and only a filter with --max-jobs and "
      "--request-id");
}

}  // namespace

void AddResubmitCommand(CommandLine* line) {
  const auto options = std::make_shared<ResubmitOptions>();
  CLI::App* app = line->Add(
      "resubmit",
      "Send the logs of ended jobs to the Attribution Service again",
      {"smonctl resubmit 123_4", "smonctl resubmit 123 124 125",
       "smonctl resubmit --phase=rejected --problem=not_found",
       "smonctl resubmit --phase=expired --since=-2d --dry-run",
       "smonctl jobs --state=failed -o name | xargs smonctl resubmit "
       "--dry-run"},
      [options](Session& session) { return Resubmit(*options, session); });
  app->add_option("ID", options->job_ids, "The jobs' ids, as squeue shows them")
      ->option_text("...");
  AddJobFilter(app, &options->filter);
  app->add_flag("--dry-run", options->dry_run,
                "Only say what would be done with the jobs");
  app->add_flag("-y,--yes", options->yes,
                "Do not ask before it is done: a filter asks, and more than 10 "
                "ids given on a terminal");
  app->add_option("--max-jobs", options->max_jobs,
                  "Do nothing when more jobs match (default 1000)")
      ->option_text("N")
      ->check(CLI::Range(1, 100000));
  app->add_option(
         "--request-id", options->request_id,
         "A UUID: a repeat with it and the same filter (times in full) "
         "goes on where the first was interrupted, and does nothing "
         "twice")
      ->option_text("UUID");
}

}  // namespace smon::client
