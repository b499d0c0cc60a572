#ifndef SMON_SERVER_STORE_MOVE_STORE_FIXTURE_H_
#define SMON_SERVER_STORE_MOVE_STORE_FIXTURE_H_

#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "server/store/move_store.h"
#include "server/store/store_end.h"
#include "server/store/store_fixture.h"
#include "server/store/table_rows.h"

namespace smon {

constexpr char kNoText[] = "caf\xe9 \x01\xff";

inline std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline std::string PathOf(const std::string& url) {
  return url.substr(std::string("sqlite://").size());
}

// The schema's name, which stands at the end of a test's url.
inline std::string SchemaOf(const std::string& url) {
  return url.substr(url.rfind("%3D") + 3);
}

inline std::unique_ptr<Store> Open(const std::string& url, Clock* clock) {
  absl::StatusOr<std::unique_ptr<Store>> store = OpenStore(url, clock);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

// All rows of a table as they are read, in an order of their own.
inline std::multiset<std::string> RowsOf(soci::session& session,
                                         const std::string& name) {
  const Table table = FindTable(session, name);
  EXPECT_FALSE(table.columns.empty()) << name;
  std::multiset<std::string> out;
  TableReader reader(session, table);
  for (std::vector<TableRow> rows = reader.Read(); !rows.empty();
       rows = reader.Read()) {
    for (const TableRow& row : rows) {
      std::map<std::string, std::string> values;
      for (size_t i = 0; i < row.size(); ++i) {
        values[table.columns[i].name] = table.columns[i].is_text ? row[i].text
                                        : row[i].number.has_value()
                                            ? absl::StrCat(row[i].number.value)
                                            : "NULL";
      }
      std::string line;
      for (const auto& [column, value] : values) {
        absl::StrAppend(&line, column, "=", value, "|");
      }
      out.insert(line);
    }
  }
  return out;
}

// All of a store that a move keeps, but for its mark.
inline std::map<std::string, std::multiset<std::string>> AllOfStore(
    const std::string& url) {
  std::map<std::string, std::multiset<std::string>> all;
  const auto end = StoreEnd::OpenToRead(url, "");
  EXPECT_TRUE(end.ok()) << end.status();
  if (!end.ok()) return all;
  for (const char* const name :
       {"jobs", "history", "answers", "watermarks", "last_ids", "job_counts",
        "requests", "request_jobs", "keys"}) {
    for (const std::string& row : RowsOf((*end)->session(), name)) {
      if (!absl::StrContains(row, "name=moved_from|")) all[name].insert(row);
    }
  }
  return all;
}

class MoveStoreTest : public ::testing::Test {
 protected:
  explicit MoveStoreTest(Engine from = Engine::kFile)
      : from_(NewStoreUrl(from)) {}

  // A store with something in each table.
  void Fill(int jobs = 3) {
    const std::unique_ptr<Store> store = Open(from_, &clock_);
    ASSERT_NE(store, nullptr);
    PollChanges changes;
    changes.cluster = "alps";
    changes.accounting_watermark = At(50);
    Job hostile = EndedJob("1");
    hostile.record.name = kNoText;
    hostile.record.work_dir = "/\\x41 \"quoted\", {NULL} \xf0\x9f\x98\x80\n";
    hostile.log.path = std::string("/a\0b", 4);
    changes.changes.push_back({hostile, false, {"seen", kNoText}});
    for (int i = 2; i <= jobs; ++i) {
      changes.changes.push_back({EndedJob(absl::StrCat(i)), false, {}});
    }
    ASSERT_TRUE(store->CommitPoll(&changes).ok());
    const int64_t first = changes.changes[0].job.id;
    ASSERT_TRUE(store->CommitDeliveries({Completed(first)}).ok());
    // A log that the first shares with the last, of a larger id.
    PollChanges later;
    later.cluster = "alps";
    Job follower = changes.changes[1].job;
    follower.log_owner_id = changes.changes.back().job.id;
    later.changes.push_back({follower, true, {}});
    ASSERT_TRUE(store->CommitPoll(&later).ok());
    ASSERT_TRUE(store->SharedKey().ok());
    ASSERT_TRUE(
        store->StartResubmission({}, 9999, AskedAt(At(900), "request", "all"))
            .ok());
  }

  absl::StatusOr<MoveReport> Move(const std::string& to) {
    MoveOptions options;
    options.from = from_;
    options.to = to;
    return MoveStore(options);
  }

  void ExpectRefused(const std::string& to, absl::StatusCode code,
                     const std::string& says) {
    const absl::Status status = Move(to).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(::testing::HasSubstr(says),
                                 ::testing::Not(::testing::HasSubstr("\n"))));
  }

  const std::string from_;
  FakeClock clock_;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_MOVE_STORE_FIXTURE_H_
