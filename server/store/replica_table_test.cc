#include "server/store/replica_table.h"

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/store/postgres.h"
#include "server/store/store_fixture.h"
#include "testing/postgres_server.h"

namespace smon {
namespace {

TEST(ReplicaTableTest, NoticesThatNobodyTakesKeepNoOtherClustersOut) {
  const std::string url = PostgresServer::Shared().NewSchema();
  SystemClock clock;
  ASSERT_TRUE(OpenStore(url, &clock).ok());
  soci::session session;
  OpenPostgres(*PostgresConnectString(url, ""), &session);
  session << "INSERT INTO notices (cluster, job_id) "
             "SELECT 'away', n FROM generate_series(1, 10000) AS n";
  EXPECT_EQ(AddNotice(session, "away", "1").code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(AddNotice(session, "alps", "1").ok());
}

// Two sessions on one database, neither of which waits for long.
class ReplicaLocksTest : public ::testing::Test {
 protected:
  ReplicaLocksTest() {
    auto store = OpenStore(url_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    PollChanges changes;
    changes.cluster = "alps";
    for (const char* const id : {"1", "2", "3"}) {
      changes.changes.push_back({EndedJob(id, id[0] - '0'), true, {}});
    }
    EXPECT_TRUE((*store)->CommitPoll(&changes).ok());
    for (soci::session* const session : {&one_, &other_}) {
      OpenPostgres(*PostgresConnectString(url_, ""), session);
      *session << "SET lock_timeout = '200ms'";
    }
    number_ = *JoinReplicas(one_, Named("first"));
    TakeLease(one_, "alps", number_);
    token_ = ReadLeases(one_).at(0).token;
  }
  static Replica Named(const std::string& name) {
    Replica replica;
    replica.id = replica.name = name;
    return replica;
  }
  // Whether it can be done at once.
  bool CanBeDone(const std::function<void()>& change) {
    other_ << "BEGIN";
    bool done = true;
    try {
      change();
    } catch (const std::exception&) {
      done = false;
    }
    other_ << "ROLLBACK";
    return done;
  }
  void LetDie() { one_ << "UPDATE replicas SET seen_at = 0"; }

  const std::string url_ = PostgresServer::Shared().NewSchema();
  SystemClock clock_;
  soci::session one_;
  soci::session other_;
  int64_t number_ = 0;
  int64_t token_ = 0;
};

TEST_F(ReplicaLocksTest, AReplicaThatWritesIsRenewedAndNotRemoved) {
  one_ << "BEGIN";
  ASSERT_TRUE(LockReplica(one_, number_));
  EXPECT_TRUE(CanBeDone([&] { RenewReplica(other_, number_); }));
  EXPECT_FALSE(CanBeDone([&] { LeaveReplicas(other_, number_); }));
  one_ << "COMMIT";
  EXPECT_TRUE(CanBeDone([&] { LeaveReplicas(other_, number_); }));
}

TEST_F(ReplicaLocksTest, ADeadReplicaThatWritesIsNotWaitedFor) {
  LetDie();
  one_ << "BEGIN";
  ASSERT_TRUE(LockReplica(one_, number_));
  EXPECT_TRUE(CanBeDone([&] { EXPECT_EQ(RemoveDeadReplicas(other_), 0); }));
  one_ << "COMMIT";
  EXPECT_EQ(RemoveDeadReplicas(other_), 1);
  EXPECT_FALSE(LockReplica(one_, number_));
  EXPECT_FALSE(RenewReplica(one_, number_));
  EXPECT_TRUE(ReadLeases(one_).empty());
}

TEST_F(ReplicaLocksTest, ALeaseThatIsWrittenUnderIsNotGivenBack) {
  one_ << "BEGIN";
  ASSERT_TRUE(LockLease(one_, "alps", token_));
  EXPECT_FALSE(CanBeDone([&] { GiveLeaseBack(other_, "alps", number_); }));
  one_ << "COMMIT";
  EXPECT_FALSE(GiveLeaseBack(other_, "alps", number_ + 1));
  EXPECT_FALSE(GiveLeaseBack(other_, "another", number_));
  EXPECT_TRUE(LockLease(one_, "alps", token_));
  EXPECT_TRUE(GiveLeaseBack(other_, "alps", number_));
  EXPECT_FALSE(LockLease(one_, "alps", token_));
}

TEST_F(ReplicaLocksTest, ALeaseIsHeldWithItsTokenOnly) {
  EXPECT_FALSE(LockLease(one_, "alps", token_ + 1));
  EXPECT_FALSE(LockLease(one_, "another", token_));
  TakeLease(one_, "alps", *JoinReplicas(one_, Named("second")));
  EXPECT_EQ(ReadLeases(one_).at(0).replica, number_) << "it was not free";
}

TEST_F(ReplicaLocksTest, AJobThatAnotherIsJustWritingIsNotWaitedFor) {
  one_ << "BEGIN";
  one_ << "SELECT id FROM jobs WHERE job_id = '1' FOR UPDATE";
  EXPECT_TRUE(CanBeDone([&] {
    ClaimJobs(other_, number_, "phase = 2", "id", 100);
    EXPECT_EQ(ReadClaims(other_, number_, {1, 2, 3}).size(), 2u);
  }));
  one_ << "COMMIT";
}

TEST_F(ReplicaLocksTest, OnesClaimsAreReleasedAndNobodyElses) {
  const int64_t second = *JoinReplicas(one_, Named("second"));
  ClaimJobs(one_, number_, "phase = 2", "id", 2);
  ClaimJobs(one_, second, "phase = 2", "id", 2);
  EXPECT_EQ(ReadClaims(one_, second, {1, 2, 3}).size(), 1u);
  ReleaseJobs(one_, number_, {1, 3});
  EXPECT_EQ(ReadClaims(one_, number_, {1, 2, 3}).size(), 1u);
  EXPECT_EQ(ReadClaims(one_, second, {1, 2, 3}).size(), 1u);
  ReleaseJobsBut(one_, number_, {});
  EXPECT_EQ(ReadClaims(one_, number_, {1, 2, 3}).size(), 0u);
  EXPECT_EQ(ReadClaims(one_, second, {1, 2, 3}).size(), 1u);
}

TEST_F(ReplicaLocksTest, NoticesAreTakenByTheOneThatHasTheLease) {
  TakeLease(one_, "bern", *JoinReplicas(one_, Named("second")));
  for (const char* const cluster : {"alps", "bern", "free"}) {
    ASSERT_TRUE(AddNotice(one_, cluster, "7").ok());
  }
  const auto notices = TakeNotices(one_, number_);
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].first, "alps");
  EXPECT_EQ(notices[0].second, "7");
  EXPECT_TRUE(TakeNotices(one_, number_).empty());
}

TEST_F(ReplicaLocksTest, WhoIsDeadIsNotListedAndTheOldestComesFirst) {
  LetDie();
  const int64_t older = *JoinReplicas(one_, Named("older"));
  ASSERT_TRUE(JoinReplicas(one_, Named("younger")).ok());
  one_ << "UPDATE replicas SET started_at = 1 WHERE id = " << older;
  const std::vector<Replica> all = ReadReplicas(one_);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "older");
  EXPECT_EQ(CountReplicas(one_), 3) << "it is not removed yet";
}

TEST_F(ReplicaLocksTest, NobodyJoinsAStoreOfALaterVersion) {
  one_ << "UPDATE schema_version SET version = version + 1";
  EXPECT_EQ(JoinReplicas(one_, Named("late")).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace smon
