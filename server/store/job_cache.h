#ifndef SMON_SERVER_STORE_JOB_CACHE_H_
#define SMON_SERVER_STORE_JOB_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/store/job_row.h"
#include "soci/soci.h"

namespace smon {

// Jobs that one transaction on PostgreSQL has read, and what it has yet to
// write of them: both are done for many jobs in one statement. Throws what SOCI
// throws. Not thread-safe, and must not outlive the transaction.
class JobCache {
 public:
  // Job id, submit time, cluster.
  using Key = std::tuple<std::string, int64_t, std::string>;

  explicit JobCache(soci::session& session) : session_(session) {}
  JobCache(const JobCache&) = delete;
  JobCache& operator=(const JobCache&) = delete;

  // Read those of the jobs that are stored, after writing what was put. LoadIds
  // forgets what was here before.
  void LoadIds(const std::vector<int64_t>& ids);
  void LoadKeys(const std::vector<Key>& keys);

  // Null for one that is not here, though it may be stored.
  const JobRow* FindById(int64_t id) const;
  const JobRow* FindByKey(const Key& key) const;
  // Whether it is certain that nobody shares the job's log.
  bool HasNoFollowers(int64_t id) const;

  // A row was stored, or is about to be: somebody may follow another now.
  void NoteOwner(const JobRow& row);
  // `before` is what is stored, or was given as `after` last.
  void Put(const JobRow& before, const JobRow& after);
  // Writes what was put. Has to be called before the table is read in another
  // way, and at the end.
  void Write();

 private:
  struct Entry {
    JobRow stored;
    JobRow row;
    bool dirty = false;
  };

  void Forget();
  void Load(const std::string& rest, const class Arrays& given);

  soci::session& session_;
  absl::flat_hash_map<int64_t, Entry> entries_;
  absl::flat_hash_map<Key, int64_t> by_key_;
  std::vector<int64_t> dirty_;
  // Jobs of which it was asked who follows them, and those that some do.
  absl::flat_hash_set<int64_t> asked_;
  absl::flat_hash_set<int64_t> owners_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_JOB_CACHE_H_
