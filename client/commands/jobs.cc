// smonctl jobs, watch and dead-letters: jobs that match, page by page, and
// their changes.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/commands.h"
#include "client/commands/job_filter.h"
#include "client/fleet.h"
#include "client/job_changes.h"
#include "client/job_pages.h"
#include "client/job_table.h"
#include "client/job_writer.h"
#include "client/progress.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

// As given on the command line.
struct JobsOptions {
  JobFilter filter;
  int64_t limit = JobPages::kMostJobs;
  std::string sort;
  bool no_headers = false;
  bool count = false;
  bool watch = false;
};

// "-ended" is the API's "end_time desc".
absl::StatusOr<std::string> OrderBy(const std::string& sort) {
  if (sort.empty()) return std::string();
  const bool newest_first = sort.front() == '-';
  const std::string key = newest_first ? sort.substr(1) : sort;
  std::string field;
  if (key == "ended" || key == "end_time") field = "end_time";
  if (key == "submitted" || key == "submit_time") field = "submit_time";
  if (field.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot sort by '", sort,
                     "' (known: submitted, ended; with a - before it, newest "
                     "first)"));
  }
  return absl::StrCat(field, newest_first ? " desc" : "");
}

absl::StatusOr<v1::ListJobsRequest> ListRequest(const JobsOptions& options,
                                                const Session& session) {
  v1::ListJobsRequest request;
  SMON_RETURN_IF_ERROR(SetJobFilter(options.filter, session, &request));
  SMON_ASSIGN_OR_RETURN(*request.mutable_order_by(), OrderBy(options.sort));
  return request;
}

// Asks smonsvc which clusters there are, where that matters; but not for what
// is wrong on the command line anyway.
absl::StatusOr<JobListStyle> StyleOf(const JobsOptions& options,
                                     Session& session) {
  SMON_RETURN_IF_ERROR(ListRequest(options, session).status());
  JobListStyle style{{session.format, session.columns},
                     session.terminal,
                     session.now,
                     session.zone,
                     !options.no_headers};
  if (session.format == OutputFormat::kTable ||
      session.format == OutputFormat::kName) {
    SMON_ASSIGN_OR_RETURN(style.clusters, ShowsClusters(&session.connection));
  }
  return style;
}

absl::Status WriteAll(const JobsOptions& options, JobWriter* writer,
                      Session& session) {
  SMON_ASSIGN_OR_RETURN(v1::ListJobsRequest request,
                        ListRequest(options, session));
  // A name on its own needs nothing but the name.
  if (session.format == OutputFormat::kName) {
    request.mutable_read_mask()->add_paths("job_id");
    request.mutable_read_mask()->add_paths("cluster");
  }
  Progress progress(!session.terminal.is_terminal);
  JobPages pages(&session.connection, std::move(request), options.limit);
  v1::ListJobsResponse page;
  std::string text;
  int64_t written = 0;
  while (true) {
    SMON_ASSIGN_OR_RETURN(const bool more, pages.Next(&page));
    if (!more) return absl::OkStatus();
    text.clear();
    SMON_RETURN_IF_ERROR(writer->Append(page.jobs(), &text));
    SMON_RETURN_IF_ERROR(session.out.Write(text));
    written += page.jobs_size();
    progress.Show(absl::StrCat(written, " jobs"));
  }
}

absl::Status WriteList(const JobsOptions& options, JobWriter* writer,
                       Session& session) {
  SMON_RETURN_IF_ERROR(WriteAll(options, writer, session));
  std::string text;
  writer->Finish(&text);
  return session.out.Write(text);
}

absl::Status WriteCount(const JobsOptions& options, Session& session) {
  SMON_ASSIGN_OR_RETURN(v1::ListJobsRequest request,
                        ListRequest(options, session));
  request.mutable_read_mask()->add_paths("job_id");
  Progress progress(/*wanted=*/true);
  JobPages pages(&session.connection, std::move(request), options.limit);
  v1::ListJobsResponse page;
  int64_t count = 0;
  while (true) {
    SMON_ASSIGN_OR_RETURN(const bool more, pages.Next(&page));
    if (!more) break;
    count += page.jobs_size();
    progress.Show(absl::StrCat(count, " jobs"));
  }
  return session.out.Write(absl::StrCat(count, "\n"));
}

// Writes each change as it comes; what there is already comes first when
// `with_list`.
absl::Status WriteChanges(const JobsOptions& options, bool with_list,
                          Session& session) {
  SMON_ASSIGN_OR_RETURN(JobListStyle style, StyleOf(options, session));
  // A document that never ends is one that nobody can read.
  if (style.output.format == OutputFormat::kJson) {
    style.output.format = OutputFormat::kJsonLines;
  }
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<JobWriter> writer,
                        MakeJobWriter(style));
  v1::WatchJobsRequest request;
  SMON_RETURN_IF_ERROR(SetJobFilter(options.filter, session, &request));
  const auto write = [&](const JobList& jobs) -> absl::Status {
    std::string text;
    writer->SetNow(absl::Now());
    SMON_RETURN_IF_ERROR(writer->Append(jobs, &text));
    return session.out.Write(text);
  };
  return WatchJobs(request, &session.connection,
                   {[&]() -> absl::Status {
                      // A table's header comes with the first change, which
                      // says how wide the columns are.
                      if (!with_list) return absl::OkStatus();
                      return WriteAll(options, writer.get(), session);
                    },
                    [&](const v1::Job& job) {
                      JobList one;
                      *one.Add() = job;
                      return write(one);
                    },
                    [&] { return session.out.CheckReader(); }});
}

absl::StatusOr<ExitStatus> ListJobs(const JobsOptions& options,
                                    Session& session) {
  if (options.watch) {
    if (options.count || options.limit != JobPages::kMostJobs) {
      return absl::InvalidArgumentError(
          "--watch goes without --count and --limit");
    }
    SMON_RETURN_IF_ERROR(WriteChanges(options, /*with_list=*/true, session));
    return ExitStatus::kOk;
  }
  if (options.count) {
    SMON_RETURN_IF_ERROR(WriteCount(options, session));
    return ExitStatus::kOk;
  }
  SMON_ASSIGN_OR_RETURN(const JobListStyle style, StyleOf(options, session));
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<JobWriter> writer,
                        MakeJobWriter(style));
  SMON_RETURN_IF_ERROR(WriteList(options, writer.get(), session));
  return ExitStatus::kOk;
}

// What stays without a verdict, unless somebody does something.
absl::StatusOr<ExitStatus> ListDeadLetters(JobsOptions options,
                                           Session& session) {
  if (options.filter.phases.empty()) {
    options.filter.phases = {"rejected,expired,no_log"};
  }
  if (options.sort.empty()) options.sort = "-ended";
  if (options.count || session.format != OutputFormat::kTable) {
    return ListJobs(options, session);
  }
  SMON_ASSIGN_OR_RETURN(const JobListStyle style, StyleOf(options, session));
  const std::unique_ptr<JobWriter> writer =
      MakeJobTable(style, JobTableKind::kDeadLetters);
  SMON_RETURN_IF_ERROR(WriteList(options, writer.get(), session));
  return ExitStatus::kOk;
}

void AddListOptions(CLI::App* app, JobsOptions* options) {
  app->add_option("--limit", options->limit, "Most jobs to list (default: all)")
      ->option_text("N")
      ->check(CLI::Range(int64_t{1}, JobPages::kMostJobs))
      ->group("Filters");
  app->add_option("--sort", options->sort,
                  "submitted or ended; with a - before it, newest first")
      ->option_text("KEY");
  app->add_flag("--count", options->count, "Only say how many there are");
}

void AddNoHeaders(CLI::App* app, JobsOptions* options) {
  app->add_flag("--no-headers", options->no_headers,
                "Leave the line with the columns' names out");
}

}  // namespace

void AddJobsCommand(CommandLine* line) {
  const auto options = std::make_shared<JobsOptions>();
  CLI::App* app = line->Add(
      "jobs", "List jobs, newest submission first, with their verdicts",
      {"smonctl jobs --state=failed,timeout",
       "smonctl jobs --state=unsuccessful --user=alice --since=-6h",
       "smonctl jobs --action=STOP --sort=-ended --limit=20",
       "smonctl jobs --name='^llama-.*-rerun$' --watch",
       "smonctl jobs --state=F --count",
       "smonctl jobs --state=F -o jsonl | jq -r .stdoutPath",
       "smonctl jobs -o custom-columns=ID:jobId,WHY:verdict.reason"},
      [options](Session& session) { return ListJobs(*options, session); });
  AddJobFilter(app, &options->filter);
  AddListOptions(app, options.get());
  app->add_flag("-w,--watch", options->watch,
                "Then go on with each change, as it comes");
  AddNoHeaders(app, options.get());
  line->AllowListFormats(app);
}

void AddWatchCommand(CommandLine* line) {
  const auto options = std::make_shared<JobsOptions>();
  CLI::App* app = line->Add(
      "watch",
      "Show the changes of jobs as they come, from now on; goes on where it "
      "was after a break",
      {"smonctl watch", "smonctl watch --state=unsuccessful --user=alice",
       "smonctl watch --phase=completed -o jsonl | while read -r job; do …"},
      [options](Session& session) -> absl::StatusOr<ExitStatus> {
        SMON_RETURN_IF_ERROR(
            WriteChanges(*options, /*with_list=*/false, session));
        return ExitStatus::kOk;
      });
  AddJobFilter(app, &options->filter);
  AddNoHeaders(app, options.get());
  line->AllowListFormats(app);
}

void AddDeadLettersCommand(CommandLine* line) {
  const auto options = std::make_shared<JobsOptions>();
  CLI::App* app = line->Add(
      "dead-letters",
      "List the ended jobs that get no verdict by themselves any more, and "
      "what "
      "is in the way",
      {"smonctl dead-letters", "smonctl dead-letters --problem=not_found",
       "smonctl dead-letters --since=-1d --count",
       "smonctl dead-letters -o name | xargs smonctl resubmit --dry-run"},
      [options](Session& session) {
        return ListDeadLetters(*options, session);
      });
  AddJobFilter(app, &options->filter);
  AddListOptions(app, options.get());
  AddNoHeaders(app, options.get());
  line->AllowListFormats(app);
}

}  // namespace smon::client
