#ifndef SMON_SERVER_API_STATUS_DETAILS_H_
#define SMON_SERVER_API_STATUS_DETAILS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace smon {

// The errors of the API are google.rpc.Status with details (AIP-193): an
// ErrorInfo always, a BadRequest for each INVALID_ARGUMENT that is about
// fields, and a RetryInfo where it is worth to try again. Inside smonsvc the
// details travel as payloads of the absl::Status.

// The domain of our ErrorInfos: who defines their reasons.
inline constexpr absl::string_view kErrorDomain = "smonsvc";

// INVALID_ARGUMENT, "field: problem".
absl::Status InvalidField(absl::string_view field, absl::string_view problem);

// Adds an error about fields to those that were found before, up to a dozen.
// Any other error takes their place.
void AddInvalid(const absl::Status& status, absl::Status* all);

// The ErrorInfo of the error: its reason, UPPER_SNAKE_CASE, and what programs
// need to tell this one from others.
absl::Status WithReason(absl::Status status, absl::string_view reason,
                        const std::map<std::string, std::string>& metadata);

// An error as clients see it, short enough for the headers that it travels in.
// What an error of the store or of ourselves says (paths, SQL) goes to the log
// instead.
grpc::Status ToApiStatus(const absl::Status& status);

}  // namespace smon

#endif  // SMON_SERVER_API_STATUS_DETAILS_H_
