#ifndef SMON_SERVER_STORE_MOVE_STORE_H_
#define SMON_SERVER_STORE_MOVE_STORE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace smon {

struct MoveOptions {
  // As --store has them; see sql_store.h. Not "memory:".
  std::string from;
  std::string to;
  // Of the PostgreSQL among them; see StoreOptions.
  std::string password_file = "";
  // Is told how many of the table's rows have been copied, or, with `checked`,
  // read back, and how many there are. Some thousand rows at a time.
  std::function<void(const std::string& table, bool checked, int64_t rows,
                     int64_t of)>
      progress = nullptr;
};

struct MovedTable {
  std::string name;
  int64_t rows = 0;
  // Of all rows, in whatever order: 64 hexadecimal digits.
  std::string checksum;
};

struct MoveReport {
  // This very store was moved there before; nothing was done.
  bool was_moved = false;
  std::vector<MovedTable> tables;  // as they were read
  // Texts that were not UTF-8 without NUL, and were made that, as smonsvc does.
  int64_t mended = 0;
};

// Copies a store to where none is: every job with its history and answer, what
// it counts and remembers, and which ids were given. All of it, read back and
// compared, in one transaction: a move that fails or is killed has changed
// nothing, and can be repeated. `from` is never changed; one of an older
// version of the schema is brought forward where it goes to.
//
// FAILED_PRECONDITION when a smonsvc uses either, `from` is no store, `to` is
// another one, or of another program; INVALID_ARGUMENT for a url;
// DATA_LOSS when something is damaged, or has not arrived as it was; otherwise
// as OpenStore. Each message is one line.
absl::StatusOr<MoveReport> MoveStore(const MoveOptions& options);

}  // namespace smon

#endif  // SMON_SERVER_STORE_MOVE_STORE_H_
