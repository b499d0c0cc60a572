#ifndef SMON_CLIENT_NEAREST_H_
#define SMON_CLIENT_NEAREST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::client {

// The candidate that `word` is most likely a slip of, whatever its case:
// "jbos" for "jobs", "fail" for "FAILED". Empty when none is near.
std::string Nearest(absl::string_view word,
                    const std::vector<std::string>& candidates);

// ": did you mean NEAREST?", or nothing when none is near.
std::string DidYouMean(absl::string_view word,
                       const std::vector<std::string>& candidates);

}  // namespace smon::client

#endif  // SMON_CLIENT_NEAREST_H_
