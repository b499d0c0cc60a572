#ifndef SMON_SERVER_STORE_ARRAYS_H_
#define SMON_SERVER_STORE_ARRAYS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Columns of many rows as arrays of PostgreSQL, so that one statement reads or
// writes them all:
//
//   Arrays given;
//   for (…) {
//     given.Add("id", row.id);      // each row the same columns in one order
//     given.Add("name", row.name);
//     given.EndRow();
//   }
//   given.Run(session, absl::StrCat("INSERT INTO t (", given.names(), ") ",
//                                   "SELECT * FROM ", given.table()));
//
// Not thread-safe.
class Arrays {
 public:
  Arrays() = default;
  Arrays(const Arrays&) = delete;
  Arrays& operator=(const Arrays&) = delete;

  void Add(const char* name, int64_t value);
  void Add(const char* name, const OptionalInt& value);
  void Add(const char* name, const std::string& value);
  void EndRow();
  size_t rows() const { return rows_; }

  // "id, name".
  std::string names() const;
  // "UNNEST(…) AS given (id, name)". With a prefix before each name, if two
  // tables have it.
  std::string table(const std::string& prefix = "") const;
  void BindTo(soci::statement* statement) const;
  // Runs a statement that has table() in it once. How many rows it wrote.
  // Throws what SOCI throws.
  int64_t Run(soci::session& session, const std::string& sql) const;

 private:
  struct Column {
    const char* name;
    const char* type;
    std::string literal;  // "{1,2"
  };

  std::string* Next(const char* name, const char* type);

  std::vector<Column> columns_;
  // The column of the next Add.
  size_t next_ = 0;
  size_t rows_ = 0;
  // "{1,2}" for each column, made for BindTo.
  mutable std::vector<std::string> bound_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_ARRAYS_H_
