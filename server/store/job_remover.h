#ifndef SMON_SERVER_STORE_JOB_REMOVER_H_
#define SMON_SERVER_STORE_JOB_REMOVER_H_

#include <cstdint>
#include <string>

#include "soci/soci.h"

namespace smon {

// See Store::RemoveEnded, in the caller's transaction. Times are in
// microseconds. Both throw what SOCI throws.

// Whether there is any job to remove.
bool HasRemovable(soci::session& session, const std::string& cluster,
                  int64_t ended_before);

// How many were removed.
int64_t RemoveEnded(soci::session& session, const std::string& cluster,
                    int64_t ended_before, int limit);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_REMOVER_H_
