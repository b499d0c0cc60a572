#ifndef SMON_SERVER_STORE_JOB_CHANGES_H_
#define SMON_SERVER_STORE_JOB_CHANGES_H_

#include "server/monitor/store.h"
#include "soci/soci.h"

namespace smon {

// What changed since when, without a log of changes: a job that came is found
// by its id, which only grows, and one that changed later by the number of its
// last change, which only grows too, in an index that holds no others. So a
// first poll of 100,000 jobs pays nothing for it.
//
// Within a transaction; throws what SOCI throws.

// See Store::LastChange.
ChangePosition ReadLastChange(soci::session& session);

// See Store::ReadChanges.
JobChanges ReadJobChanges(soci::session& session, const ChangePosition& after,
                          int limit);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_CHANGES_H_
