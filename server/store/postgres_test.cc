// The Store on a PostgreSQL server that fails, goes away and comes back. What
// it shares with SQLite is in the other tests.

#include "server/store/postgres.h"

#include <fstream>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A durable one, of this file.
PostgresServer& Server() {
  static PostgresServer server({});
  return server;
}

// Of all sessions but the one that asks.
constexpr char kEndSessions[] =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
    "pg_backend_pid() AND application_name = 'smonsvc'";

class PostgresTest : public ::testing::Test {
 protected:
  PostgresTest() : url_(Server().NewSchema()), store_(Open()) {}

  std::unique_ptr<Store> Open() {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(url_, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  absl::Status Put(const std::string& job_id) {
    PollChanges changes;
    changes.cluster = "alps";
    changes.changes.push_back({EndedJob(job_id), false, {"seen", "again"}});
    return store_->CommitPoll(&changes);
  }

  // As those who use the Store do: again and again.
  absl::Status PutWithin(absl::Duration limit, const std::string& job_id) {
    const absl::Time until = absl::Now() + limit;
    absl::Status status = Put(job_id);
    while (!status.ok() && absl::Now() < until) {
      absl::SleepFor(absl::Milliseconds(20));
      status = Put(job_id);
    }
    return status;
  }

  int64_t Total() {
    const absl::StatusOr<JobCounts> counts = store_->CountJobs();
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.ok() ? counts->total : -1;
  }

  std::vector<std::string> History(const std::string& job_id) {
    const absl::StatusOr<Job> job = store_->GetJob("", job_id, std::nullopt);
    EXPECT_TRUE(job.ok()) << job.status();
    std::vector<std::string> texts;
    if (!job.ok()) return texts;
    for (const HistoryEntry& entry : *store_->GetHistory(job->id)) {
      texts.push_back(entry.text);
    }
    return texts;
  }

  // The schema's name, which stands at the end of the url.
  std::string Schema() const { return url_.substr(url_.rfind("%3D") + 3); }

  // Makes each insert of a job run the PL/pgSQL statement first.
  void OnInsert(const std::string& statement) {
    Server().Execute(absl::StrCat(
        "CREATE SEQUENCE ", Schema(), ".tries; CREATE FUNCTION ", Schema(),
        ".fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ", statement,
        " RETURN NEW; END'; CREATE TRIGGER fail BEFORE INSERT ON ", Schema(),
        ".jobs FOR EACH ROW EXECUTE FUNCTION ", Schema(), ".fail()"));
  }
  void EndOnInsert() {
    Server().Execute(absl::StrCat("DROP TRIGGER fail ON ", Schema(), ".jobs"));
  }

  const std::string url_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(PostgresTest, ConnectionsThatWereLostAreMadeAgainUnnoticed) {
  ASSERT_TRUE(Put("1").ok());
  Server().Execute(kEndSessions);
  EXPECT_EQ(Put("2"), absl::OkStatus());
  Server().Execute(kEndSessions);
  EXPECT_EQ(Total(), 2);
}

TEST_F(PostgresTest, WhileTheServerIsAwayItIsSaidAndAfterwardsAllGoesOn) {
  ASSERT_TRUE(Put("1").ok());
  Server().Stop();
  for (int i = 0; i < 3; ++i) {
    const absl::Status status = Put("2");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("postgresql://postgres@/postgres: "),
                      Not(HasSubstr("\n"))));
  }
  EXPECT_EQ(store_->CountJobs().status().code(),
            absl::StatusCode::kUnavailable);
  Server().Start();
  EXPECT_EQ(PutWithin(absl::Seconds(20), "2"), absl::OkStatus());
  // The crash has lost nothing that was OK.
  EXPECT_EQ(Total(), 2);
  EXPECT_THAT(History("1"), ElementsAre("seen", "again"));
}

TEST_F(PostgresTest, AServerThatIsAwayAtTheStartIsAnError) {
  Server().Stop();
  const absl::Status status = OpenStore(url_, &clock_).status();
  Server().Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("look at the server"), Not(HasSubstr("\n"))));
}

TEST_F(PostgresTest, AServerThatHangsIsGivenUp) {
  ASSERT_TRUE(Put("1").ok());
  Server().Pause();
  const absl::Status status = Put("2");
  Server().Resume();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("said nothing for 10s"));
  EXPECT_EQ(PutWithin(absl::Seconds(20), "2"), absl::OkStatus());
  EXPECT_EQ(Total(), 2);
}

TEST_F(PostgresTest, SeveralMayUseIt) {
  std::unique_ptr<Store> other = Open();
  EXPECT_TRUE(Put("1").ok());
  EXPECT_EQ(other->CountJobs()->total, 1);
  // Another schema is another store.
  EXPECT_EQ((*OpenStore(Server().NewSchema(), &clock_))->CountJobs()->total, 0);
}

// As a process does that has been stopped.
TEST_F(PostgresTest, WhoStopsInTheMiddleOfAWriteHoldsOthersUpForSecondsOnly) {
  soci::session stopped;
  OpenPostgres(*PostgresConnectString(url_, ""), &stopped);
  BeginPostgresWrite(stopped);
  LockStore(stopped);
  EXPECT_EQ(Put("1"), absl::OkStatus());
  EXPECT_ANY_THROW(stopped.commit());
}

TEST_F(PostgresTest, WhatTheServerRefusesIsToldAndNothingStays) {
  struct Case {
    const char* sqlstate;
    absl::StatusCode code;
    const char* says;
  };
  for (const Case& one : std::vector<Case>{
           {"53100", absl::StatusCode::kUnavailable, "disk is full"},
           {"53200", absl::StatusCode::kUnavailable, "lacks something"},
           {"25006", absl::StatusCode::kUnavailable, "a standby"},
           {"57014", absl::StatusCode::kUnavailable, "ended the statement"},
           {"58030", absl::StatusCode::kUnavailable, "cannot read or write"},
           {"42501", absl::StatusCode::kUnavailable, "does not let this user"},
           {"57P01", absl::StatusCode::kUnavailable, "connection"},
           {"40001", absl::StatusCode::kUnavailable, "gets in the way"},
           {"22023", absl::StatusCode::kInternal, "[22023]"},
       }) {
    OnInsert(absl::StrCat("RAISE SQLSTATE ''", one.sqlstate, "'';"));
    const absl::Status status = Put("1");
    EXPECT_EQ(status.code(), one.code) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(one.says), HasSubstr("postgresql://"),
                      Not(HasSubstr("\n"))));
    EXPECT_EQ(Total(), 0);
    EndOnInsert();
    Server().Execute(absl::StrCat("DROP SEQUENCE ", Schema(),
                                  ".tries; DROP FUNCTION ", Schema(), ".fail"));
  }
  EXPECT_EQ(Put("1"), absl::OkStatus());
  EXPECT_TRUE(store_->Damage().ok());
}

TEST_F(PostgresTest, DamageIsRemembered) {
  OnInsert("RAISE SQLSTATE ''XX001'';");
  EXPECT_EQ(Put("1").code(), absl::StatusCode::kDataLoss);
  EndOnInsert();
  EXPECT_EQ(store_->Damage().code(), absl::StatusCode::kDataLoss);
}

TEST_F(PostgresTest, ATransactionThatOthersGotInTheWayOfIsRunAgain) {
  OnInsert(absl::StrCat("IF nextval(''", Schema(),
                        ".tries'') < 3 THEN RAISE SQLSTATE ''40001''; "
                        "END IF;"));
  EXPECT_EQ(Put("1"), absl::OkStatus());
  EXPECT_THAT(History("1"), ElementsAre("seen", "again"));
}

TEST_F(PostgresTest, AConnectionThatBreaksInATransactionIsMadeAgain) {
  OnInsert(absl::StrCat("IF nextval(''", Schema(),
                        ".tries'') < 2 THEN PERFORM "
                        "pg_terminate_backend(pg_backend_pid()); END IF;"));
  EXPECT_EQ(Put("1"), absl::OkStatus());
  EXPECT_THAT(History("1"), ElementsAre("seen", "again"));
}

TEST_F(PostgresTest, ACommitWhoseAnswerIsLostIsLookedForAndNotDoneTwice) {
  ASSERT_TRUE(Put("1").ok());
  // A commit waits, after it has been done, for a standby that is not there.
  Server().Execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  Server().Execute("SELECT pg_reload_conf()");
  // The checkpointer tells the other processes in its own time, and nothing
  // shows when it has. Too early fails the test: nobody waits then.
  absl::SleepFor(absl::Seconds(1));
  absl::Status status;
  std::thread writer([&] { status = Put("1"); });
  Server().Execute(
      "DO $$ BEGIN FOR i IN 1..1000 LOOP IF EXISTS (SELECT FROM "
      "pg_stat_activity WHERE wait_event = 'SyncRep') THEN RETURN; END IF; "
      "PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; "
      "RAISE 'nobody waits'; END $$");
  Server().Execute(kEndSessions);
  writer.join();
  Server().Execute("ALTER SYSTEM RESET synchronous_standby_names");
  Server().Execute("SELECT pg_reload_conf()");
  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_THAT(History("1"), ElementsAre("seen", "again", "seen", "again"));
}

TEST_F(PostgresTest, AServerThatOnlyReadsIsSaidToBeSo) {
  ASSERT_TRUE(Put("1").ok());
  Server().Execute(
      "ALTER DATABASE postgres SET default_transaction_read_only = on");
  Server().Execute(kEndSessions);
  const absl::Status status = Put("2");
  Server().Execute(
      "BEGIN READ WRITE; ALTER DATABASE postgres RESET "
      "default_transaction_read_only; COMMIT");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("read-only"));
  EXPECT_EQ(PutWithin(absl::Seconds(20), "2"), absl::OkStatus());
  EXPECT_EQ(Total(), 2);
}

TEST_F(PostgresTest, TablesOfAnotherProgramAreLeftAlone) {
  const std::string url = Server().NewSchema();
  const std::string schema = url.substr(url.rfind("%3D") + 3);
  Server().Execute(absl::StrCat("CREATE TABLE ", schema, ".jobs (a INT)"));
  const absl::Status status = OpenStore(url, &clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another program"));
}

TEST_F(PostgresTest, ANewerSchemaIsRefused) {
  store_.reset();
  Server().Execute(
      absl::StrCat("INSERT INTO ", Schema(), ".schema_version VALUES (99)"));
  const absl::Status status = OpenStore(url_, &clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its schema has version 99"));
}

TEST_F(PostgresTest, AnotherEncodingIsRefused) {
  Server().Execute(
      "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  const absl::Status status =
      OpenStore(absl::StrCat("postgresql://postgres@/latin?host=",
                             Server().directory()),
                &clock_)
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("UTF8"));
}

TEST(PostgresUrlTest, APasswordInTheUrlIsRefusedAndNotRepeated) {
  for (const char* const url :
       {"postgresql://smon:secret@db1/smon", "postgres://:secret@/smon",
        "postgresql://db1/smon?password=secret",
        "postgresql://db1/smon?sslpassword=secret",
        "postgresql://db1/smon?%70assword=secret"}) {
    const absl::Status status = CheckStoreUrl(url);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(
        std::string(status.message()),
        AllOf(HasSubstr("--store_password_file"), Not(HasSubstr("secret"))));
  }
  EXPECT_TRUE(CheckStoreUrl("postgresql://smon@db1:5433,db2/smon").ok());
}

TEST(PostgresUrlTest, WhatLibpqDoesNotTakeIsRefused) {
  FakeClock clock;
  for (const char* const url :
       {"postgresql://db1/smon?nothing=1", "postgresql://[db1/smon"}) {
    EXPECT_EQ(OpenStore(url, &clock).status().code(),
              absl::StatusCode::kInvalidArgument)
        << url;
  }
}

}  // namespace
}  // namespace smon
