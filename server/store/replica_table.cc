#include "server/store/replica_table.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/store/job_row.h"
#include "server/store/schema.h"

namespace smon {
namespace {

// Microseconds since 1970, as the other times in the store.
constexpr char kServerClock[] =
    "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";

// Of one cluster, so that one that nobody polls does not keep the others' from
// being taken. More would only delay what the next poll finds anyway.
constexpr int64_t kMostNotices = 10000;
constexpr int kNoticesAtOnce = 1000;

std::string List(const std::vector<int64_t>& numbers) {
  return absl::StrCat("(", absl::StrJoin(numbers, ", "), ")");
}

int64_t LifeMicros() { return absl::ToInt64Microseconds(kReplicaLife); }

int64_t Changed(soci::session& session, const std::string& sql) {
  soci::statement statement = (session.prepare << sql);
  statement.execute(true);
  return statement.get_affected_rows();
}

std::optional<int64_t> ReadNumber(soci::session& session,
                                  const std::string& sql) {
  int64_t number = 0;
  session << sql, soci::into(number);
  if (!session.got_data()) return std::nullopt;
  return number;
}

}  // namespace

absl::StatusOr<int64_t> JoinReplicas(soci::session& session,
                                     const Replica& self) {
  const int version = SchemaVersion(session);
  if (version != static_cast<int>(Migrations().size())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "its schema has version ", version, " now; restart smonsvc"));
  }
  const std::string id = ToText(self.id);
  const std::string name = ToText(self.name);
  const std::string address = ToText(self.address);
  const std::string smonsvc = ToText(self.version);
  int64_t number = 0;
  session << "INSERT INTO replicas "
             "(replica_id, name, address, version, started_at, seen_at) "
             "VALUES (:id, :name, :address, :version, "
          << kServerClock << ", " << kServerClock << ") RETURNING id",
      soci::use(id, "id"), soci::use(name, "name"),
      soci::use(address, "address"), soci::use(smonsvc, "version"),
      soci::into(number);
  return number;
}

bool RenewReplica(soci::session& session, int64_t number) {
  return Changed(session,
                 absl::StrCat("UPDATE replicas SET seen_at = ", kServerClock,
                              " WHERE id = ", number)) == 1;
}

void LeaveReplicas(soci::session& session, int64_t number) {
  Changed(session, absl::StrCat("DELETE FROM replicas WHERE id = ", number));
}

int64_t RemoveDeadReplicas(soci::session& session) {
  // One that is writing right now is not dead, and not to be waited for.
  return Changed(
      session,
      absl::StrCat("DELETE FROM replicas WHERE id IN (SELECT id FROM replicas "
                   "WHERE seen_at < ",
                   kServerClock, " - ", LifeMicros(),
                   " FOR UPDATE SKIP LOCKED)"));
}

std::vector<Replica> ReadReplicas(soci::session& session) {
  std::vector<Replica> replicas;
  std::vector<int64_t> numbers;
  Replica replica;
  int64_t number = 0;
  int64_t started_at = 0;
  int64_t seen_at = 0;
  soci::statement select =
      (session.prepare << "SELECT id, replica_id, name, address, version, "
                          "started_at, seen_at FROM replicas WHERE seen_at >= "
                       << kServerClock << " - " << LifeMicros()
                       << " ORDER BY started_at, id",
       soci::into(number), soci::into(replica.id), soci::into(replica.name),
       soci::into(replica.address), soci::into(replica.version),
       soci::into(started_at), soci::into(seen_at));
  for (bool more = select.execute(true); more; more = select.fetch()) {
    replica.started_at = FromMicros(started_at);
    replica.seen_at = FromMicros(seen_at);
    replicas.push_back(replica);
    numbers.push_back(number);
  }
  for (const HeldLease& lease : ReadLeases(session)) {
    for (size_t i = 0; i < replicas.size(); ++i) {
      if (numbers[i] == lease.replica) {
        replicas[i].polled_clusters.push_back(lease.cluster);
      }
    }
  }
  return replicas;
}

int64_t CountReplicas(soci::session& session) {
  return ReadNumber(session, "SELECT COUNT(*) FROM replicas").value_or(0);
}

int64_t ReadServerClock(soci::session& session) {
  return ReadNumber(session, absl::StrCat("SELECT ", kServerClock)).value_or(0);
}

bool LockReplica(soci::session& session, int64_t number) {
  // KEY SHARE lets it be renewed meanwhile, but not be removed.
  return ReadNumber(session, absl::StrCat("SELECT id FROM replicas WHERE id = ",
                                          number, " FOR KEY SHARE"))
      .has_value();
}

std::vector<HeldLease> ReadLeases(soci::session& session) {
  std::vector<HeldLease> leases;
  HeldLease lease;
  soci::statement select =
      (session.prepare
           << "SELECT cluster, replica, id FROM leases ORDER BY cluster",
       soci::into(lease.cluster), soci::into(lease.replica),
       soci::into(lease.token));
  for (bool more = select.execute(true); more; more = select.fetch()) {
    leases.push_back(lease);
  }
  return leases;
}

void TakeLease(soci::session& session, const std::string& cluster,
               int64_t number) {
  const std::string name = ToText(cluster);
  session << "INSERT INTO leases (cluster, replica) VALUES (:cluster, :number) "
             "ON CONFLICT (cluster) DO NOTHING",
      soci::use(name, "cluster"), soci::use(number, "number");
}

bool GiveLeaseBack(soci::session& session, const std::string& cluster,
                   int64_t number) {
  const std::string name = ToText(cluster);
  soci::statement remove =
      (session.prepare << "DELETE FROM leases WHERE cluster = :cluster AND "
                          "replica = :number",
       soci::use(name, "cluster"), soci::use(number, "number"));
  remove.execute(true);
  return remove.get_affected_rows() == 1;
}

bool LockLease(soci::session& session, const std::string& cluster,
               int64_t token) {
  const std::string name = ToText(cluster);
  int64_t found = 0;
  session << "SELECT id FROM leases WHERE cluster = :cluster AND id = :token "
             "FOR KEY SHARE",
      soci::use(name, "cluster"), soci::use(token, "token"), soci::into(found);
  return session.got_data();
}

void ClaimJobs(soci::session& session, int64_t number,
               const std::string& condition, const std::string& order,
               int limit) {
  const int64_t mine =
      ReadNumber(session,
                 absl::StrCat("SELECT COUNT(*) FROM claims JOIN jobs ON "
                              "jobs.id = claims.job WHERE replica = ",
                              number, " AND ", condition))
          .value_or(0);
  if (mine >= limit) return;
  Changed(session,
          absl::StrCat(
              "INSERT INTO claims (job, replica) SELECT id, ", number,
              " FROM jobs WHERE ", condition,
              " AND NOT EXISTS (SELECT 1 FROM claims WHERE job = jobs.id) "
              "ORDER BY ",
              order, " LIMIT ", limit - mine,
              " FOR UPDATE OF jobs SKIP LOCKED ON CONFLICT (job) DO NOTHING"));
}

std::vector<int64_t> ReadClaims(soci::session& session, int64_t number,
                                const std::vector<int64_t>& jobs) {
  std::vector<int64_t> claimed;
  if (jobs.empty()) return claimed;
  int64_t job = 0;
  soci::statement select =
      (session.prepare << "SELECT job FROM claims WHERE replica = " << number
                       << " AND job IN " << List(jobs),
       soci::into(job));
  for (bool more = select.execute(true); more; more = select.fetch()) {
    claimed.push_back(job);
  }
  return claimed;
}

void ReleaseJobs(soci::session& session, int64_t number,
                 const std::vector<int64_t>& jobs) {
  if (jobs.empty()) return;
  Changed(session, absl::StrCat("DELETE FROM claims WHERE replica = ", number,
                                " AND job IN ", List(jobs)));
}

void ReleaseJobsBut(soci::session& session, int64_t number,
                    const std::vector<int64_t>& keep) {
  Changed(session, absl::StrCat("DELETE FROM claims WHERE replica = ", number,
                                keep.empty() ? ""
                                             : absl::StrCat(" AND job NOT IN ",
                                                            List(keep))));
}

absl::Status AddNotice(soci::session& session, const std::string& cluster,
                       const std::string& job_id) {
  const std::string name = ToText(cluster);
  int64_t waiting = 0;
  session << "SELECT COUNT(*) FROM notices WHERE cluster = :cluster",
      soci::use(name, "cluster"), soci::into(waiting);
  if (waiting >= kMostNotices) {
    return absl::ResourceExhaustedError(
        "too many notices wait for the replica that polls the cluster; its "
        "next poll finds the job");
  }
  const std::string job = ToText(job_id);
  session << "INSERT INTO notices (cluster, job_id) VALUES (:cluster, :job)",
      soci::use(name, "cluster"), soci::use(job, "job");
  return absl::OkStatus();
}

std::vector<std::pair<std::string, std::string>> TakeNotices(
    soci::session& session, int64_t number) {
  std::vector<std::pair<std::string, std::string>> notices;
  std::pair<std::string, std::string> notice;
  soci::statement remove =
      (session.prepare
           << "DELETE FROM notices WHERE id IN (SELECT notices.id FROM notices "
              "JOIN leases ON leases.cluster = notices.cluster WHERE replica = "
           << number << " ORDER BY notices.id LIMIT " << kNoticesAtOnce
           << ") RETURNING cluster, job_id",
       soci::into(notice.first), soci::into(notice.second));
  for (bool more = remove.execute(true); more; more = remove.fetch()) {
    notices.push_back(notice);
  }
  return notices;
}

}  // namespace smon
