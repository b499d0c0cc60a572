#ifndef SMON_CLIENT_JOB_TABLE_H_
#define SMON_CLIENT_JOB_TABLE_H_

#include <memory>

#include "client/job_writer.h"

namespace smon::client {

enum class JobTableKind {
  kUsual,
  kWide,         // with all that a line can hold
  kDeadLetters,  // what keeps the verdict away
};

// Jobs as a table for people. On a terminal times are relative and what does
// not fit is cut, or left out; elsewhere times are local, as sacct prints them.
std::unique_ptr<JobWriter> MakeJobTable(const JobListStyle& style,
                                        JobTableKind kind);

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_TABLE_H_
