#include "server/store/arrays.h"

#include "absl/strings/str_cat.h"
#include "server/store/bind.h"

namespace smon {

std::string* Arrays::Next(const char* name, const char* type) {
  if (rows_ == 0) columns_.push_back({name, type, "{"});
  std::string* const literal = &columns_[next_++].literal;
  if (rows_ != 0) literal->push_back(',');
  return literal;
}

void Arrays::Add(const char* name, int64_t value) {
  absl::StrAppend(Next(name, "BIGINT[]"), value);
}

void Arrays::Add(const char* name, const OptionalInt& value) {
  std::string* const literal = Next(name, "BIGINT[]");
  if (value.has_value()) {
    absl::StrAppend(literal, value.value);
  } else {
    literal->append("NULL");
  }
}

void Arrays::Add(const char* name, const std::string& value) {
  std::string* const literal = Next(name, "TEXT[]");
  literal->push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') literal->push_back('\\');
    literal->push_back(c);
  }
  literal->push_back('"');
}

void Arrays::EndRow() {
  ++rows_;
  next_ = 0;
}

std::string Arrays::names() const {
  std::string out;
  for (const Column& column : columns_) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", column.name);
  }
  return out;
}

std::string Arrays::table(const std::string& prefix) const {
  std::string arrays;
  std::string names;
  for (const Column& column : columns_) {
    const char* const separator = arrays.empty() ? "" : ", ";
    absl::StrAppend(&arrays, separator, "CAST(:", column.name, " AS ",
                    column.type, ")");
    absl::StrAppend(&names, separator, prefix, column.name);
  }
  return absl::StrCat("UNNEST(", arrays, ") AS given (", names, ")");
}

void Arrays::BindTo(soci::statement* statement) const {
  bound_.clear();
  bound_.reserve(columns_.size());
  for (const Column& column : columns_) {
    bound_.push_back(absl::StrCat(column.literal, "}"));
    BindUse(column.name, bound_.back(), statement);
  }
}

int64_t Arrays::Run(soci::session& session, const std::string& sql) const {
  soci::statement statement(session);
  BindTo(&statement);
  PrepareOnce(sql, &statement);
  statement.execute(true);
  return statement.get_affected_rows();
}

}  // namespace smon
