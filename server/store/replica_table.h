#ifndef SMON_SERVER_STORE_REPLICA_TABLE_H_
#define SMON_SERVER_STORE_REPLICA_TABLE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/monitor/replicas.h"
#include "soci/soci.h"

// The tables replicas, leases, claims and notices, by which those who share a
// store on PostgreSQL agree; see Replicas. Only its clock counts. All work in
// the caller's transaction and throw what SOCI throws.
//
// A lease and a claim go with the row of the replica that has them, and whoever
// writes as a replica locks that row against its removal until the transaction
// ends. So what a replica writes is either stored before it is taken for dead,
// or not at all.
namespace smon {

// For how long a replica counts as alive after it was heard of.
constexpr absl::Duration kReplicaLife = absl::Seconds(5);

// The row's number. FAILED_PRECONDITION when the schema is not of this version.
absl::StatusOr<int64_t> JoinReplicas(soci::session& session,
                                     const Replica& self);
// Prolongs the life of the replica. False when it has been taken for dead.
bool RenewReplica(soci::session& session, int64_t number);
void LeaveReplicas(soci::session& session, int64_t number);
// Removes replicas whose life is over. How many.
int64_t RemoveDeadReplicas(soci::session& session);
std::vector<Replica> ReadReplicas(soci::session& session);
int64_t CountReplicas(soci::session& session);
// The server's clock, in microseconds.
int64_t ReadServerClock(soci::session& session);

// Locks the replica's row. False when there is none.
bool LockReplica(soci::session& session, int64_t number);

struct HeldLease {
  std::string cluster;
  int64_t replica = 0;  // number
  int64_t token = 0;
};
std::vector<HeldLease> ReadLeases(soci::session& session);
// Takes the lease if it is free.
void TakeLease(soci::session& session, const std::string& cluster,
               int64_t number);
// Gives the lease back, if the replica has it. Whether it had.
bool GiveLeaseBack(soci::session& session, const std::string& cluster,
                   int64_t number);
// Locks the lease. False when it is not held with this token.
bool LockLease(soci::session& session, const std::string& cluster,
               int64_t token);

// Claims jobs that are due, for which `condition` is an SQL condition on the
// table jobs and `order` its order: until this replica has `limit` of those.
// Jobs that another replica has, or is just claiming, are passed over.
void ClaimJobs(soci::session& session, int64_t number,
               const std::string& condition, const std::string& order,
               int limit);
// Those of the jobs that are claimed under the number.
std::vector<int64_t> ReadClaims(soci::session& session, int64_t number,
                                const std::vector<int64_t>& jobs);
void ReleaseJobs(soci::session& session, int64_t number,
                 const std::vector<int64_t>& jobs);
void ReleaseJobsBut(soci::session& session, int64_t number,
                    const std::vector<int64_t>& keep);

// RESOURCE_EXHAUSTED when too many wait.
absl::Status AddNotice(soci::session& session, const std::string& cluster,
                       const std::string& job_id);
// Takes those for clusters whose lease this replica has: cluster and job id.
std::vector<std::pair<std::string, std::string>> TakeNotices(
    soci::session& session, int64_t number);

}  // namespace smon

#endif  // SMON_SERVER_STORE_REPLICA_TABLE_H_
