#ifndef SMON_SERVER_GATEWAY_JSON_SCANNER_H_
#define SMON_SERVER_GATEWAY_JSON_SCANNER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

// The first JSON value in `text`, without the white space before it; empty when
// there is nothing but white space. What follows the value is not looked at.
// Strings may hold any bytes from 0x20 on. It is how Go's encoding/json finds
// the value for grpc-gateway, with its errors word for word as
// INVALID_ARGUMENT:
//
//   {"a":1} x   {"a":1}
//   {"a":tru}   invalid character '}' in literal true (expecting 'e')
//   {"a":       unexpected EOF
//
// Nesting is limited to 10,000 and takes no stack.
absl::StatusOr<absl::string_view> FirstJsonValue(absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_SCANNER_H_
