#include "server/store/schema.h"

#include <memory>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

const Migration kFirst = {"CREATE TABLE a (x BIGINT)"};
const Migration kSecond = {"ALTER TABLE a ADD COLUMN y BIGINT",
                           "INSERT INTO a (x, y) VALUES (1, 2)"};

class SchemaTest : public ::testing::Test {
 protected:
  // How SQLite finds the rows.
  std::string PlanOf(const std::string& sql) {
    std::string plan;
    soci::rowset<soci::row> rows =
        (session_->prepare << "EXPLAIN QUERY PLAN " + sql);
    for (const soci::row& row : rows) plan += row.get<std::string>(3) + "; ";
    return plan;
  }

  const std::unique_ptr<soci::session> session_ = OpenSqlite(":memory:");
};

TEST_F(SchemaTest, AnEmptyDatabaseHasVersionZero) {
  EXPECT_EQ(SchemaVersion(*session_), 0);
}

TEST_F(SchemaTest, MigrationsRunInOrderAndOnce) {
  ASSERT_TRUE(Migrate(*session_, {kFirst}).ok());
  EXPECT_EQ(SchemaVersion(*session_), 1);
  ASSERT_TRUE(Migrate(*session_, {kFirst, kSecond}).ok());
  EXPECT_EQ(SchemaVersion(*session_), 2);
  ASSERT_TRUE(Migrate(*session_, {kFirst, kSecond}).ok());
  int rows = 0;
  *session_ << "SELECT COUNT(*) FROM a WHERE y = 2", soci::into(rows);
  EXPECT_EQ(rows, 1);
}

TEST_F(SchemaTest, AMigrationThatFailsCanBeRolledBackWhole) {
  ASSERT_TRUE(Migrate(*session_, {kFirst}).ok());
  BeginWrite(*session_);
  const Migration broken = {kSecond[0], kSecond[1], "no SQL"};
  EXPECT_THROW(Migrate(*session_, {kFirst, broken}).IgnoreError(),
               soci::soci_error);
  session_->rollback();
  EXPECT_EQ(SchemaVersion(*session_), 1);
  EXPECT_TRUE(Migrate(*session_, {kFirst, kSecond}).ok());
}

TEST_F(SchemaTest, ANewerSchemaIsRefused) {
  ASSERT_TRUE(Migrate(*session_, {kFirst, kSecond}).ok());
  const absl::Status status = Migrate(*session_, {kFirst});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(SchemaVersion(*session_), 2);
}

TEST_F(SchemaTest, FrequentQueriesReadIndexesOnlyAsFarAsNeeded) {
  ASSERT_TRUE(Migrate(*session_, Migrations()).ok());
  const struct {
    const char* sql;
    const char* index;
  } queries[] = {
      {"SELECT * FROM jobs WHERE log_owner_id IS NULL AND phase IN (2, 3) AND "
       "phase = :p AND next_attempt <= :t ORDER BY next_attempt, id LIMIT 9",
       "jobs_due"},
      {"SELECT * FROM jobs ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_submit_time"},
      {"SELECT * FROM jobs WHERE (submit_time, id) < (:t, :i) "
       "ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_submit_time"},
      {"SELECT * FROM jobs WHERE end_sort >= :t ORDER BY end_sort, id LIMIT 9",
       "jobs_by_end"},
      {"SELECT * FROM jobs WHERE state IN (:s) "
       "ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_state"},
      {"SELECT * FROM jobs WHERE user_name = :u "
       "ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_user"},
      {"SELECT * FROM jobs WHERE phase IN (:p) "
       "ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_phase"},
      {"SELECT * FROM jobs WHERE action IN (:a) AND action <> 0 "
       "ORDER BY submit_time DESC, id DESC LIMIT 9",
       "jobs_by_action"},
      {"SELECT * FROM jobs WHERE job_id = :j "
       "ORDER BY submit_time DESC, id DESC LIMIT 1",
       "sqlite_autoindex_jobs_1"},
      {"SELECT * FROM jobs WHERE log_owner_id = :i", "jobs_by_log_owner"},
      {"SELECT state, phase, problem, facts, COUNT(*) FROM jobs "
       "GROUP BY state, phase, problem, facts",
       "COVERING INDEX jobs_for_counts"},
  };
  for (const auto& query : queries) {
    const std::string plan = PlanOf(query.sql);
    EXPECT_THAT(plan, HasSubstr(query.index)) << query.sql;
    // An index that gives the order too needs no sort of all matches.
    EXPECT_FALSE(absl::StrContains(plan, "TEMP B-TREE FOR ORDER") &&
                 !absl::StrContains(plan, "RIGHT PART"))
        << query.sql << "\n"
        << plan;
  }
}

}  // namespace
}  // namespace smon
