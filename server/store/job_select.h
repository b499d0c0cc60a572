#ifndef SMON_SERVER_STORE_JOB_SELECT_H_
#define SMON_SERVER_STORE_JOB_SELECT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// "SELECT … FROM jobs " of all columns, before `rest`.
std::string SelectJobsSql(absl::string_view rest);
// Binds the columns of SelectJobsSql. The row must outlive the statement.
void BindColumns(JobRow* row, soci::statement* statement);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_SELECT_H_
