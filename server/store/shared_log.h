#ifndef SMON_SERVER_STORE_SHARED_LOG_H_
#define SMON_SERVER_STORE_SHARED_LOG_H_

#include <cstdint>

#include "server/store/job_row.h"
#include "server/store/job_table.h"

namespace smon {

// Jobs that share a log show the delivery and the verdict of the one whose log
// it is, the owner. All of these throw what SOCI throws.

// Makes `row` show the log of another job.
void Follow(const JobRow& owner, JobRow* row);

// Makes all jobs that share the log of `owner` show what it shows, after a
// change. When the owner itself has come to share the log of another, they
// share that one.
void UpdateFollowers(JobTable* table, const JobRow& owner);

// The job whose log `row` asks to share, at the end of the chain. False when
// there is none, or it is the job itself.
bool FindOwner(JobTable* table, const JobRow& row, JobRow* owner);

// The job, and the one whose log it shows (itself, mostly). False when there is
// no such job.
bool FindWithOwner(JobTable* table, int64_t id, JobRow* row, JobRow* owner);

}  // namespace smon

#endif  // SMON_SERVER_STORE_SHARED_LOG_H_
