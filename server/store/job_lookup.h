#ifndef SMON_SERVER_STORE_JOB_LOOKUP_H_
#define SMON_SERVER_STORE_JOB_LOOKUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/monitor/store.h"
#include "server/store/conditions.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Read jobs in the caller's transaction. All throw what SOCI throws.

// The jobs that meet the conditions; `rest` is what follows those.
std::vector<Job> SelectJobs(soci::session& session, const Conditions& where,
                            absl::string_view rest);

// See Store::FindJobs.
std::vector<Job> FindByKeys(soci::session& session,
                            const std::vector<JobKey>& keys);

// Those of the ids that are stored, in any order.
std::vector<JobRow> FindByIds(soci::session& session,
                              const std::vector<int64_t>& ids);

// See Store::LoadLive.
std::vector<Job> SelectLive(soci::session& session, const std::string& cluster,
                            int64_t ended_after);

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_LOOKUP_H_
