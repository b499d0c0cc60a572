#ifndef SMON_CLIENT_BLOCK_H_
#define SMON_CLIENT_BLOCK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon::client {

struct BlockField {
  std::string key;
  std::string value;
  // Goes on below its first line, where it has several. Else a newline is
  // escaped like any other control character.
  bool has_lines = false;
};

// One "Key:  value" a line, values aligned, for people. A field without a value
// is left out. Control characters in values are escaped. Values are wrapped to
// a terminal of `columns` columns; 0: as long as they are.
std::string FormatBlock(const std::vector<BlockField>& fields, int columns = 0);

// Escapes all control characters but the newlines of a text of several lines.
std::string ToPrintableLines(absl::string_view text);

}  // namespace smon::client

#endif  // SMON_CLIENT_BLOCK_H_
