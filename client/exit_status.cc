#include "client/exit_status.h"

namespace smon::client {

ExitStatus ExitStatusFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitStatus::kOk;
    case absl::StatusCode::kInvalidArgument:
      return ExitStatus::kUsage;
    case absl::StatusCode::kNotFound:
      return ExitStatus::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return ExitStatus::kNotAllowed;
    case absl::StatusCode::kUnavailable:
      return ExitStatus::kUnreachable;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitStatus::kDeadline;
    default:
      return ExitStatus::kFailure;
  }
}

const char kExitStatusHelp[] =
    "Exit status:\n"
    "  0  done\n"
    "  1  failed; health: something is degraded; doctor: a check fails;\n"
    "     resubmit: a job was refused\n"
    "  2  usage: a wrong option or value\n"
    "  3  not found: no such job, no verdict yet; config: no such context\n"
    "  4  not allowed: no token, or one that may not do this\n"
    "  5  smonsvc cannot be reached, or is not available now\n"
    "  6  no answer within --timeout";

}  // namespace smon::client
