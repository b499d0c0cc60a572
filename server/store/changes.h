#ifndef SMON_SERVER_STORE_CHANGES_H_
#define SMON_SERVER_STORE_CHANGES_H_

#include <cstdint>
#include <vector>

#include "server/monitor/store.h"
#include "soci/soci.h"

namespace smon {

// What changes jobs, in the caller's transaction; see store.h for what each
// does. `clock` is the time of day in microseconds. All throw what SOCI throws.

// The ids of the jobs, in order.
std::vector<int64_t> ApplyPoll(soci::session& session,
                               const PollChanges& changes, int64_t clock);

// Whether each was written.
std::vector<bool> ApplyDeliveries(soci::session& session,
                                  const std::vector<DeliveryChange>& changes,
                                  int64_t clock);

// By so many microseconds. Jobs that share a log follow with its next answer.
void MoveOutbox(soci::session& session, int64_t by, int64_t now);

}  // namespace smon

#endif  // SMON_SERVER_STORE_CHANGES_H_
