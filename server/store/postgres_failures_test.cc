// Hard days of a PostgreSQL server that holds the Store: another takes its
// place, it restarts beneath all, its disk is full, it lets nobody in, others
// get in the way. What was not done is told, what was told to be done is there.

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "server/store/postgres.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kSoon = absl::Seconds(60);

constexpr char kEndSessions[] =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
    "pg_backend_pid() AND application_name = 'smonsvc'";

// A statement that waits until the condition holds.
std::string UntilSql(const std::string& condition) {
  return absl::StrCat(
      "DO $$ BEGIN FOR i IN 1..3000 LOOP IF ", condition,
      " THEN RETURN; END IF; PERFORM pg_sleep(0.01); PERFORM "
      "pg_stat_clear_snapshot(); END LOOP; RAISE 'it does not come'; END $$");
}

std::string NameOfJob(int number) { return absl::StrCat(number); }

class PostgresFailuresTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Open(const std::string& url) {
    absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(url, &clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  static absl::Status Put(Store* store, const std::vector<std::string>& ids,
                          const std::string& history = "") {
    PollChanges changes;
    changes.cluster = "alps";
    for (const std::string& id : ids) {
      changes.changes.push_back({EndedJob(id), true, {}});
      if (!history.empty()) changes.changes.back().history = {history};
    }
    return store->CommitPoll(&changes);
  }

  // As those who use the Store do: again and again, as long as it says that it
  // is away for now.
  static absl::Status PutWithin(absl::Duration limit, Store* store,
                                const std::vector<std::string>& ids) {
    const absl::Time until = absl::Now() + limit;
    absl::Status status = Put(store, ids);
    // Nothing tells that a server has come back: it is asked again.
    while (absl::IsUnavailable(status) && absl::Now() < until) {
      absl::SleepFor(absl::Milliseconds(20));
      status = Put(store, ids);
    }
    return status;
  }

  static void ExpectUnavailable(const absl::Status& status,
                                const std::string& says) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(says), Not(HasSubstr("\n"))));
  }

  // How many jobs there are, once the store can be read.
  static int64_t Total(Store* store) {
    const absl::Time until = absl::Now() + kSoon;
    absl::StatusOr<JobCounts> counts = store->CountJobs();
    while (!counts.ok() && absl::Now() < until) {
      absl::SleepFor(absl::Milliseconds(20));
      counts = store->CountJobs();
    }
    EXPECT_TRUE(counts.ok()) << counts.status();
    return counts.ok() ? counts->total : -1;
  }

  // Whether each of the jobs is there.
  static void ExpectAllThere(Store* store, int first, int last) {
    for (int i = first; i <= last; ++i) {
      EXPECT_TRUE(store->GetJob("", NameOfJob(i), std::nullopt).ok()) << i;
    }
  }

  FakeClock clock_;
};

// The url with both servers in it.
std::string UrlOfBoth(const PostgresServer& one, const PostgresServer& other) {
  return absl::StrCat("postgresql://postgres@/postgres?host=", one.directory(),
                      ",", other.directory(), "&port=5432,5432");
}

TEST_F(PostgresFailuresTest, AStandbyThatTakesOverIsGoneOnWith) {
  PostgresServer primary({});
  const std::unique_ptr<PostgresServer> standby =
      PostgresServer::StandbyOf(primary);
  // A commit waits for the standby, so that nothing can be lost with the other.
  primary.Execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
  primary.Execute("SELECT pg_reload_conf()");
  primary.Execute(UntilSql(
      "EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')"));
  const std::unique_ptr<Store> store = Open(UrlOfBoth(primary, *standby));
  ASSERT_NE(store, nullptr);

  std::atomic<int> done = 0;
  std::atomic<bool> ended = false;
  absl::Status status;
  std::thread writer([&] {
    while (!ended && status.ok()) {
      status = PutWithin(kSoon, store.get(), {NameOfJob(done + 1)});
      if (status.ok()) ++done;
    }
  });
  const auto wait_for = [&](int jobs) {
    const absl::Time until = absl::Now() + kSoon;
    while (done < jobs && absl::Now() < until) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    EXPECT_GE(done, jobs);
  };
  wait_for(50);
  primary.Stop();
  const int before = done;
  standby->Promote();
  wait_for(before + 50);
  ended = true;
  writer.join();
  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_EQ(Total(store.get()), done);
  ExpectAllThere(store.get(), 1, done);
}

TEST_F(PostgresFailuresTest, AStandbyOnlyReadsAndThatIsSaid) {
  PostgresServer primary({"fsync = off"});
  const std::unique_ptr<PostgresServer> standby =
      PostgresServer::StandbyOf(primary);
  const std::string url = UrlOfBoth(*standby, primary);
  const std::unique_ptr<Store> store = Open(url);
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(Put(store.get(), {"1"}), absl::OkStatus());
  primary.Stop();
  // Nobody has promoted the standby yet.
  ExpectUnavailable(Put(store.get(), {"2"}), "look at the server");
  ExpectUnavailable(OpenStore(standby->Url(), &clock_).status(), "read-only");
  // Somebody has said that any server will do.
  ExpectUnavailable(
      OpenStore(absl::StrCat(standby->Url(), "&target_session_attrs=any"),
                &clock_)
          .status(),
      "a standby, which only reads");
  primary.Start();
  EXPECT_EQ(PutWithin(kSoon, store.get(), {"2"}), absl::OkStatus());
  EXPECT_EQ(Total(store.get()), 2);
}

TEST_F(PostgresFailuresTest, AServerThatRestartsUnderLoadLosesNothing) {
  constexpr int kWriters = 3;
  constexpr int kJobs = 120;  // of each
  PostgresServer server({});
  const std::unique_ptr<Store> store = Open(server.NewSchema());
  ASSERT_NE(store, nullptr);
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      for (int i = 1; i <= kJobs; ++i) {
        const absl::Status status =
            PutWithin(kSoon, store.get(), {NameOfJob(writer * kJobs + i)});
        EXPECT_EQ(status, absl::OkStatus());
        ++done;
      }
    });
  }
  std::atomic<bool> ended = false;
  threads.emplace_back([&] {
    while (!ended) {
      const absl::Status status = store->CountJobs().status();
      EXPECT_TRUE(status.ok() || absl::IsUnavailable(status)) << status;
    }
  });
  for (const int at : {30, 120, 240}) {
    while (done < at) absl::SleepFor(absl::Milliseconds(2));
    server.Stop();
    server.Start();
  }
  for (int writer = 0; writer < kWriters; ++writer) threads[writer].join();
  ended = true;
  threads.back().join();
  EXPECT_EQ(Total(store.get()), kWriters * kJobs);
  ExpectAllThere(store.get(), 1, kWriters * kJobs);
}

TEST_F(PostgresFailuresTest, AFullDiskIsToldAndAllGoesOnWhenThereIsRoom) {
  const std::unique_ptr<PostgresServer> server =
      PostgresServer::WithSmallDisk(8 << 20);
  if (server == nullptr) {
    GTEST_SKIP() << "no disk can be made: there are no user namespaces";
  }
  const std::string url =
      absl::StrCat(server->NewSchema(), "%20-cdefault_tablespace%3Dsmall");
  const std::unique_ptr<Store> store = Open(url);
  ASSERT_NE(store, nullptr);
  server->Execute(
      "CREATE TABLE ballast TABLESPACE small AS SELECT repeat('x', 1000) FROM "
      "generate_series(1, 2000)");
  absl::Status status;
  int done = 0;
  for (; done < 10000; ++done) {
    // Of bytes that are not the same, so that they are not packed.
    std::string history;
    for (int i = 0; i < 5000; ++i) {
      absl::StrAppend(&history, (done * 5003 + i) * 2654435761u);
    }
    status = Put(store.get(), {NameOfJob(done + 1)}, history);
    if (!status.ok()) break;
  }
  ExpectUnavailable(status, "the server's disk is full");
  EXPECT_GT(done, 10);
  // What is there can be read, and is whole.
  EXPECT_EQ(Total(store.get()), done);
  ExpectAllThere(store.get(), 1, done);
  server->Execute("DROP TABLE ballast");
  EXPECT_EQ(PutWithin(kSoon, store.get(), {NameOfJob(done + 1)}),
            absl::OkStatus());
  EXPECT_EQ(Total(store.get()), done + 1);
}

TEST_F(PostgresFailuresTest, AServerWithoutConnectionsToSpareIsWaitedFor) {
  PostgresServer server({"fsync = off", "max_connections = 8",
                         "superuser_reserved_connections = 4"});
  const std::string schema = server.NewSchema();
  server.Execute("CREATE ROLE app LOGIN");
  server.Execute(absl::StrCat("ALTER SCHEMA ",
                              schema.substr(schema.rfind("%3D") + 3),
                              " OWNER TO app"));
  const std::string url = absl::StrReplaceAll(schema, {{"postgres@", "app@"}});
  const std::unique_ptr<Store> store = Open(url);
  ASSERT_NE(store, nullptr);
  ASSERT_EQ(Put(store.get(), {"1"}), absl::OkStatus());
  // Others take all that there are.
  server.Execute(kEndSessions);
  const absl::StatusOr<std::string> others =
      PostgresConnectString(absl::StrCat(url, "&application_name=other"), "");
  ASSERT_TRUE(others.ok()) << others.status();
  std::vector<std::unique_ptr<soci::session>> sessions;
  const absl::Time until = absl::Now() + kSoon;
  while (sessions.size() < 4 && absl::Now() < until) {
    auto session = std::make_unique<soci::session>();
    try {
      OpenPostgres(*others, session.get());
      sessions.push_back(std::move(session));
    } catch (const std::exception&) {
      // One of those that were ended is there still.
    }
  }
  ASSERT_EQ(sessions.size(), 4u);
  const absl::Status status = Put(store.get(), {"2"});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  EXPECT_THAT(std::string(status.message()),
              AnyOf(HasSubstr("too many clients"),
                    HasSubstr("connection slots are reserved")));
  EXPECT_EQ(store->CountJobs().status().code(), absl::StatusCode::kUnavailable);
  sessions.clear();
  EXPECT_EQ(PutWithin(kSoon, store.get(), {"2"}), absl::OkStatus());
  EXPECT_EQ(Total(store.get()), 2);
}

// Another program's session, in a transaction.
class OtherSession {
 public:
  explicit OtherSession(const std::string& url) {
    const absl::StatusOr<std::string> parameters =
        PostgresConnectString(absl::StrCat(url, "&application_name=other"), "");
    EXPECT_TRUE(parameters.ok()) << parameters.status();
    OpenPostgres(*parameters, &session_);
    session_ << "SET deadlock_timeout = '60s'";
    session_ << "BEGIN";
  }
  void Change(const std::string& job_id) {
    session_ << "UPDATE jobs SET updated_at = updated_at + 1 WHERE job_id = "
                ":id",
        soci::use(job_id, "id");
  }
  void Commit() { session_ << "COMMIT"; }

 private:
  soci::session session_;
};

// Until a session of the store waits for a row.
std::string UntilTheStoreWaits() {
  return UntilSql(
      "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'smonsvc' "
      "AND wait_event_type = 'Lock')");
}

TEST_F(PostgresFailuresTest, ARowThatAnotherChangedMeanwhileIsReadAgain) {
  PostgresServer server({"fsync = off"});
  const std::string url = server.NewSchema();
  const std::unique_ptr<Store> store = Open(url);
  ASSERT_NE(store, nullptr);
  ASSERT_EQ(Put(store.get(), {"1"}), absl::OkStatus());
  OtherSession other(url);
  other.Change("1");
  absl::Status status = absl::UnknownError("it has not ended");
  DeliveryChange change = Completed(1);
  std::thread writer(
      [&] { status = store->CommitDeliveries({change}).status(); });
  server.Execute(UntilTheStoreWaits());
  other.Commit();  // a serialization failure for the store
  writer.join();
  EXPECT_EQ(status, absl::OkStatus());
  EXPECT_TRUE(store->GetJob("", "1", std::nullopt)->verdict.has_value());
}

TEST_F(PostgresFailuresTest, ADeadlockWithAnotherIsTriedAgain) {
  PostgresServer server({"fsync = off"});
  const std::string url = server.NewSchema();
  // It is the store that finds the deadlock, and so ends.
  const std::unique_ptr<Store> store =
      Open(absl::StrCat(url, "%20-cdeadlock_timeout%3D3s"));
  ASSERT_NE(store, nullptr);
  ASSERT_EQ(Put(store.get(), {"1", "2"}), absl::OkStatus());
  OtherSession other(url);
  other.Change("2");
  absl::Status status = absl::UnknownError("it has not ended");
  std::thread writer([&] {
    status = store->CommitDeliveries({Completed(1), Completed(2)}).status();
  });
  server.Execute(UntilTheStoreWaits());
  other.Change("1");
  other.Commit();
  writer.join();
  EXPECT_EQ(status, absl::OkStatus());
  server.Execute(
      UntilSql("EXISTS (SELECT FROM pg_stat_database WHERE deadlocks > 0)"));
  for (const char* const id : {"1", "2"}) {
    EXPECT_TRUE(store->GetJob("", id, std::nullopt)->verdict.has_value()) << id;
  }
}

}  // namespace
}  // namespace smon
