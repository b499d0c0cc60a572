#include "slurm/command_error.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/utf8.h"

namespace smon::slurm {
namespace {

constexpr size_t kMaxShown = 400;

struct KnownError {
  absl::string_view text;
  absl::StatusCode code;
  // Some commands complain so and exit with 0.
  bool also_on_success;
};

// Seen on 22.05.
constexpr KnownError kKnownErrors[] = {
    {"Slurm accounting storage is disabled",
     absl::StatusCode::kFailedPrecondition, false},
    // With -M, of a cluster that slurmdbd does not have.
    {"known by database", absl::StatusCode::kNotFound, false},
    {"Invalid user", absl::StatusCode::kInvalidArgument, true},
    {"Invalid job format specification", absl::StatusCode::kInternal, true},
    {"Invalid field requested", absl::StatusCode::kInternal, false},
    {"Invalid time specification", absl::StatusCode::kInternal, true},
    {"unrecognized job state", absl::StatusCode::kInternal, false},
    {"unrecognized option", absl::StatusCode::kInternal, false},
    {"invalid option", absl::StatusCode::kInternal, false},
    {"Bad job/step specified", absl::StatusCode::kInternal, false},
};

std::string HowItEnded(const CommandResult& result) {
  if (result.signal != 0)
    return absl::StrCat("was ended by signal ", result.signal);
  // To say "exited with status 0" of a failure would read as a success.
  if (result.exit_code == 0) return "complained";
  return absl::StrCat("exited with status ", result.exit_code);
}

}  // namespace

absl::Status CommandError(absl::string_view command,
                          const CommandResult& result) {
  const bool succeeded = result.exit_code == 0 && result.signal == 0;
  const absl::string_view printed =
      absl::StripAsciiWhitespace(result.error_output);
  const auto error = [&](absl::StatusCode code) {
    // The last lines say what came of it all.
    const absl::string_view shown =
        printed.substr(printed.size() - std::min(printed.size(), kMaxShown));
    return absl::Status(
        code, absl::StrCat(command, " ", HowItEnded(result), ": ",
                           shown.empty() ? "it printed no reason"
                                         : ToPrintable(absl::StrReplaceAll(
                                               shown, {{"\n", "; "}}))));
  };
  for (const KnownError& known : kKnownErrors) {
    if ((!succeeded || known.also_on_success) &&
        absl::StrContains(printed, known.text)) {
      return error(known.code);
    }
  }
  // squeue of one job that slurmctld does not have (any more), seen on 22.05:
  // with two it is no error either.
  if (command == "squeue" && result.signal == 0 &&
      printed == "slurm_load_jobs error: Invalid job id specified") {
    return absl::OkStatus();
  }
  if (succeeded) return absl::OkStatus();
  return error(absl::StatusCode::kUnavailable);
}

}  // namespace smon::slurm
