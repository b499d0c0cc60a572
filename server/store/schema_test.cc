#include "server/store/schema.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

  // An index that gives the order too needs no sort of all matches.
  static bool IsSorted(const std::string& plan) {
    return absl::StrContains(plan, "TEMP B-TREE FOR ORDER") &&
           !absl::StrContains(plan, "RIGHT PART");
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

TEST_F(SchemaTest, WhatIsForPostgresqlIsLeftOutOfSqlite) {
  ASSERT_TRUE(Migrate(*session_, Migrations()).ok());
  int indexes = 0;
  *session_ << "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND "
               "name LIKE '%by_cluster'",
      soci::into(indexes);
  EXPECT_EQ(indexes, 0);
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
       "phase = :p AND urgent = :u AND next_attempt <= :t "
       "ORDER BY next_attempt, id LIMIT 9",
       "jobs_due (phase=? AND urgent=? AND next_attempt<?)"},
      {"SELECT next_attempt FROM jobs WHERE log_owner_id IS NULL AND phase IN "
       "(2, 3) AND phase = :p AND urgent = :u ORDER BY next_attempt LIMIT 1",
       "jobs_due (phase=? AND urgent=?)"},
      {"SELECT * FROM jobs WHERE phase = 1 AND track_at < 9223372036854775807 "
       "AND log_owner_id IS NULL AND track_at <= :t "
       "ORDER BY track_at, id LIMIT 9",
       "jobs_to_track (track_at<?)"},
      {"SELECT * FROM jobs WHERE phase = 1 AND cluster = :c", "jobs_waiting"},
      {"SELECT * FROM jobs WHERE phase <> 1 AND end_sort >= :t AND "
       "cluster = :c",
       "jobs_by_end (end_sort>?)"},
      {"SELECT submit_time FROM jobs WHERE phase = 1 "
       "ORDER BY submit_time DESC LIMIT 1",
       "COVERING INDEX jobs_waiting"},
      {"SELECT submit_time FROM jobs WHERE phase <> 1 "
       "ORDER BY submit_time DESC LIMIT 1",
       "USING INDEX jobs_by_submit_time"},
      {"SELECT * FROM jobs WHERE job_id IN (:a, :b) AND submit_time >= :s AND "
       "submit_time <= :t AND cluster = :c",
       "sqlite_autoindex_jobs_1 (job_id=? AND submit_time>? AND "
       "submit_time<?)"},
      {"SELECT * FROM jobs WHERE id IN (:a, :b)", "PRIMARY KEY (rowid=?)"},
      {"SELECT * FROM jobs WHERE job_id = :j "
       "ORDER BY submit_time DESC, id DESC LIMIT 1",
       "sqlite_autoindex_jobs_1"},
      {"SELECT * FROM jobs WHERE log_owner_id = :i", "jobs_by_log_owner"},
      {"SELECT id FROM jobs WHERE phase >= 4 AND cluster = :c AND "
       "end_sort < :t AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE "
       "other.log_owner_id = "
       "jobs.id) ORDER BY end_sort, id LIMIT 9",
       "jobs_over (cluster=? AND end_sort<?)"},
      {"SELECT * FROM jobs WHERE change > 0 AND change > :c "
       "ORDER BY change LIMIT 9",
       "jobs_by_change (change>?)"},
      {"SELECT * FROM jobs WHERE id > :i AND id <= :j AND change = 0 "
       "ORDER BY id LIMIT 9",
       "PRIMARY KEY (rowid>? AND rowid<?)"},
  };
  for (const auto& query : queries) {
    const std::string plan = PlanOf(query.sql);
    EXPECT_THAT(plan, HasSubstr(query.index)) << query.sql;
    EXPECT_FALSE(IsSorted(plan)) << query.sql << "\n" << plan;
  }
}

// The conditions that job_query.cc makes, for each half of the jobs.
TEST_F(SchemaTest, ListsReadAnIndexThatIsInTheirOrder) {
  ASSERT_TRUE(Migrate(*session_, Migrations()).ok());
  const struct {
    const char* where;
    const char* order;
    const char* index;
  } lists[] = {
      {"phase <> 1", "submit_time", "USING INDEX jobs_by_submit_time"},
      {"phase <> 1", "end_sort", "USING INDEX jobs_by_end"},
      {"phase <> 1 AND end_sort < :m AND end_sort >= :t", "end_sort",
       "USING INDEX jobs_by_end (end_sort>? AND end_sort<?)"},
      {"phase <> 1 AND state IN (:s)", "submit_time", "jobs_by_state (state=?"},
      {"phase <> 1 AND user_name = :u", "submit_time",
       "jobs_by_user (user_name=?"},
      {"phase <> 1 AND phase IN (:p)", "submit_time", "jobs_by_phase (phase=?"},
      {"phase <> 1 AND action IN (:a) AND action <> 0", "submit_time",
       "jobs_by_action (action=?"},
      {"phase <> 1 AND problem IN (:p) AND problem <> 0", "submit_time",
       "jobs_by_problem (problem=?"},
      {"phase <> 1 AND phase IN (:a) AND problem IN (:p) AND problem <> 0",
       "submit_time", "jobs_by_"},
      {"phase = 1", "submit_time", "COVERING INDEX jobs_waiting"},
      {"phase = 1 AND state IN (:s)", "submit_time",
       "COVERING INDEX jobs_waiting"},
      {"phase = 1 AND user_name = :u", "submit_time",
       "COVERING INDEX jobs_waiting"},
      {"phase = 1", "end_sort", "USING INDEX jobs_waiting_by_end"},
      // No index is in the order of both: a page is full after few rows.
      {"phase <> 1 AND (partition_name = :p OR partition_name LIKE '%,%')",
       "submit_time", "USING INDEX jobs_by_submit_time"},
  };
  for (const auto& list : lists) {
    for (const char* const direction : {"", " DESC"}) {
      for (const char* const after : {"", " AND ($, id) < (:time, :id)"}) {
        const std::string sql = absl::StrReplaceAll(
            absl::StrCat("SELECT $, id FROM jobs WHERE ", list.where, after,
                         " ORDER BY $", direction, ", id", direction,
                         " LIMIT 9"),
            {{"$", list.order}});
        const std::string plan = PlanOf(sql);
        EXPECT_THAT(plan, HasSubstr(list.index)) << sql;
        EXPECT_FALSE(IsSorted(plan)) << sql << "\n" << plan;
      }
    }
  }
}

// What matches has to be sorted then, but no row is read for it: the index
// holds the other time too.
TEST_F(SchemaTest, ListsInTheOtherOrderReadTheIndexOfWhatMatches) {
  ASSERT_TRUE(Migrate(*session_, Migrations()).ok());
  const std::string ended = " AND end_sort < :m AND end_sort >= :t";
  const struct {
    std::string where;
    const char* order;
    const char* index;
  } lists[] = {
      {"phase <> 1" + ended, "submit_time", "jobs_by_end (end_sort>? AND "},
      {"phase <> 1 AND state IN (:s)", "end_sort", "jobs_by_state (state=?)"},
      {"phase <> 1 AND user_name = :u", "end_sort",
       "jobs_by_user (user_name=?)"},
      {"phase <> 1 AND phase IN (:p)", "end_sort", "jobs_by_phase (phase=?)"},
      {"phase <> 1 AND action IN (:a) AND action <> 0", "end_sort",
       "jobs_by_action (action=?)"},
      {"phase <> 1 AND problem IN (:p) AND problem <> 0", "end_sort",
       "jobs_by_problem (problem=?)"},
      {"phase <> 1 AND problem IN (:p) AND problem <> 0" + ended, "submit_time",
       "jobs_by_problem (problem=?)"},
      {"phase <> 1 AND state IN (:s)" + ended, "submit_time",
       "jobs_by_state (state=?)"},
      {"phase <> 1 AND user_name = :u" + ended, "submit_time",
       "jobs_by_user (user_name=?)"},
  };
  for (const auto& list : lists) {
    for (const char* const direction : {"", " DESC"}) {
      const std::string sql = absl::StrCat(
          "SELECT ", list.order, ", id FROM jobs WHERE ", list.where,
          " ORDER BY ", list.order, direction, ", id", direction, " LIMIT 9");
      const std::string plan = PlanOf(sql);
      EXPECT_THAT(plan, HasSubstr(list.index)) << sql;
      EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << sql;
    }
  }
}

}  // namespace
}  // namespace smon
