#include "client/table.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/text_width.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

constexpr int kGap = 2;

// One user's endless name must not push everybody's columns apart: beyond this
// a longer text just sticks out.
constexpr int kWidestAlignment = 64;

}  // namespace

Table::Table(std::vector<Column> columns, const Terminal& terminal)
    : columns_(std::move(columns)), terminal_(terminal) {
  for (const Column& column : columns_) {
    widths_.push_back(TextWidth(column.header));
  }
}

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i].text = cells[i].text.empty() ? "-" : ToPrintable(cells[i].text);
    widths_[i] = std::max(widths_[i], TextWidth(cells[i].text));
  }
  rows_.push_back(std::move(cells));
}

std::string Table::TakeText() {
  const std::vector<int> widths = FittingWidths();
  std::string text;
  if (!header_taken_) {
    std::vector<Cell> header;
    for (const Column& column : columns_) header.push_back({column.header});
    AppendLine(header, widths, &text);
    header_taken_ = true;
  }
  for (const std::vector<Cell>& row : rows_) AppendLine(row, widths, &text);
  rows_.clear();
  return text;
}

// Takes from the widest of the columns that may be cut until all fit.
std::vector<int> Table::FittingWidths() const {
  std::vector<int> widths = widths_;
  if (!terminal_.is_terminal) return widths;
  const int gaps = kGap * (static_cast<int>(columns_.size()) - 1);
  int excess =
      std::accumulate(widths.begin(), widths.end(), gaps) - terminal_.columns;
  while (excess > 0) {
    int widest = -1;
    for (int i = 0; i < static_cast<int>(widths.size()); ++i) {
      const int least =
          std::max(columns_[i].least_width, TextWidth(columns_[i].header));
      const bool may_shrink = columns_[i].least_width > 0 && widths[i] > least;
      if (may_shrink && (widest < 0 || widths[i] > widths[widest])) widest = i;
    }
    if (widest < 0) break;
    --widths[widest];
    --excess;
  }
  return widths;
}

void Table::AppendLine(const std::vector<Cell>& cells,
                       const std::vector<int>& widths, std::string* out) const {
  for (size_t i = 0; i < cells.size(); ++i) {
    const bool cut = terminal_.is_terminal && columns_[i].least_width > 0;
    const std::string text =
        cut ? CutToWidth(cells[i].text, widths[i]) : cells[i].text;
    absl::StrAppend(out,
                    terminal_.color ? Colored(text, cells[i].color) : text);
    if (i + 1 == cells.size()) break;
    const int aligned = std::min(widths[i], kWidestAlignment);
    out->append(std::max(aligned - TextWidth(text), 0) + kGap, ' ');
  }
  out->push_back('\n');
}

}  // namespace smon::client
