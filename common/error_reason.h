#ifndef SMON_COMMON_ERROR_REASON_H_
#define SMON_COMMON_ERROR_REASON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"

namespace smon {

// Where parts that know nothing of the API say what its errors tell programs
// (server/api/status_details.h makes an ErrorInfo of it). Both travel as
// payloads of the status.
inline constexpr absl::string_view kReasonPayload = "smonsvc/reason";
inline constexpr absl::string_view kFieldPayload = "smonsvc/field";

// `reason`, UPPER_SNAKE_CASE, tells the error from others of its code. `field`
// is that of the request that is wrong, if one is.
//
//   return Because(absl::FailedPreconditionError("..."), "TOO_MANY_JOBS");
inline absl::Status Because(absl::Status status, absl::string_view reason,
                            absl::string_view field = "") {
  status.SetPayload(kReasonPayload, absl::Cord(reason));
  if (!field.empty()) status.SetPayload(kFieldPayload, absl::Cord(field));
  return status;
}

}  // namespace smon

#endif  // SMON_COMMON_ERROR_REASON_H_
