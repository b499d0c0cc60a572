#ifndef SMON_SERVER_GATEWAY_GO_BASE64_H_
#define SMON_SERVER_GATEWAY_GO_BASE64_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

enum class GoBase64 { kStandard, kUrl };

// Decodes as Go's encoding/base64 does, line breaks skipped. `padded` is
// whether the end must be filled up with '=', or must not. INVALID_ARGUMENT
// "illegal base64 data at input byte 4".
absl::StatusOr<std::string> GoBase64Decode(absl::string_view text,
                                           GoBase64 alphabet, bool padded);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_GO_BASE64_H_
