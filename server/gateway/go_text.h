#ifndef SMON_SERVER_GATEWAY_GO_TEXT_H_
#define SMON_SERVER_GATEWAY_GO_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon {

// Reads text as Go's strconv package does, with their error messages
// (as INVALID_ARGUMENT): grpc-gateway answers a bad query parameter with them.

// strconv.Quote: a Go string literal.
std::string GoQuote(absl::string_view text);

// strconv.ParseInt(text, 10, bits) and so on; `bits` is 32 or 64.
absl::StatusOr<int64_t> GoParseInt(absl::string_view text, int bits);
absl::StatusOr<uint64_t> GoParseUint(absl::string_view text, int bits);
absl::StatusOr<double> GoParseFloat(absl::string_view text, int bits);
// "1", "t", "T", "true", "True", "TRUE", and the same for false.
absl::StatusOr<bool> GoParseBool(absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_GO_TEXT_H_
