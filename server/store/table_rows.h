#ifndef SMON_SERVER_STORE_TABLE_ROWS_H_
#define SMON_SERVER_STORE_TABLE_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/store/job_row.h"
#include "soci/soci.h"

// Whole tables, whatever they hold: to move a store from one database to
// another. All of this throws what SOCI throws, and is not thread-safe.
namespace smon {

// A column: a 64-bit number, or text, which is never null.
struct TableColumn {
  std::string name;
  bool is_text = false;
};

struct Table {
  std::string name;
  std::vector<TableColumn> columns;
};

// The table as it is in the database; without columns if it is not there.
Table FindTable(soci::session& session, const std::string& name);

// The values of a row, by column; of each, the one or the other is used.
struct TableValue {
  OptionalInt number;
  std::string text;
};
using TableRow = std::vector<TableValue>;

// What a table holds, in few bytes: how many rows, and the sum of the SHA-256
// of each, so that their order, which each database sees to in its own way,
// makes no difference.
class TableSum {
 public:
  // Each row of the table with its columns in the same order.
  void Add(const Table& table, const TableRow& row);

  int64_t rows() const { return rows_; }
  // 64 hexadecimal digits.
  std::string checksum() const;
  bool operator==(const TableSum& other) const {
    return rows_ == other.rows_ && sums_ == other.sums_;
  }

 private:
  int64_t rows_ = 0;
  std::array<uint64_t, 4> sums_ = {};
};

// Reads all rows of a table, a part at a time.
class TableReader {
 public:
  // In a transaction, and one at a time in a session; the session must outlive
  // it.
  TableReader(soci::session& session, const Table& table);
  ~TableReader();
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  // The next rows, a thousand or some megabytes of them. None at the end,
  // after which it is not to be called again.
  std::vector<TableRow> Read();

 private:
  void Prepare(const std::string& sql);
  std::vector<TableRow> ReadStatement();  // SQLite
  std::vector<TableRow> ReadCursor();     // PostgreSQL

  soci::session& session_;
  const Table table_;
  TableRow row_;  // that the statement reads into
  std::unique_ptr<soci::statement> statement_;
  bool begun_ = false;   // of SQLite
  size_t at_once_ = 16;  // rows, of PostgreSQL
};

// Adds the rows to the table.
void WriteRows(soci::session& session, const Table& table,
               std::vector<TableRow> rows);

// The last id that the database itself gave to a row of the table; 0 for none.
int64_t LastGivenId(soci::session& session, const std::string& table);
// Makes it give only ids that are larger.
void SetLastGivenId(soci::session& session, const std::string& table,
                    int64_t id);

}  // namespace smon

#endif  // SMON_SERVER_STORE_TABLE_ROWS_H_
