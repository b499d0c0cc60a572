#include "client/text_wrap.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/text_width.h"

namespace smon::client {
namespace {

// With less room beside a label, text goes below it, indented so far.
constexpr int kLeastColumns = 16;
constexpr int kIndentation = 4;

}  // namespace

std::string WrapText(absl::string_view text, int columns) {
  std::string wrapped;
  int used = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    const int width = TextWidth(word);
    if (used > 0) {
      const bool fits = used + 1 + width <= columns;
      wrapped.push_back(fits ? ' ' : '\n');
      used = fits ? used + 1 : 0;
    }
    absl::StrAppend(&wrapped, word);
    used += width;
  }
  return wrapped;
}

std::string WrapBeside(absl::string_view label, int label_columns,
                       absl::string_view text, int columns) {
  const bool below = columns > 0 && columns - label_columns < kLeastColumns;
  const int indentation = below ? kIndentation : label_columns;
  const std::string next_line =
      absl::StrCat("\n", std::string(static_cast<size_t>(indentation), ' '));
  std::string all(below ? absl::StripTrailingAsciiWhitespace(label) : label);
  bool first = !below;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::string wrapped =
        columns > 0 ? WrapText(line, columns - indentation) : std::string(line);
    for (absl::string_view part : absl::StrSplit(wrapped, '\n')) {
      absl::StrAppend(&all, first ? "" : next_line, part);
      first = false;
    }
  }
  return all;
}

}  // namespace smon::client
