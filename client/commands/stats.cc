// smonctl stats: smonsvc's counters.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "client/message_text.h"
#include "client/table.h"
#include "client/time_format.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

std::string Percent(int64_t part, int64_t whole) {
  return whole == 0 ? "" : absl::StrFormat("%.1f%%", 100.0 * part / whole);
}

std::string JobsTable(const v1::Stats& stats, const Session& session) {
  const v1::Stats::Jobs& now = stats.jobs();
  const v1::Stats::JobTotals& totals = stats.job_totals();
  Table table({{"JOBS"}, {"STORED"}, {"SINCE START"}}, session.terminal);
  const auto add = [&table](const char* name, int64_t stored,
                            const std::string& total) {
    table.AddRow({{name}, {absl::StrCat(stored)}, {total}});
  };
  add("all", now.total(), absl::StrCat(totals.total()));
  add("not ended", now.running(), "");
  add("ended", now.terminal(), "");
  add("log found", now.has_output_path(),
      absl::StrCat(totals.has_output_path()));
  add("log sent", now.logs_submitted(), absl::StrCat(totals.logs_submitted()));
  add("log taken", now.logs_post_success(),
      absl::StrCat(totals.logs_post_success()));
  add("verdict", now.results_fetched(), absl::StrCat(totals.results_fetched()));
  return table.TakeText();
}

std::string StatesTable(const v1::Stats& stats, const Session& session) {
  Table table({{"STATE"}, {"JOBS"}}, session.terminal);
  for (const auto& count : stats.states()) {
    table.AddRow(
        {{v1::Job::State_Name(count.state())}, {absl::StrCat(count.jobs())}});
  }
  return table.TakeText();
}

std::string PhasesTable(const v1::Stats& stats, const Session& session) {
  Table table({{"PHASE"}, {"JOBS"}}, session.terminal);
  for (const auto& count : stats.phases()) {
    table.AddRow({{v1::Delivery::Phase_Name(count.phase())},
                  {absl::StrCat(count.jobs())}});
  }
  return table.TakeText();
}

std::string SlurmTable(const v1::Stats& stats, const Session& session) {
  Table table({{"COMMAND"},
               {"CALLS"},
               {"FAILED"},
               {"RATE"},
               {"LAST"},
               {"MEAN"},
               {"LONGEST"}},
              session.terminal);
  const auto seconds = [](double value) {
    return absl::StrFormat("%.2f s", value);
  };
  for (const v1::Stats::Command& command : stats.slurm().commands()) {
    table.AddRow({{command.name()},
                  {absl::StrCat(command.calls())},
                  {absl::StrCat(command.failures())},
                  {Percent(command.failures(), command.calls())},
                  {seconds(command.last_seconds())},
                  {seconds(command.total_seconds() /
                           std::max<int64_t>(command.calls(), 1))},
                  {seconds(command.longest_seconds())}});
  }
  return table.TakeText();
}

std::string LanesTable(const v1::Stats& stats, const Session& session) {
  Table table({{"LANE"},
               {"RATE/S"},
               {"MOST/S"},
               {"IN FLIGHT"},
               {"REQUESTS"},
               {"RETRIES"}},
              session.terminal);
  const auto rate = [](double per_second) {
    return per_second == 0 ? "no limit" : absl::StrFormat("%.4g", per_second);
  };
  for (const v1::Stats::Lane& lane : stats.lanes()) {
    table.AddRow({{lane.name()},
                  {rate(lane.current_rate())},
                  {rate(lane.max_rate())},
                  {absl::StrCat(lane.in_flight())},
                  {absl::StrCat(lane.requests())},
                  {absl::StrCat(lane.retries())}});
  }
  return table.TakeText();
}

// What accounting knows against what smonsvc knows.
std::string CoverageText(const v1::Stats::Coverage& coverage,
                         const Session& session) {
  if (!coverage.has_check_time()) return "not checked yet";
  return absl::StrCat(coverage.missing(), " of ", coverage.ended(),
                      " ended jobs missing, ", coverage.back_filled(),
                      " found late; checked ",
                      FormatRelative(FromProto(coverage.check_time()),
                                     session.now, session.zone));
}

// The records that could not be read, if there are any.
std::string MalformedBlock(const v1::Stats& stats) {
  std::string text;
  for (const v1::Stats::MalformedRecord& record : stats.slurm().malformed()) {
    absl::StrAppend(
        &text, "  ",
        ToPrintable(absl::StrCat(record.command(), ": ", record.text(), ": ",
                                 record.error())),
        " (", record.times(), " times)\n");
  }
  return text.empty() ? "" : absl::StrCat("\nMalformed records\n", text);
}

std::string PollsBlock(const v1::Stats& stats, const Session& session) {
  const v1::Stats::Polls& polls = stats.polls();
  const std::string last =
      polls.has_last_success_time()
          ? absl::StrCat(
                FormatRelative(FromProto(polls.last_success_time()),
                               session.now, session.zone),
                absl::StrFormat(", took %.3f s", polls.last_duration_seconds()))
          : "never";
  return FormatBlock(
      {{"Polls",
        absl::StrCat(polls.completed(), " done, ", polls.failed(), " failed")},
       {"Last good poll", last},
       {"Accounting read",
        polls.has_accounting_watermark()
            ? absl::StrCat("up to ",
                           FormatLocal(FromProto(polls.accounting_watermark()),
                                       session.zone))
            : ""},
       {"Poll interval", absl::StrFormat("%.0f s", polls.interval_seconds())},
       {"Coverage", CoverageText(stats.coverage(), session)},
       {"Records",
        absl::StrCat(stats.slurm().skipped_summaries(),
                     " array summaries skipped, ",
                     stats.slurm().malformed_records(), " malformed")},
       {"Removed",
        absl::StrCat(stats.retention().removed_by_age(), " old jobs, ",
                     stats.retention().removed_by_count(),
                     " beyond the most that are kept")}});
}

std::string ErrorsBlock(const v1::Stats& stats) {
  const v1::Stats::PathErrors& paths = stats.path_errors();
  const v1::Stats::HttpErrors& http = stats.http_errors();
  return FormatBlock(
      {{"Log problems",
        absl::StrCat(paths.permission_denied(), " permission denied, ",
                     paths.not_found(), " not found, ", paths.file_empty(),
                     " empty, ", paths.unexpanded_patterns(), " unexpanded, ",
                     paths.other(), " other")},
       {"attrsvc errors",
        absl::StrCat(http.rate_limited(), " rate limited, ", http.unavailable(),
                     " unavailable, ", http.server_errors(), " server, ",
                     http.client_errors(), " client")}});
}

absl::StatusOr<ExitStatus> ShowStats(Session& session) {
  SMON_ASSIGN_OR_RETURN(
      const v1::Stats stats,
      session.connection.Call(&v1::MonitorService::Stub::GetStats,
                              v1::GetStatsRequest()));
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(stats, session.format));
  } else {
    text = absl::StrCat(
        JobsTable(stats, session), "\n", StatesTable(stats, session), "\n",
        PhasesTable(stats, session), "\n", SlurmTable(stats, session), "\n",
        LanesTable(stats, session), "\n");
    absl::StrAppend(&text, PollsBlock(stats, session), ErrorsBlock(stats),
                    MalformedBlock(stats));
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddStatsCommand(CommandLine* line) {
  line->Add("stats", "Show how many jobs, requests and errors there were",
            {"smonctl stats", "smonctl stats -o json | jq .jobs"}, ShowStats);
}

}  // namespace smon::client
