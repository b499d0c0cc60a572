#ifndef SMON_SERVER_STORE_MEMBERSHIP_FIXTURE_H_
#define SMON_SERVER_STORE_MEMBERSHIP_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/store/postgres.h"
#include "server/store/store_fixture.h"
#include "soci/soci.h"
#include "testing/postgres_server.h"

namespace smon {

inline constexpr char kCluster[] = "alps";

// Several stores on one database of a real PostgreSQL server, as replicas.
class MembershipTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Open() {
    auto store = OpenStore(url_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  static absl::Status Join(Store* store, const std::string& name,
                           std::vector<std::string> clusters = {kCluster}) {
    Replica self;
    self.name = name;
    self.version = "1.0";
    return store->replicas()->Start(self, clusters);
  }

  // What another program does with the tables.
  void Run(const std::string& sql) {
    soci::session session;
    OpenPostgres(*PostgresConnectString(url_, ""), &session);
    session << sql;
  }
  int64_t Read(const std::string& sql) {
    soci::session session;
    OpenPostgres(*PostgresConnectString(url_, ""), &session);
    int64_t number = 0;
    session << sql, soci::into(number);
    return number;
  }
  void Remove(Store* store) {
    Run(absl::StrCat("DELETE FROM replicas WHERE id = ",
                     store->replicas()->number()));
  }

  // Stores ended jobs "1", "2", … whose logs are due.
  void AddJobs(Store* store, int jobs) {
    PollChanges changes;
    changes.cluster = kCluster;
    for (int i = 1; i <= jobs; ++i) {
      changes.changes.push_back({EndedJob(std::to_string(i), i), true, {}});
    }
    ASSERT_TRUE(store->CommitPoll(&changes).ok());
  }

  std::vector<Job> Due(Store* store, int limit = 100) {
    auto due = store->DueJobs(Phase::kPending, At(1000), limit);
    EXPECT_TRUE(due.ok()) << due.status();
    return due.ok() ? *std::move(due) : std::vector<Job>();
  }

  static DeliveryChange Answered(Store* store, const Job& job) {
    DeliveryChange change = Completed(job.id);
    change.claim = store->replicas()->number();
    return change;
  }

  const std::string url_ = PostgresServer::Shared().NewSchema();
  // Real: the server's is compared with it.
  SystemClock clock_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_MEMBERSHIP_FIXTURE_H_
