#ifndef SMON_SERVER_STORE_SQL_STORE_H_
#define SMON_SERVER_STORE_SQL_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/monitor/store.h"
#include "server/store/conditions.h"
#include "server/store/database.h"

namespace smon {

struct StoreOptions {
  std::string url;
  // Of PostgreSQL: its first line is the password; empty for none, or what
  // PGPASSFILE or a service file says.
  std::string password_file = "";
};

// Opens the Store that the url names:
//
//   sqlite:///var/lib/smonsvc/smon.db   an SQLite file by its absolute path,
//                                       taken as it is (no %-escapes)
//   postgresql://smon@db1/smon          a database on a PostgreSQL server, as
//                                       libpq has it, without a password
//   memory:                             nothing is kept after the end
//
// A missing file is made (mode 0600), and so is its directory (0700), but not
// the one above. INVALID_ARGUMENT for another url; FAILED_PRECONDITION when
// another smonsvc uses the store, its schema is newer than this version, or it
// belongs to another program; DATA_LOSS when it is no database; UNAVAILABLE
// when it cannot be reached or written. Each message is one line that names the
// store and the mend. `clock`, and `observer` if there is one, must outlive the
// Store.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const StoreOptions& options, Clock* clock,
    StoreObserver* observer = nullptr);
absl::StatusOr<std::unique_ptr<Store>> OpenStore(
    const std::string& url, Clock* clock, StoreObserver* observer = nullptr);

// INVALID_ARGUMENT when OpenStore would refuse the url for its form.
absl::Status CheckStoreUrl(const std::string& url);

// The Store in an SQL database; see store.h.
class SqlStore : public Store {
 public:
  // `clock` must outlive the Store. `is_shared` says whether other processes
  // may use the database, too.
  SqlStore(std::unique_ptr<Database> database, Clock* clock, bool is_shared);

  absl::StatusOr<std::vector<Job>> LoadLive(const std::string& cluster,
                                            absl::Time ended_after) override;
  absl::StatusOr<std::vector<Job>> FindJobs(
      const std::vector<JobKey>& keys) override;
  absl::StatusOr<std::vector<Job>> LoadJobs(
      const std::vector<int64_t>& ids) override;
  absl::Status CommitPoll(PollChanges* changes) override;
  absl::StatusOr<smon::AccountingProgress> AccountingProgress(
      const std::string& cluster) override;

  absl::StatusOr<std::vector<Job>> DueJobs(Phase phase, absl::Time now,
                                           int limit) override;
  absl::StatusOr<std::vector<Job>> DueTracking(absl::Time now,
                                               int limit) override;
  absl::Status ReleaseClaims(const std::vector<int64_t>& keep) override;
  absl::StatusOr<absl::Time> NextAttempt(Phase phase) override;
  absl::StatusOr<std::vector<bool>> CommitDeliveries(
      const std::vector<DeliveryChange>& changes) override;
  absl::Status MoveDeliveries(absl::Duration by, absl::Time now) override;

  absl::StatusOr<Job> GetJob(const std::string& cluster,
                             const std::string& job_id,
                             std::optional<int32_t> restart_count) override;
  absl::StatusOr<JobPage> ListJobs(const JobQuery& query) override;
  absl::StatusOr<std::vector<HistoryEntry>> GetHistory(int64_t job) override;
  absl::StatusOr<std::string> GetAnswer(int64_t job) override;
  absl::StatusOr<JobCounts> CountJobs(const std::string& cluster) override;
  absl::StatusOr<std::map<std::string, JobCounts>> CountJobsByCluster()
      override;

  std::optional<uint64_t> Version() const override;

  void SetChangeListener(std::function<void()> listener) override;
  absl::StatusOr<ChangePosition> LastChange() override;
  absl::StatusOr<JobChanges> ReadChanges(const ChangePosition& after,
                                         int limit) override;

  absl::StatusOr<ResubmitResult> Resubmit(int64_t job,
                                          const ResubmitOrder& order) override;
  absl::StatusOr<ResubmitReport> StartResubmission(
      const JobFilter& filter, int64_t max_jobs,
      const ResubmitOrder& order) override;
  absl::StatusOr<ResubmitReport> ContinueResubmission(
      const ResubmitOrder& order) override;
  absl::StatusOr<ResubmitReport> PreviewResubmission(
      const JobFilter& filter, int64_t max_jobs,
      const std::function<bool()>& stop) override;

  absl::StatusOr<int64_t> RemoveEnded(const std::string& cluster,
                                      absl::Time ended_before,
                                      int limit) override;
  absl::Status CheckIntegrity(const std::function<bool()>& stop) override;
  absl::Status Damage() const override;
  absl::StatusOr<StoreSize> Size() const override;
  absl::StatusOr<std::string> SharedKey() override;
  absl::Status WriteClusterNotes(
      const std::vector<ClusterNote>& notes) override;
  absl::StatusOr<std::vector<ClusterNote>> ReadClusterNotes() override;
  Replicas* replicas() override { return replicas_.get(); }

 private:
  // Runs `body` in a transaction that writes, or one that only reads; the value
  // that it returns.
  template <typename T, typename Body>
  absl::StatusOr<T> WriteFor(const Body& body);
  template <typename T, typename Body>
  absl::StatusOr<T> ReadFor(const Body& body,
                            const std::function<bool()>& stop = nullptr);
  // The jobs that meet the conditions; `rest` is what follows those.
  absl::StatusOr<std::vector<Job>> Select(absl::string_view rest,
                                          const Conditions& where);
  // Claims jobs that meet the conditions, in a shared store, and adds that they
  // are claimed. Nothing in another.
  absl::Status Claim(const std::string& condition, const std::string& order,
                     int limit, Conditions* where);

  const std::unique_ptr<Database> database_;
  Clock* const clock_;
  std::function<void()> change_listener_;
  const std::unique_ptr<Replicas> replicas_;  // first to go
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_SQL_STORE_H_
