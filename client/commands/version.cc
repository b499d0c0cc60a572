// smonctl version: this program's, without asking smonsvc.

#include "common/version.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

absl::StatusOr<ExitStatus> ShowVersion(Session& session) {
  const std::string text =
      session.format == OutputFormat::kJson
          ? absl::StrCat("{\"version\":\"", kVersion, "\"}\n")
          : absl::StrCat("smonctl ", kVersion, "\n");
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  return ExitStatus::kOk;
}

}  // namespace

void AddVersionCommand(CommandLine* line) {
  line->Add("version", "Show smonctl's version (smonsvc's own: smonctl health)",
            {"smonctl version"}, ShowVersion);
}

}  // namespace smon::client
