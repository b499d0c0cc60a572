#include "client/table.h"

#include <algorithm>
#include <cstddef>
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

Table::Table(std::vector<Column> columns, const Terminal& terminal,
             bool has_header)
    : columns_(std::move(columns)),
      terminal_(terminal),
      header_due_(has_header),
      shown_(columns_.size(), true) {
  for (const Column& column : columns_) {
    if (terminal_.is_terminal && column.least_width > 0) is_cut_ = true;
    widths_.push_back(has_header ? TextWidth(column.header) : 0);
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
  if (!begun_) LeaveColumnsOut();
  begun_ = true;
  const std::vector<int> widths = FittingWidths();
  std::string text;
  if (header_due_) {
    std::vector<Cell> header;
    for (const Column& column : columns_) header.push_back({column.header});
    AppendLine(header, widths, &text);
    header_due_ = false;
  }
  for (const std::vector<Cell>& row : rows_) AppendLine(row, widths, &text);
  rows_.clear();
  return text;
}

// To what a column may be cut; its whole width where it may not.
int Table::LeastWidth(size_t column) const {
  const Column& one = columns_[column];
  if (one.least_width == 0) return widths_[column];
  return std::min(widths_[column],
                  std::max(one.least_width, TextWidth(one.header)));
}

void Table::LeaveColumnsOut() {
  while (terminal_.is_terminal) {
    int least = -kGap;
    size_t next = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!shown_[i]) continue;
      least += LeastWidth(i) + kGap;
      const int most = next < columns_.size() ? columns_[next].leave_out : 0;
      if (columns_[i].leave_out > most) next = i;
    }
    if (least <= terminal_.columns || next == columns_.size()) return;
    shown_[next] = false;
  }
}

// Takes from the widest of the columns that may be cut until all fit.
std::vector<int> Table::FittingWidths() const {
  std::vector<int> widths = widths_;
  if (!terminal_.is_terminal) return widths;
  int excess = -kGap - terminal_.columns;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (shown_[i]) excess += widths[i] + kGap;
  }
  while (excess > 0) {
    size_t widest = widths.size();
    for (size_t i = 0; i < widths.size(); ++i) {
      if (!shown_[i] || widths[i] <= LeastWidth(i)) continue;
      if (widest == widths.size() || widths[i] > widths[widest]) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
    --excess;
  }
  return widths;
}

void Table::AppendLine(const std::vector<Cell>& cells,
                       const std::vector<int>& widths, std::string* out) const {
  int gap = 0;   // owed to the column before
  int used = 0;  // columns of the terminal
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!shown_[i]) continue;
    const bool cut = terminal_.is_terminal && columns_[i].least_width > 0;
    std::string text =
        cut ? CutToWidth(cells[i].text, widths[i]) : cells[i].text;
    if (is_cut_) {
      const int room = terminal_.columns - used - gap;
      if (room <= 0) break;
      text = CutToWidth(text, room);
    }
    used += gap + TextWidth(text);
    out->append(static_cast<size_t>(gap), ' ');
    absl::StrAppend(out,
                    terminal_.color ? Colored(text, cells[i].color) : text);
    const int aligned = std::min(widths[i], kWidestAlignment);
    gap = std::max(aligned - TextWidth(text), 0) + kGap;
  }
  out->push_back('\n');
}

}  // namespace smon::client
