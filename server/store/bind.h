#ifndef SMON_SERVER_STORE_BIND_H_
#define SMON_SERVER_STORE_BIND_H_

#include <cstdint>
#include <string>

#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Bind the fields of a JobRow to a statement, for reading or for writing. A
// value for writing has the name of its placeholder, or is the next one. What
// is bound must outlive the statement.

inline void BindInto(int64_t& column, soci::statement* statement) {
  statement->exchange(soci::into(column));
}
inline void BindInto(std::string& column, soci::statement* statement) {
  statement->exchange(soci::into(column));
}
inline void BindInto(OptionalInt& column, soci::statement* statement) {
  statement->exchange(soci::into(column.value, column.indicator));
}

template <typename T>
void BindUse(const char* name, const T& column, soci::statement* statement) {
  statement->exchange(soci::use(column, std::string(name)));
}
inline void BindUse(const char* name, OptionalInt& column,
                    soci::statement* statement) {
  statement->exchange(soci::use(column.value, column.indicator, name));
}

template <typename T>
void BindNext(const T& column, soci::statement* statement) {
  statement->exchange(soci::use(column));
}
inline void BindNext(OptionalInt& column, soci::statement* statement) {
  statement->exchange(soci::use(column.value, column.indicator));
}

// After all has been bound.
inline void Prepare(const std::string& sql, soci::statement* statement) {
  statement->alloc();
  statement->prepare(sql);
  statement->define_and_bind();
}

// The same for a statement that runs once: with PostgreSQL, in one round trip
// instead of three.
inline void PrepareOnce(const std::string& sql, soci::statement* statement) {
  statement->alloc();
  statement->prepare(sql, soci::details::st_one_time_query);
  statement->define_and_bind();
}

}  // namespace smon

#endif  // SMON_SERVER_STORE_BIND_H_
