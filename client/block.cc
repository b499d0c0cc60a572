#include "client/block.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/utf8.h"

namespace smon::client {

std::string FormatBlock(const std::vector<BlockField>& fields) {
  size_t widest = 0;
  for (const auto& [key, value] : fields) {
    if (!value.empty()) widest = std::max(widest, key.size());
  }
  std::string text;
  const std::string continued(widest + 3, ' ');
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    const std::string lines =
        ToPrintableLines(absl::StripTrailingAsciiWhitespace(value));
    absl::StrAppend(&text, key, ":", std::string(widest - key.size() + 2, ' '),
                    absl::StrReplaceAll(lines, {{"\n", "\n" + continued}}),
                    "\n");
  }
  return text;
}

std::string ToPrintableLines(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) {
                         out->append(ToPrintable(line));
                       });
}

}  // namespace smon::client
