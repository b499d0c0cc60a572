#ifndef SMON_SERVER_GATEWAY_JSON_SCALAR_H_
#define SMON_SERVER_GATEWAY_JSON_SCALAR_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/gateway/json_tokens.h"

namespace smon {

// What protojson takes for a scalar: numbers also as strings, whole numbers
// also as 1.0 or 1e3. Nothing for a token that is none, or out of range; `bits`
// is 32 or 64.
std::optional<int64_t> ToInteger(const JsonToken& token, int bits);
std::optional<uint64_t> ToUnsigned(const JsonToken& token, int bits);
// Also "NaN", "Infinity" and "-Infinity".
std::optional<double> ToNumber(const JsonToken& token, int bits);
// Base64, with either alphabet, padded or not.
std::optional<std::string> ToBytes(const JsonToken& token);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_JSON_SCALAR_H_
