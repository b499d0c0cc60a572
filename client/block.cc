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
  for (const BlockField& field : fields) {
    if (!field.value.empty()) widest = std::max(widest, field.key.size());
  }
  std::string text;
  const std::string continued(widest + 3, ' ');
  for (const BlockField& field : fields) {
    if (field.value.empty()) continue;
    const std::string lines =
        field.has_lines
            ? ToPrintableLines(absl::StripTrailingAsciiWhitespace(field.value))
            : ToPrintable(field.value);
    absl::StrAppend(
        &text, field.key, ":", std::string(widest - field.key.size() + 2, ' '),
        absl::StrReplaceAll(lines, {{"\n", "\n" + continued}}), "\n");
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
