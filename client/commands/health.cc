// smonctl health: whether smonsvc and what it depends on work.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "client/message_text.h"
#include "client/table.h"
#include "client/time_format.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

std::string StatusText(v1::Health::Status status) {
  return status == v1::Health::STATUS_UNSPECIFIED
             ? "unknown"
             : v1::Health::Status_Name(status);
}

Color StatusColor(v1::Health::Status status) {
  return status == v1::Health::OK ? Color::kGreen : Color::kRed;
}

std::string ComponentsTable(const v1::Health& health, const Session& session) {
  Table table({{"COMPONENT"},
               {"STATUS"},
               {"SINCE"},
               {"LAST SUCCESS"},
               {"NEXT TRY"},
               {"LAST ERROR", 24}},
              session.terminal);
  const auto when = [&session](bool present,
                               const google::protobuf::Timestamp& time) {
    return present ? FormatRelative(FromProto(time), session.now, session.zone)
                   : "";
  };
  for (const v1::Health::Component& part : health.components()) {
    const std::string error_time =
        when(part.has_last_error_time(), part.last_error_time());
    table.AddRow(
        {{part.name()},
         {StatusText(part.status()), StatusColor(part.status())},
         {when(part.has_since_time(), part.since_time())},
         {when(part.has_last_success_time(), part.last_success_time())},
         {when(part.has_next_attempt_time(), part.next_attempt_time())},
         {part.last_error().empty() || error_time.empty()
              ? part.last_error()
              : absl::StrCat(error_time, ": ", part.last_error())}});
  }
  return table.TakeText();
}

std::string HealthText(const v1::Health& health, const Session& session) {
  std::string issues;
  for (const std::string& issue : health.issues()) {
    absl::StrAppend(&issues, issue, "\n");
  }
  const std::string up =
      health.has_start_time()
          ? FormatElapsed(session.now - FromProto(health.start_time()))
          : "";
  return absl::StrCat(FormatBlock({{"Status", StatusText(health.status())},
                                   {"Issues", issues, /*has_lines=*/true},
                                   {"Address", session.connection.address()},
                                   {"Version", health.version()},
                                   {"Up for", up}},
                                  session.terminal.columns),
                      "\n", ComponentsTable(health, session));
}

absl::StatusOr<ExitStatus> ShowHealth(Session& session) {
  SMON_ASSIGN_OR_RETURN(
      const v1::Health health,
      session.connection.Call(&v1::MonitorService::Stub::GetHealth,
                              v1::GetHealthRequest()));
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(health, session.format));
  } else {
    text = HealthText(health, session);
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return health.status() == v1::Health::OK ? ExitStatus::kOk
                                           : ExitStatus::kFailure;
}

}  // namespace

void AddHealthCommand(CommandLine* line) {
  line->Add("health",
            "Show whether smonsvc, Slurm, attrsvc and the store work; exit "
            "status 1 when not",
            {"smonctl health", "smonctl health -o json | jq .issues",
             "smonctl health >/dev/null || echo degraded or down"},
            ShowHealth);
}

}  // namespace smon::client
