#ifndef SMON_CLIENT_TIME_FORMAT_H_
#define SMON_CLIENT_TIME_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace smon::client {

absl::Time FromProto(const google::protobuf::Timestamp& time);
google::protobuf::Timestamp ToProto(absl::Time time);

// "12s ago", "5m ago", "3h ago", "6d ago"; "in 12s" for what is to come. What
// is more than two weeks off is a date, "2026-11-22".
std::string FormatRelative(absl::Time time, absl::Time now,
                           absl::TimeZone zone);

// "2026-11-22T14:03:11", local, as squeue and sacct print it.
std::string FormatLocal(absl::Time time, absl::TimeZone zone);

// "2026-11-22T14:03:11Z", in UTC, with as many digits of a second as the time
// has: 3, 6 or 9. Empty for a time outside of the years 1 to 9999, or with
// nanoseconds that are none.
std::string FormatRfc3339(const google::protobuf::Timestamp& time);

// "00:05:12", "1-02:03:04": days, hours, minutes, seconds, as squeue and sacct
// print how long a job ran.
std::string FormatElapsed(absl::Duration elapsed);

// Reads a time of the command line: "6h", "-6h", "now-6h", "1w2d3h30m" (before
// `now`), "now", "today", "yesterday", RFC 3339 ("2026-11-22T14:03:11Z"), or
// local "2026-11-22T14:03:11", "2026-11-22T14:03", "2026-11-22", with a space
// for the T, too. INVALID_ARGUMENT for anything else.
absl::StatusOr<absl::Time> ParseTime(absl::string_view text, absl::Time now,
                                     absl::TimeZone zone);

// Reads a length of time of the command line: "30" (seconds), "0.5", "30s",
// "1m30s", "500ms". INVALID_ARGUMENT for anything else, and for what is not
// from 1 ms to 24 h.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

}  // namespace smon::client

#endif  // SMON_CLIENT_TIME_FORMAT_H_
