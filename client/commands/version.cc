// smonctl version: this program's, and smonsvc's.

#include "common/version.h"

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/block.h"
#include "client/commands/commands.h"
#include "client/json.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

std::string VersionText(const std::string& server, OutputFormat format) {
  if (format == OutputFormat::kTable) {
    return FormatBlock({{"smonctl", kVersion}, {"smonsvc", server}});
  }
  const bool json = format == OutputFormat::kJson;
  std::string text = json ? "{\n \"client\": " : "client: ";
  AppendJsonString(kVersion, &text);
  if (!server.empty()) {
    text.append(json ? ",\n \"server\": " : "\nserver: ");
    AppendJsonString(server, &text);
  }
  return absl::StrCat(text, json ? "\n}\n" : "\n");
}

absl::StatusOr<ExitStatus> ShowVersion(bool client_only, Session& session) {
  absl::StatusOr<v1::Health> health = v1::Health();
  if (!client_only) {
    health = session.connection.Call(&v1::MonitorService::Stub::GetHealth,
                                     v1::GetHealthRequest());
  }
  SMON_RETURN_IF_ERROR(session.out.Write(
      VersionText(health.ok() ? health->version() : "", session.format)));
  SMON_RETURN_IF_ERROR(health.status());
  return ExitStatus::kOk;
}

}  // namespace

void AddVersionCommand(CommandLine* line) {
  const auto client_only = std::make_shared<bool>(false);
  line->Add("version", "Show the versions of smonctl and of smonsvc",
            {"smonctl version", "smonctl version --client"},
            [client_only](Session& session) {
              return ShowVersion(*client_only, session);
            })
      ->add_flag("--client", *client_only, "Only smonctl's; asks nobody");
}

}  // namespace smon::client
