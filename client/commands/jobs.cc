// smonctl jobs: the jobs that match, page by page.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/job_filter.h"
#include "client/job_text.h"
#include "client/json.h"
#include "client/table.h"
#include "client/time_format.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

constexpr int64_t kPageSize = 500;
constexpr int64_t kMostJobs = 1000000000;

// As given on the command line.
struct JobsOptions {
  JobFilter filter;
  int64_t limit = kMostJobs;
};

// Where the jobs go, page by page.
class JobsWriter {
 public:
  virtual ~JobsWriter() = default;
  virtual absl::Status Write(const v1::ListJobsResponse& page) = 0;
  // After the last page.
  virtual absl::Status Finish() = 0;
};

class TableWriter final : public JobsWriter {
 public:
  explicit TableWriter(Session* session)
      : session_(*session),
        table_({{"JOBID"},
                {"NAME", 12},
                {"USER"},
                {"PARTITION"},
                {"STATE"},
                {"EXIT"},
                {"ENDED"},
                {"PHASE"},
                {"ACTION"},
                {"REASON", 24}},
               session->terminal) {}

  absl::Status Write(const v1::ListJobsResponse& page) override {
    for (const v1::Job& job : page.jobs()) AddRow(job);
    return session_.out.Write(table_.TakeText());
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  void AddRow(const v1::Job& job) {
    table_.AddRow({{job.job_id()},
                   {job.name()},
                   {job.user()},
                   {job.partition()},
                   {StateText(job), StateColor(job)},
                   {ExitText(job)},
                   {Ended(job)},
                   {PhaseText(job)},
                   {ActionText(job.verdict()), ActionColor(job.verdict())},
                   {ReasonText(job)}});
  }

  // For people as they say it; for programs as sacct prints it.
  std::string Ended(const v1::Job& job) const {
    if (!job.has_end_time()) return "";
    const absl::Time time = FromProto(job.end_time());
    return session_.terminal.is_terminal
               ? FormatRelative(time, session_.now, session_.zone)
               : FormatLocal(time, session_.zone);
  }

  Session& session_;
  Table table_;
};

// One document, {"jobs":[…]}, with a job a line. Left unfinished when a later
// page fails, so that nobody takes a part for the whole.
class JsonWriter final : public JobsWriter {
 public:
  explicit JsonWriter(Session* session) : session_(*session) {}

  absl::Status Write(const v1::ListJobsResponse& page) override {
    std::string text = begun_ ? "" : "{\"jobs\":[";
    begun_ = true;
    for (const v1::Job& job : page.jobs()) {
      SMON_ASSIGN_OR_RETURN(const std::string json,
                            ToJson(job, JsonStyle::kOneLine));
      absl::StrAppend(&text, any_ ? ",\n" : "\n", json);
      any_ = true;
    }
    return session_.out.Write(text);
  }
  absl::Status Finish() override {
    return session_.out.Write(any_ ? "\n]}\n" : "]}\n");
  }

 private:
  Session& session_;
  bool begun_ = false;
  bool any_ = false;
};

absl::StatusOr<ExitStatus> ListJobs(const JobsOptions& options,
                                    Session& session) {
  v1::ListJobsRequest request;
  SMON_RETURN_IF_ERROR(SetJobFilter(options.filter, session, &request));
  std::unique_ptr<JobsWriter> writer;
  if (session.format == OutputFormat::kJson) {
    writer = std::make_unique<JsonWriter>(&session);
  } else {
    writer = std::make_unique<TableWriter>(&session);
  }
  int64_t wanted = options.limit;
  do {
    request.set_page_size(static_cast<int32_t>(std::min(wanted, kPageSize)));
    SMON_ASSIGN_OR_RETURN(
        const v1::ListJobsResponse page,
        session.connection.Call(&v1::MonitorService::Stub::ListJobs, request));
    if (!page.next_page_token().empty() &&
        page.next_page_token() == request.page_token()) {
      return absl::InternalError(
          absl::StrCat("smonsvc at ", session.connection.address(),
                       " gives the same page again and again"));
    }
    SMON_RETURN_IF_ERROR(writer->Write(page));
    wanted -= page.jobs_size();
    request.set_page_token(page.next_page_token());
  } while (wanted > 0 && !request.page_token().empty());
  SMON_RETURN_IF_ERROR(writer->Finish());
  return ExitStatus::kOk;
}

}  // namespace

void AddJobsCommand(CommandLine* line) {
  const auto options = std::make_shared<JobsOptions>();
  CLI::App* app = line->Add(
      "jobs", "List jobs, newest submission first, with their verdicts",
      {"smonctl jobs --state=failed,timeout",
       "smonctl jobs --state=unsuccessful --user=alice --since=-6h",
       "smonctl jobs --action=STOP --partition=gpu --limit=20",
       "smonctl jobs --phase=rejected,expired,no_log",
       "smonctl jobs --name='^llama-.*-rerun$'",
       "smonctl jobs --state=F -o json | jq -r '.jobs[].jobId'"},
      [options](Session& session) { return ListJobs(*options, session); });
  AddJobFilter(app, &options->filter);
  app->add_option("--limit", options->limit, "Most jobs to list (default: all)")
      ->option_text("N")
      ->check(CLI::Range(int64_t{1}, kMostJobs))
      ->group("Filters");
}

}  // namespace smon::client
