#ifndef SMON_SERVER_STORE_CONDITIONS_H_
#define SMON_SERVER_STORE_CONDITIONS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "soci/soci.h"

namespace smon {

// Builds the WHERE clause of one statement; values go in as parameters only:
//
//   Conditions where;
//   where.Add(absl::StrCat("user_name = ", where.Bind(user)));
//   where.BindTo(&statement);  // `where` must outlive the statement
class Conditions {
 public:
  Conditions() = default;
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  // All conditions must hold.
  void Add(absl::string_view condition) {
    absl::StrAppend(&sql_, sql_.empty() ? "WHERE " : " AND ", condition);
  }

  // The placeholder for a value.
  std::string Bind(int64_t value) {
    numbers_.push_back(value);
    return absl::StrCat(":n", numbers_.size());
  }
  std::string Bind(std::string value) {
    texts_.push_back(std::move(value));
    return absl::StrCat(":t", texts_.size());
  }

  // "WHERE a AND b", or nothing.
  const std::string& sql() const { return sql_; }

  void BindTo(soci::statement* statement) const {
    int i = 0;
    for (const int64_t& value : numbers_) {
      statement->exchange(soci::use(value, absl::StrCat("n", ++i)));
    }
    i = 0;
    for (const std::string& value : texts_) {
      statement->exchange(soci::use(value, absl::StrCat("t", ++i)));
    }
  }

 private:
  std::string sql_;
  // Deques: what is bound must not move.
  std::deque<int64_t> numbers_;
  std::deque<std::string> texts_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_CONDITIONS_H_
