#include "server/store/job_select.h"

#include "absl/strings/str_cat.h"
#include "server/store/bind.h"

namespace smon {

std::string SelectJobsSql(absl::string_view rest) {
  std::string columns = "id, created_at, updated_at, change";
  const JobRow row;
  VisitContentColumns(row, row,
                      [&](const char* name, const auto&, const auto&) {
                        absl::StrAppend(&columns, ", ", name);
                      });
  return absl::StrCat("SELECT ", columns, " FROM jobs ", rest);
}

void BindColumns(JobRow* row, soci::statement* statement) {
  statement->exchange(soci::into(row->id));
  statement->exchange(soci::into(row->created_at));
  statement->exchange(soci::into(row->updated_at));
  statement->exchange(soci::into(row->change));
  VisitContentColumns(*row, *row, [&](const char*, auto& column, auto&) {
    BindInto(column, statement);
  });
}

}  // namespace smon
