// smonctl attrsvc-stats: the Attribution Service's own statistics.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "common/status_macros.h"
#include "google/api/httpbody.pb.h"

namespace smon::client {
namespace {

// attrsvc's own bytes; only a terminal does not get its control characters.
absl::StatusOr<ExitStatus> ShowAttrsvcStats(Session& session) {
  SMON_ASSIGN_OR_RETURN(
      const google::api::HttpBody body,
      session.connection.Call(&v1::MonitorService::Stub::GetAttrsvcStats,
                              v1::GetAttrsvcStatsRequest()));
  std::string text = body.data();
  if (session.terminal.is_terminal) text = ToPrintableLines(text);
  if (!absl::EndsWith(text, "\n")) text.push_back('\n');
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddAttrsvcStatsCommand(CommandLine* line) {
  line->Add("attrsvc-stats",
            "Show the Attribution Service's own statistics, the JSON that it "
            "answers smonsvc with",
            {"smonctl attrsvc-stats", "smonctl attrsvc-stats | jq ."},
            ShowAttrsvcStats);
}

}  // namespace smon::client
