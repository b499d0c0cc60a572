#ifndef SMON_SERVER_GATEWAY_GO_TIME_H_
#define SMON_SERVER_GATEWAY_GO_TIME_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// Reads text as Go's time package does, with its error messages (as
// INVALID_ARGUMENT).

// time.Parse(time.RFC3339Nano, text): "2026-11-22T20:40:01.5+01:00".
absl::StatusOr<absl::Time> GoParseTime(absl::string_view text);

// time.ParseDuration: "1h2m3.5s", "-300ms".
absl::StatusOr<absl::Duration> GoParseDuration(absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_GO_TIME_H_
