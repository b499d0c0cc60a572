// A store that is moved to another database: all of it or nothing.

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <set>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "server/store/move_store_fixture.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

struct Direction {
  Engine from;
  Engine to;
};

class MoveBetweenTest : public MoveStoreTest,
                        public ::testing::WithParamInterface<Direction> {
 protected:
  MoveBetweenTest() : MoveStoreTest(GetParam().from) {}
};

INSTANTIATE_TEST_SUITE_P(
    Engines, MoveBetweenTest,
    ::testing::Values(Direction{Engine::kFile, Engine::kPostgresql},
                      Direction{Engine::kPostgresql, Engine::kFile},
                      Direction{Engine::kFile, Engine::kFile}),
    [](const auto& tested) {
      return NameOf(tested.param.from) + "To" + NameOf(tested.param.to);
    });

TEST_P(MoveBetweenTest, AllOfTheStoreArrives) {
  Fill();
  const std::string to = NewStoreUrl(GetParam().to);
  const absl::StatusOr<MoveReport> report = Move(to);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->was_moved);
  EXPECT_EQ(report->mended, 0);
  EXPECT_EQ(report->tables[0].name, "jobs");
  EXPECT_EQ(report->tables[0].rows, 3);
  const auto before = AllOfStore(from_);
  const auto after = AllOfStore(to);
  for (const auto& [table, rows] : before) {
    EXPECT_THAT(rows, Not(IsEmpty())) << table;
    EXPECT_EQ(rows, after.at(table)) << table;
  }
  EXPECT_EQ(before.size(), 9u);
}

TEST_P(MoveBetweenTest, WhatArrivedIsUsedAsBefore) {
  Fill();
  std::string key;
  {
    const std::unique_ptr<Store> store = Open(from_, &clock_);
    key = *store->SharedKey();
  }
  const std::string to = NewStoreUrl(GetParam().to);
  ASSERT_TRUE(Move(to).ok());
  const std::unique_ptr<Store> store = Open(to, &clock_);
  ASSERT_NE(store, nullptr);
  const absl::StatusOr<Job> job = store->GetJob("", "1", std::nullopt);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->record.name, kNoText);
  EXPECT_EQ(job->log.path, "/a\\x00b");
  EXPECT_EQ(*store->GetAnswer(job->id), R"({"status":"completed"})");
  EXPECT_EQ(*store->SharedKey(), key);
  EXPECT_EQ(store->AccountingProgress("alps")->watermark, At(50));
  EXPECT_EQ(store->CountJobs()->total, 3);
  // New rows have ids of their own.
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.push_back({EndedJob("new"), false, {}});
  ASSERT_TRUE(store->CommitPoll(&changes).ok());
  EXPECT_GT(changes.changes[0].job.id, job->id + 2);
  EXPECT_TRUE(
      store->StartResubmission({}, 10, AskedAt(At(901), "another", "all"))
          .ok());
}

TEST_P(MoveBetweenTest, MovedAgainItIsLeftAsItIs) {
  Fill();
  const std::string to = NewStoreUrl(GetParam().to);
  ASSERT_TRUE(Move(to).ok());
  // Also when it was used since.
  {
    const std::unique_ptr<Store> store = Open(to, &clock_);
    PollChanges changes;
    changes.cluster = "alps";
    changes.changes.push_back({EndedJob("new"), false, {}});
    ASSERT_TRUE(store->CommitPoll(&changes).ok());
  }
  const absl::StatusOr<MoveReport> report = Move(to);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->was_moved);
  EXPECT_EQ(Open(to, &clock_)->CountJobs()->total, 4);
}

TEST_P(MoveBetweenTest, OneThatHasChangedSinceIsAnotherStore) {
  Fill();
  const std::string to = NewStoreUrl(GetParam().to);
  ASSERT_TRUE(Move(to).ok());
  {
    const std::unique_ptr<Store> store = Open(from_, &clock_);
    ASSERT_TRUE(store->CommitDeliveries({Completed(2)}).ok());
  }
  ExpectRefused(to, absl::StatusCode::kFailedPrecondition,
                "another store is there, with 3 jobs");
}

TEST_P(MoveBetweenTest, AStoreInUseIsRefused) {
  Fill();
  const std::string to = NewStoreUrl(GetParam().to);
  SystemClock clock;
  Replica self;
  self.name = "node1";
  {
    const std::unique_ptr<Store> used = Open(from_, &clock);
    ASSERT_TRUE(used->replicas()->Start(self, {}).ok());
    ExpectRefused(to, absl::StatusCode::kFailedPrecondition, "smonsvc uses");
  }
  {
    const std::unique_ptr<Store> used = Open(to, &clock);
    ASSERT_TRUE(used->replicas()->Start(self, {}).ok());
    EXPECT_EQ(Move(to).status().code(), absl::StatusCode::kFailedPrecondition);
  }
  ExpectRefused(to, absl::StatusCode::kFailedPrecondition,
                "another store is there, with 0 jobs");
}

// A move that is killed at its n-th step; false when it has ended before.
bool KilledAt(int n, MoveOptions options) {
  const pid_t child = ::fork();
  if (child == 0) {
    int steps = 0;
    options.progress = [&](const std::string&, bool, int64_t, int64_t) {
      if (++steps == n) ::raise(SIGKILL);
    };
    const absl::Status moved = MoveStore(options).status();
    if (!moved.ok()) std::cerr << moved << "\n";
    ::_exit(moved.ok() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) || status == 0) << status;
  return WIFSIGNALED(status);
}

TEST_P(MoveBetweenTest, KilledAtAnyMomentItHasNotHappenedAndCanBeRepeated) {
  Fill(1100);
  const std::string to = NewStoreUrl(GetParam().to);
  MoveOptions options;
  options.from = from_;
  options.to = to;
  int kills = 0;
  while (KilledAt(kills + 1, options)) {
    ++kills;
    if (GetParam().to == Engine::kFile) {
      EXPECT_EQ(SchemaVersion(*OpenSqlite(PathOf(to))), 0);
    }
    ASSERT_LT(kills, 100);
  }
  EXPECT_GE(kills, 15);
  EXPECT_EQ(AllOfStore(from_), AllOfStore(to));
}

TEST_F(MoveStoreTest, NothingOfWhatIsMovedIsChanged) {
  Fill();
  const std::string copy = MakeDirectory() + "/s.db";
  {
    // As after a crash, with commits that are in the log file only.
    const std::unique_ptr<Store> store = Open(from_, &clock_);
    ASSERT_TRUE(store->CommitDeliveries({Completed(2)}).ok());
    for (const char* const end : {"", "-wal"}) {
      std::ofstream(copy + end, std::ios::binary)
          << ReadFile(PathOf(from_) + end);
    }
  }
  const std::string database = ReadFile(copy);
  const std::string log = ReadFile(copy + "-wal");
  ASSERT_FALSE(log.empty());
  MoveOptions options;
  options.from = "sqlite://" + copy;
  options.to = NewStoreUrl(Engine::kPostgresql);
  const absl::StatusOr<MoveReport> report = MoveStore(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(ReadFile(copy) == database);
  EXPECT_TRUE(ReadFile(copy + "-wal") == log);
  EXPECT_EQ(AllOfStore(from_), AllOfStore(options.to));
}

TEST_F(MoveStoreTest, NoStoreIsRefusedAndNoneIsMade) {
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  ExpectRefused(to, absl::StatusCode::kFailedPrecondition,
                "No such file or directory");
  EXPECT_NE(::access(PathOf(from_).c_str(), F_OK), 0);
  EXPECT_NE(::access((PathOf(from_) + ".lock").c_str(), F_OK), 0);
  std::ofstream(PathOf(from_)).close();
  ExpectRefused(to, absl::StatusCode::kFailedPrecondition,
                "there is no store in it");
}

TEST_F(MoveStoreTest, WhatCannotBeMovedIsRefused) {
  Fill();
  ExpectRefused(from_, absl::StatusCode::kInvalidArgument, "the same store");
  ExpectRefused("memory:", absl::StatusCode::kInvalidArgument, "in memory");
  ExpectRefused("mysql://db", absl::StatusCode::kInvalidArgument, "mysql");
  ExpectRefused("postgresql://a:secret@b/c", absl::StatusCode::kInvalidArgument,
                "--store_password_file");
  ExpectRefused("postgresql://postgres@/no?host=/nowhere",
                absl::StatusCode::kUnavailable, "look at the server");
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  PostgresServer::Shared().Execute(
      absl::StrCat("CREATE TABLE ", SchemaOf(to), ".jobs (a INT)"));
  ExpectRefused(to, absl::StatusCode::kFailedPrecondition, "another program");
  const std::string file = NewStoreUrl(Engine::kFile);
  *OpenSqlite(PathOf(file)) << "CREATE TABLE others (a INT)";
  ExpectRefused(file, absl::StatusCode::kFailedPrecondition, "another program");
}

TEST_F(MoveStoreTest, ANewerSchemaIsRefused) {
  Fill();
  *OpenSqlite(PathOf(from_)) << "INSERT INTO schema_version VALUES (99)";
  ExpectRefused(NewStoreUrl(Engine::kPostgresql),
                absl::StatusCode::kFailedPrecondition, "version 99");
}

TEST_F(MoveStoreTest, DamageIsToldAndNothingStays) {
  Fill(2500);
  const off_t size = ReadFile(PathOf(from_)).size();
  ASSERT_EQ(::truncate(PathOf(from_).c_str(), size / 2), 0);
  const std::string to = NewStoreUrl(Engine::kFile);
  EXPECT_EQ(Move(to).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(SchemaVersion(*OpenSqlite(PathOf(to))), 0);
}

TEST_F(MoveStoreTest, TextThatNoSmonsvcWritesIsMadeWhatItWrites) {
  Fill();
  *OpenSqlite(PathOf(from_))
      << "UPDATE answers SET body = CAST(x'6100ff62' AS TEXT)";
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  const absl::StatusOr<MoveReport> report = Move(to);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->mended, 1);
  EXPECT_EQ(*Open(to, &clock_)->GetAnswer(1), "a\\x00\\xffb");
}

TEST_F(MoveStoreTest, WhatDoesNotArriveAsItWasIsFound) {
  Fill();
  PostgresServer server({"fsync = off"});
  const std::string to = server.NewSchema();
  // The server changes an answer as it is written.
  server.Execute(
      "CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN NEW.body := NEW.body || ''x''; RETURN NEW; END'; CREATE FUNCTION "
      "public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN IF "
      "EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE "
      "object_identity LIKE ''%.answers'') THEN CREATE TRIGGER spoil BEFORE "
      "INSERT ON answers FOR EACH ROW EXECUTE FUNCTION public.spoil(); END IF; "
      "END'; CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN "
      "('CREATE TABLE') EXECUTE FUNCTION public.watch()");
  ExpectRefused(to, absl::StatusCode::kDataLoss,
                "the table answers has not arrived as it was");
  server.Execute("DROP EVENT TRIGGER watch");
  EXPECT_TRUE(Move(to).ok());
}

TEST_F(MoveStoreTest, AConnectionThatBreaksIsToldAndAllCanBeRepeated) {
  Fill(2500);
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  MoveOptions options;
  options.from = from_;
  options.to = to;
  options.progress = [&](const std::string&, bool checked, int64_t, int64_t) {
    if (!checked) return;
    PostgresServer::Shared().Execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
        "pg_backend_pid() AND application_name = 'smonsvc'");
  };
  EXPECT_EQ(MoveStore(options).status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(Move(to).ok());
  EXPECT_EQ(AllOfStore(from_), AllOfStore(to));
}

TEST_F(MoveStoreTest, AHundredThousandJobsArrive) {
  Fill();
  std::string columns;
  {
    const std::unique_ptr<soci::session> session = OpenSqlite(PathOf(from_));
    for (const TableColumn& column : FindTable(*session, "jobs").columns) {
      if (column.name == "id" || column.name == "job_id") continue;
      absl::StrAppend(&columns, ", ", column.name);
    }
    *session << "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 "
                "FROM n WHERE i < 100999) INSERT INTO jobs (id, job_id"
             << columns << ") SELECT i, 'n' || i" << columns
             << " FROM n, jobs WHERE id = 3";
  }
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  const absl::StatusOr<MoveReport> report = Move(to);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->tables[0].rows, 100003);
  const auto back = StoreEnd::OpenToRead(to, "");
  ASSERT_TRUE(back.ok()) << back.status();
  int64_t jobs = 0;
  (*back)->session() << "SELECT COUNT(DISTINCT job_id) FROM jobs",
      soci::into(jobs);
  EXPECT_EQ(jobs, 100003);
}

TEST_F(MoveStoreTest, NoTableIsForgotten) {
  Fill();
  const absl::StatusOr<MoveReport> report =
      Move(NewStoreUrl(Engine::kPostgresql));
  ASSERT_TRUE(report.ok()) << report.status();
  // Those that are not moved, since they are about the present only.
  std::set<std::string> known = {"schema_version", "replicas", "leases",
                                 "claims",         "notices",  "cluster_notes"};
  for (const MovedTable& table : report->tables) known.insert(table.name);
  const std::unique_ptr<soci::session> session = OpenSqlite(PathOf(from_));
  std::string name;
  soci::statement tables =
      (session->prepare << "SELECT name FROM sqlite_master WHERE type = "
                           "'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
       soci::into(name));
  for (bool more = tables.execute(true); more; more = tables.fetch()) {
    EXPECT_EQ(known.count(name), 1u) << name;
  }
}

class MoveVersionTest : public MoveStoreTest,
                        public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(
    Versions, MoveVersionTest,
    ::testing::Range(1, static_cast<int>(Migrations().size()) + 1));

TEST_P(MoveVersionTest, AnOldStoreArrivesAsOneThatWasBroughtForward) {
  {
    const std::unique_ptr<soci::session> session = OpenSqlite(PathOf(from_));
    const std::string dump = ReadFile(
        absl::StrCat("server/store/testdata/version", GetParam(), ".sql"));
    for (const absl::string_view sql : absl::StrSplit(dump, ";\n")) {
      if (!sql.empty()) *session << std::string(sql);
    }
  }
  const std::string to = NewStoreUrl(Engine::kPostgresql);
  const absl::StatusOr<MoveReport> report = Move(to);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->tables[0].rows, 4);
  EXPECT_TRUE(Move(to)->was_moved);
  // What was moved is of the version that it was.
  EXPECT_EQ(SchemaVersion(*OpenSqlite(PathOf(from_))), GetParam());
  ASSERT_NE(Open(from_, &clock_), nullptr);
  EXPECT_EQ(AllOfStore(from_), AllOfStore(to));
}

}  // namespace
}  // namespace smon
