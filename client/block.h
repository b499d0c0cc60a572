#ifndef SMON_CLIENT_BLOCK_H_
#define SMON_CLIENT_BLOCK_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::client {

using BlockField = std::pair<std::string, std::string>;  // key, value

// One "Key:  value" a line, values aligned, for people. A value of several
// lines goes on below its first; a field without a value is left out. Control
// characters in values are escaped.
std::string FormatBlock(const std::vector<BlockField>& fields);

// Escapes all control characters but the newlines of a text of several lines.
std::string ToPrintableLines(absl::string_view text);

}  // namespace smon::client

#endif  // SMON_CLIENT_BLOCK_H_
