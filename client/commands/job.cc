// smonctl job: all that smonsvc knows of one job.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "client/job_name.h"
#include "client/job_text.h"
#include "client/message_text.h"
#include "client/text_wrap.h"
#include "client/time_format.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

std::string Parenthesized(absl::string_view text) {
  return text.empty() ? "" : absl::StrCat(" (", text, ")");
}

// "2026-11-22T14:03:11 (5m ago)"; empty for an absent time.
std::string TimeText(bool present, const google::protobuf::Timestamp& proto,
                     const Session& session) {
  if (!present) return "";
  const absl::Time time = FromProto(proto);
  return absl::StrCat(
      FormatLocal(time, session.zone),
      Parenthesized(FormatRelative(time, session.now, session.zone)));
}

std::string SourceText(v1::StdoutPath::Source source) {
  return source == v1::StdoutPath::SOURCE_UNSPECIFIED
             ? ""
             : absl::StrCat("from ", absl::AsciiStrToLower(absl::StrReplaceAll(
                                         v1::StdoutPath::Source_Name(source),
                                         {{"_", " "}})));
}

std::string LogText(const v1::Job& job) {
  if (job.stdout_path().empty()) {
    return job.stdout_path_error().empty()
               ? ""
               : absl::StrCat("none: ", job.stdout_path_error());
  }
  return absl::StrCat(job.stdout_path(),
                      Parenthesized(SourceText(job.stdout_path_source())));
}

std::string AttemptsText(const v1::Delivery& delivery) {
  return absl::StrCat(
      delivery.submit_attempts(), " to submit, ", delivery.result_attempts(),
      " for the verdict",
      delivery.resubmit_count() == 0
          ? ""
          : absl::StrCat("; resubmitted ", delivery.resubmit_count(), "x"));
}

std::string VerdictText(const v1::Job& job) {
  if (!job.has_verdict()) return "none";
  const v1::Verdict& verdict = job.verdict();
  std::string from = verdict.source();
  if (!verdict.mode().empty()) {
    absl::StrAppend(&from, from.empty() ? "" : ", ", verdict.mode());
  }
  return absl::StrCat(ActionText(verdict), Parenthesized(from));
}

std::vector<BlockField> Describe(const v1::Job& job, const Session& session) {
  const v1::Delivery& delivery = job.delivery();
  const auto count = [](int64_t n) {
    return n == 0 ? std::string() : absl::StrCat(n);
  };
  const bool has_other_raw_id = absl::StrCat(job.raw_job_id()) != job.job_id();
  return {
      {"Job", job.job_id()},
      {"Raw id", has_other_raw_id ? count(job.raw_job_id()) : ""},
      {"Restarts", count(job.restart_count())},
      {"Name", job.name()},
      {"User", job.user()},
      {"Partition", job.partition()},
      {"Cluster", job.cluster()},
      {"State", absl::StrCat(StateText(job), Parenthesized(job.reason()))},
      {"Exit code", ExitText(job)},
      {"Submitted",
       TimeText(job.has_submit_time(), job.submit_time(), session)},
      {"Started", TimeText(job.has_start_time(), job.start_time(), session)},
      {"Ended", TimeText(job.has_end_time(), job.end_time(), session)},
      {"Elapsed", ElapsedText(job, session.now)},
      {"Work dir", job.work_dir()},
      {"Log", LogText(job)},
      {"Log of job", job.log_job_id()},
      {"Phase", PhaseText(job)},
      {"Problem", ProblemText(delivery)},
      {"Log sent", TimeText(delivery.has_submitted_time(),
                            delivery.submitted_time(), session)},
      {"Attempts", AttemptsText(delivery)},
      {"Next attempt", TimeText(delivery.has_next_attempt_time(),
                                delivery.next_attempt_time(), session)},
      {"Last error", delivery.error()},
      {"Verdict", VerdictText(job)},
      {"Reason", job.verdict().reason(), /*has_lines=*/true},
      {"Verdict came", TimeText(job.verdict().has_create_time(),
                                job.verdict().create_time(), session)},
  };
}

std::string HistoryText(const v1::Job& job, const Session& session) {
  if (job.history().empty()) return "";
  std::string text = "History:\n";
  for (const v1::HistoryEntry& entry : job.history()) {
    const std::string label = absl::StrCat(
        "  ", FormatLocal(FromProto(entry.time()), session.zone), "  ");
    absl::StrAppend(
        &text,
        WrapBeside(label, static_cast<int>(label.size()),
                   ToPrintable(entry.text()), session.terminal.columns),
        "\n");
  }
  return text;
}

absl::StatusOr<ExitStatus> ShowJob(const std::string& job_id,
                                   Session& session) {
  v1::GetJobRequest request;
  SetJob(job_id, &request);
  request.set_view(v1::GetJobRequest::FULL);
  SMON_ASSIGN_OR_RETURN(
      const v1::Job job,
      session.connection.Call(&v1::MonitorService::Stub::GetJob, request));
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(job, session.format));
  } else {
    text = absl::StrCat(
        FormatBlock(Describe(job, session), session.terminal.columns),
        HistoryText(job, session));
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddJobCommand(CommandLine* line) {
  const auto job_id = std::make_shared<std::string>();
  CLI::App* app = line->Add(
      "job", "Show one job: its state, log, delivery, verdict and history",
      {"smonctl job 123", "smonctl job 123_4       # a task of an array",
       "smonctl job 123+1       # a component of a heterogeneous job",
       "smonctl job 123 -o json"},
      [job_id](Session& session) { return ShowJob(*job_id, session); });
  app->add_option("ID", *job_id, "The job's id, as squeue shows it")
      ->option_text(" ")
      ->required();
}

}  // namespace smon::client
