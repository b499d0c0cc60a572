#ifndef SMON_COMMON_UTF8_H_
#define SMON_COMMON_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// True for well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool IsValidUtf8(absl::string_view bytes);

// `bytes` with each byte that is not part of well-formed UTF-8 written as
// \xHH. What may leave in a proto string, in JSON or in a database.
std::string ToValidUtf8(absl::string_view bytes);

// For a log line or a terminal: as ToValidUtf8, and control characters (C0,
// DEL, C1, line and paragraph separators, bidirectional overrides) as \n, \t,
// \xHH or \uHHHH, so that no text can forge a line or move the cursor.
std::string ToPrintable(absl::string_view bytes);

}  // namespace smon

#endif  // SMON_COMMON_UTF8_H_
