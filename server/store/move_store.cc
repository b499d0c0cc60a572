#include "server/store/move_store.h"

#include <exception>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/store/dialect.h"
#include "server/store/job_row.h"
#include "server/store/libpq.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"
#include "server/store/store_end.h"
#include "server/store/table_rows.h"

namespace smon {
namespace {

// Those that hold what is to be kept, each after those that its rows refer to.
// A version's other tables (schema_version, and who does what at present) are
// made anew. move_store_test holds that none is forgotten.
constexpr const char* kTables[] = {"jobs",       "history",      "answers",
                                   "watermarks", "last_ids",     "job_counts",
                                   "requests",   "request_jobs", "keys"};

// Those whose ids the database gives.
constexpr const char* kTablesWithIds[] = {"jobs", "requests"};

// In the table `keys` of a store that was moved: what it was moved from.
constexpr char kOrigin[] = "moved_from";

// A server may take long to make an index of a large table.
constexpr absl::Duration kMostSilence = absl::Hours(1);

class Move {
 public:
  Move(const MoveOptions& options, StoreEnd* from, StoreEnd* to)
      : options_(options), from_(*from), to_(*to) {}

  absl::StatusOr<MoveReport> Run() {
    SMON_RETURN_IF_ERROR(
        From([&] { version_ = SchemaVersion(from_session()); }));
    if (version_ == 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("store ", from_.name(), ": there is no store in it"));
    }
    int at = 0;
    SMON_RETURN_IF_ERROR(To([&] { at = SchemaVersion(to_session()); }));
    if (at != 0) return CompareOrigin();
    SMON_RETURN_IF_ERROR(MakeTables());
    for (const Table& table : tables_) {
      SMON_RETURN_IF_ERROR(Copy(table));
    }
    SMON_RETURN_IF_ERROR(CopyLastIds());
    SMON_RETURN_IF_ERROR(Check());
    SMON_RETURN_IF_ERROR(Finish());
    return std::move(report_);
  }

 private:
  soci::session& from_session() { return from_.session(); }
  soci::session& to_session() { return to_.session(); }

  // Run something that throws what SOCI throws, of the one end or the other.
  template <typename Body>
  absl::Status From(const Body& body) {
    return Try(from_, body);
  }
  template <typename Body>
  absl::Status To(const Body& body) {
    return Try(to_, body);
  }
  template <typename Body>
  static absl::Status Try(const StoreEnd& end, const Body& body) {
    try {
      body();
      return absl::OkStatus();
    } catch (const std::exception& error) {
      return end.StatusOf(error);
    }
  }

  // The tables of the version that `from` has, empty and without checks that
  // need all rows to be there.
  absl::Status MakeTables() {
    const std::vector<Migration> migrations(Migrations().begin(),
                                            Migrations().begin() + version_);
    absl::Status status;
    SMON_RETURN_IF_ERROR(To([&] {
      status = Migrate(to_session(), migrations);
      if (!status.ok()) return;
      SetOwnerChecks(/*deferred=*/true);
      for (const char* const name : kTables) {
        Table table = FindTable(to_session(), name);
        if (table.columns.empty()) continue;  // of a later version
        to_session() << "DELETE FROM " << name;
        tables_.push_back(std::move(table));
      }
    }));
    return status;
  }

  // Jobs may come before those whose log they share. SQLite was told already.
  void SetOwnerChecks(bool deferred) {
    if (!IsPostgresql(to_session())) return;
    std::string name;
    to_session() << "SELECT conname FROM pg_constraint WHERE contype = 'f' AND "
                    "conrelid = CAST('jobs' AS regclass) AND confrelid = "
                    "conrelid",
        soci::into(name);
    if (!deferred) to_session() << "SET CONSTRAINTS ALL IMMEDIATE";
    to_session() << "ALTER TABLE jobs ALTER CONSTRAINT " << name
                 << (deferred ? " DEFERRABLE INITIALLY DEFERRED"
                              : " NOT DEFERRABLE");
  }

  absl::Status Copy(const Table& table) {
    int64_t of = 0;
    std::unique_ptr<TableReader> reader;
    SMON_RETURN_IF_ERROR(From([&] {
      from_session() << "SELECT COUNT(*) FROM " << table.name, soci::into(of);
      reader = std::make_unique<TableReader>(from_session(), table);
    }));
    TableSum sum;
    for (;;) {
      std::vector<TableRow> rows;
      SMON_RETURN_IF_ERROR(From([&] { rows = reader->Read(); }));
      if (rows.empty()) break;
      for (TableRow& row : rows) {
        Mend(&row);
        sum.Add(table, row);
      }
      SMON_RETURN_IF_ERROR(
          To([&] { WriteRows(to_session(), table, std::move(rows)); }));
      Tell(table, /*checked=*/false, sum.rows(), of);
    }
    sums_.push_back(sum);
    report_.tables.push_back({table.name, sum.rows(), sum.checksum()});
    if (sum.rows() == of) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(
        "store ", from_.name(), ": the table ", table.name, " has ", of,
        " rows by one count and ", sum.rows(), " by another: it is damaged"));
  }

  void Mend(TableRow* row) {
    for (TableValue& value : *row) {
      std::string text = ToText(value.text);
      if (text == value.text) continue;
      value.text = std::move(text);
      ++report_.mended;
    }
  }

  absl::Status CopyLastIds() {
    for (const char* const table : kTablesWithIds) {
      if (FindIn(tables_, table) == nullptr) continue;
      int64_t id = 0;
      SMON_RETURN_IF_ERROR(
          From([&] { id = LastGivenId(from_session(), table); }));
      int64_t arrived = 0;
      SMON_RETURN_IF_ERROR(To([&] {
        SetLastGivenId(to_session(), table, id);
        arrived = LastGivenId(to_session(), table);
      }));
      if (arrived < id) return NotArrived(absl::StrCat("the ids of ", table));
    }
    return absl::OkStatus();
  }

  // Reads all back.
  absl::Status Check() {
    for (size_t i = 0; i < tables_.size(); ++i) {
      TableSum sum;
      SMON_RETURN_IF_ERROR(SumOf(&to_, tables_[i], sums_[i].rows(), &sum));
      if (!(sum == sums_[i])) {
        return NotArrived(absl::StrCat("the table ", tables_[i].name));
      }
    }
    return absl::OkStatus();
  }

  absl::Status SumOf(StoreEnd* end, const Table& table, int64_t of,
                     TableSum* sum) {
    return Try(*end, [&] {
      TableReader reader(end->session(), table);
      for (;;) {
        std::vector<TableRow> rows = reader.Read();
        if (rows.empty()) return;
        for (TableRow& row : rows) {
          Mend(&row);
          sum->Add(table, row);
        }
        Tell(table, /*checked=*/true, sum->rows(), of);
      }
    });
  }

  absl::Status NotArrived(const std::string& what) const {
    return absl::DataLossError(
        absl::StrCat("store ", to_.name(), ": ", what,
                     " has not arrived as it was; nothing was changed"));
  }

  // Brings the schema forward, and makes all of it stay.
  absl::Status Finish() {
    absl::Status status;
    // SOCI runs a statement after its temporaries are gone.
    const std::string name = kOrigin;
    const std::string value = Origin();
    SMON_RETURN_IF_ERROR(To([&] {
      SetOwnerChecks(/*deferred=*/false);
      status = Migrate(to_session(), Migrations());
      if (!status.ok()) return;
      if (!IsPostgresql(to_session())) SetOwner(to_session());
      to_session() << "DELETE FROM keys WHERE name = :name",
          soci::use(name, "name");
      to_session() << "INSERT INTO keys (name, value) VALUES (:name, :value)",
          soci::use(name, "name"), soci::use(value, "value");
    }));
    SMON_RETURN_IF_ERROR(status);
    return To([&] { to_.Commit(); });
  }

  // Tells the state of a store from any other.
  std::string Origin() const {
    std::string out = absl::StrCat("version ", version_);
    for (const MovedTable& table : report_.tables) {
      absl::StrAppend(&out, " ", table.name, " ", table.rows, " ",
                      table.checksum);
    }
    return out;
  }

  // `to` is a store. It may be one that was moved there from `from`, as it is.
  absl::StatusOr<MoveReport> CompareOrigin() {
    std::string origin;
    int64_t jobs = 0;
    const std::string name = kOrigin;
    SMON_RETURN_IF_ERROR(To([&] {
      to_session() << "SELECT COUNT(*) FROM jobs", soci::into(jobs);
      if (FindTable(to_session(), "keys").columns.empty()) return;
      to_session() << "SELECT COALESCE(MAX(value), '') FROM keys WHERE name = "
                      ":name",
          soci::into(origin), soci::use(name, "name");
    }));
    if (!origin.empty()) SMON_RETURN_IF_ERROR(SumFrom());
    if (!origin.empty() && origin == Origin()) {
      report_.was_moved = true;
      return std::move(report_);
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "store ", to_.name(), ": another store is there, with ", jobs,
        " jobs; name an empty database or schema, or a file that is not "
        "there"));
  }

  absl::Status SumFrom() {
    for (const char* const name : kTables) {
      Table table;
      SMON_RETURN_IF_ERROR(
          From([&] { table = FindTable(from_session(), name); }));
      if (table.columns.empty()) continue;
      int64_t of = 0;
      SMON_RETURN_IF_ERROR(From([&] {
        from_session() << "SELECT COUNT(*) FROM " << name, soci::into(of);
      }));
      TableSum sum;
      SMON_RETURN_IF_ERROR(SumOf(&from_, table, of, &sum));
      report_.tables.push_back({name, sum.rows(), sum.checksum()});
    }
    return absl::OkStatus();
  }

  static const Table* FindIn(const std::vector<Table>& tables,
                             const std::string& name) {
    for (const Table& table : tables) {
      if (table.name == name) return &table;
    }
    return nullptr;
  }

  void Tell(const Table& table, bool checked, int64_t rows, int64_t of) const {
    if (options_.progress) options_.progress(table.name, checked, rows, of);
  }

  const MoveOptions& options_;
  StoreEnd& from_;
  StoreEnd& to_;
  int version_ = 0;             // of the schema of `from`
  std::vector<Table> tables_;   // as that version has them
  std::vector<TableSum> sums_;  // of each
  MoveReport report_;
};

}  // namespace

absl::StatusOr<MoveReport> MoveStore(const MoveOptions& options) {
  if (options.from == options.to) {
    return absl::InvalidArgumentError("both are the same store");
  }
  const std::function<bool()> never;
  const ScopedWait wait(kMostSilence, never);
  SMON_ASSIGN_OR_RETURN(
      const std::unique_ptr<StoreEnd> from,
      StoreEnd::OpenToRead(options.from, options.password_file));
  SMON_ASSIGN_OR_RETURN(
      const std::unique_ptr<StoreEnd> to,
      StoreEnd::OpenToWrite(options.to, options.password_file));
  return Move(options, from.get(), to.get()).Run();
}

}  // namespace smon
