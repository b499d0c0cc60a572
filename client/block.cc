#include "client/block.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/text_wrap.h"
#include "common/utf8.h"

namespace smon::client {

std::string FormatBlock(const std::vector<BlockField>& fields, int columns) {
  size_t widest = 0;
  for (const BlockField& field : fields) {
    if (!field.value.empty()) widest = std::max(widest, field.key.size());
  }
  const int label_columns = static_cast<int>(widest) + 3;
  std::string text;
  for (const BlockField& field : fields) {
    if (field.value.empty()) continue;
    const std::string lines =
        field.has_lines
            ? ToPrintableLines(absl::StripTrailingAsciiWhitespace(field.value))
            : ToPrintable(field.value);
    const std::string label = absl::StrCat(
        field.key, ":", std::string(widest - field.key.size() + 2, ' '));
    absl::StrAppend(&text, WrapBeside(label, label_columns, lines, columns),
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
