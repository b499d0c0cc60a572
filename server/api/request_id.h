#ifndef SMON_SERVER_API_REQUEST_ID_H_
#define SMON_SERVER_API_REQUEST_ID_H_

#include <string>

#include "absl/status/statusor.h"

namespace smon {

// The request_id of a request (google.aip.dev/155): a UUID, in lower case, as
// two spellings are the same one. Empty stays empty. INVALID_ARGUMENT names the
// field.
absl::StatusOr<std::string> ReadRequestId(const std::string& text);

// A random UUID (version 4), for a request that came without.
std::string NewRequestId();

}  // namespace smon

#endif  // SMON_SERVER_API_REQUEST_ID_H_
