#ifndef SMON_SLURM_REST_REST_ERROR_H_
#define SMON_SLURM_REST_REST_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "slurm/rest/rest_answer.h"

namespace smon::slurm {

// What the errors in an answer mean, whatever its HTTP status: 22.05 sends 200
// with an empty list and an error when the database is away (7000) or does not
// take the token (1007), and 500 for slurmctld (-1 "Unspecified error" when it
// does not take the token). OK when there are none, or only 9003 ("Nothing
// found with query"). FAILED_PRECONDITION where the site keeps no accounting;
// else UNAVAILABLE. `what` is the path, for the message.
absl::Status RestAnswerError(absl::string_view what, const RestAnswer& answer);

// What an HTTP status other than 200 means, with the body's text:
//   401, 403  UNAVAILABLE: the token
//   400       INTERNAL: it did not take our request
//   404       NOT_FOUND: this version of the API is not (any more) there
//   others    UNAVAILABLE
// A body that is JSON with errors is told as by RestAnswerError().
absl::Status RestStatusError(absl::string_view what, int http_status,
                             absl::string_view body);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_ERROR_H_
