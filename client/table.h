#ifndef SMON_CLIENT_TABLE_H_
#define SMON_CLIENT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "client/terminal.h"

namespace smon::client {

// A table with aligned columns and a header, for people.
//
//   Table table({{"JOBID"}, {"NAME", 8}}, terminal);
//   table.AddRow({{"123"}, {"train"}});
//   out.Write(table.TakeText());  // may be repeated: page by page
//
// Widths come from the data; those of a page are never narrower than those of
// the page before. Any text may be given: control characters are escaped
// (ToPrintable), and an empty cell is shown as "-". Which columns are left out
// is settled with the first rows. Not thread-safe.
class Table {
 public:
  struct Column {
    std::string header;
    // Where the terminal is too narrow, longer texts are cut to no less than
    // this many columns. 0: never cut.
    int least_width = 0;
    // Where that is not enough, columns are left out: the one with the highest
    // number first. 0: never left out.
    int leave_out = 0;
  };
  struct Cell {
    std::string text;
    Color color = Color::kNone;
  };

  Table(std::vector<Column> columns, const Terminal& terminal,
        bool has_header = true);

  // As many cells as there are columns.
  void AddRow(std::vector<Cell> cells);

  // The lines of the rows added since the last call; before them, the first
  // time, the header.
  std::string TakeText();

 private:
  void LeaveColumnsOut();
  int LeastWidth(size_t column) const;
  std::vector<int> FittingWidths() const;
  void AppendLine(const std::vector<Cell>& cells,
                  const std::vector<int>& widths, std::string* out) const;

  const std::vector<Column> columns_;
  const Terminal terminal_;
  bool header_due_;
  bool begun_ = false;
  std::vector<bool> shown_;  // by column
  // Lines end at the terminal's edge: a table whose texts may be cut is one to
  // look at.
  bool is_cut_ = false;
  std::vector<int> widths_;  // of the widest text so far, by column
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_TABLE_H_
