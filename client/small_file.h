#ifndef SMON_CLIENT_SMALL_FILE_H_
#define SMON_CLIENT_SMALL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace smon::client {

// A longer file is none of settings, of a token or of certificates.
inline constexpr size_t kSmallFileBytes = 1 << 20;

// What a file holds that the user named: settings, a token, certificates. It
// may be a pipe, as the shell's <(…) is one; what comes from it is waited for
// that long at most. NOT_FOUND when there is no such file, FAILED_PRECONDITION
// when it is longer than kSmallFileBytes, a pipe to which nobody writes, or
// cannot be read. The message says what is wrong, without the path.
absl::StatusOr<std::string> ReadSmallFile(
    const std::string& path, absl::Duration patience = absl::Seconds(10));

}  // namespace smon::client

#endif  // SMON_CLIENT_SMALL_FILE_H_
