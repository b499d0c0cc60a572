#include "server/store/table_rows.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "server/store/arrays.h"
#include "server/store/bind.h"
#include "server/store/dialect.h"

namespace smon {
namespace {

// A part of a table that is held in memory. A row may be larger: attrsvc's
// answers have up to some megabytes.
constexpr size_t kMostRows = 1000;
constexpr size_t kMostBytes = 4 << 20;

constexpr char kCursor[] = "moved";

std::string NamesOf(const Table& table, absl::string_view prefix = "") {
  return absl::StrJoin(table.columns, ", ",
                       [&](std::string* out, const TableColumn& column) {
                         absl::StrAppend(out, prefix, column.name);
                       });
}

size_t BytesOf(const TableRow& row) {
  size_t bytes = 0;
  for (const TableValue& value : row) bytes += value.text.size();
  return bytes;
}

void InsertEach(soci::session& session, const Table& table,
                std::vector<TableRow> rows) {
  TableRow row(table.columns.size());
  soci::statement insert(session);
  for (size_t i = 0; i < row.size(); ++i) {
    if (table.columns[i].is_text) {
      BindNext(row[i].text, &insert);
    } else {
      BindNext(row[i].number, &insert);
    }
  }
  Prepare(absl::StrCat("INSERT INTO ", table.name, " (", NamesOf(table),
                       ") VALUES (", NamesOf(table, ":"), ")"),
          &insert);
  for (TableRow& next : rows) {
    // The statement is bound to these strings.
    for (size_t i = 0; i < row.size(); ++i) std::swap(row[i], next[i]);
    insert.execute(true);
  }
}

void InsertAll(soci::session& session, const Table& table,
               const std::vector<TableRow>& rows) {
  Arrays given;
  for (const TableRow& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const char* const name = table.columns[i].name.c_str();
      if (table.columns[i].is_text) {
        given.Add(name, row[i].text);
      } else {
        given.Add(name, row[i].number);
      }
    }
    given.EndRow();
  }
  given.Run(session,
            absl::StrCat("INSERT INTO ", table.name, " (", given.names(),
                         ") SELECT * FROM ", given.table()));
}

// The name of the sequence that a table's ids come from.
std::string SequenceOf(soci::session& session, const std::string& table) {
  std::string sequence;
  session << "SELECT pg_get_serial_sequence(CAST(CAST(:name AS regclass) AS "
             "TEXT), 'id')",
      soci::into(sequence), soci::use(table, "name");
  return sequence;
}

}  // namespace

Table FindTable(soci::session& session, const std::string& name) {
  const char* const select =
      IsPostgresql(session)
          ? "SELECT CAST(column_name AS TEXT), CASE data_type WHEN 'text' THEN "
            "1 ELSE 0 END FROM information_schema.columns WHERE table_schema = "
            "current_schema() AND table_name = :name ORDER BY ordinal_position"
          : "SELECT name, CASE type WHEN 'TEXT' THEN 1 ELSE 0 END FROM "
            "pragma_table_info(:name) ORDER BY cid";
  Table table = {name, {}};
  std::string column;
  int is_text = 0;
  soci::statement statement = (session.prepare << select, soci::into(column),
                               soci::into(is_text), soci::use(name, "name"));
  for (bool more = statement.execute(true); more; more = statement.fetch()) {
    table.columns.push_back({column, is_text != 0});
  }
  return table;
}

void TableSum::Add(const Table& table, const TableRow& row) {
  // No two rows give the same: a text has its length before it.
  std::string bytes;
  for (size_t i = 0; i < row.size(); ++i) {
    if (table.columns[i].is_text) {
      absl::StrAppend(&bytes, " ", row[i].text.size(), ":", row[i].text);
    } else if (row[i].number.has_value()) {
      absl::StrAppend(&bytes, " ", row[i].number.value);
    } else {
      bytes.append(" -");
    }
  }
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         digest);
  for (size_t i = 0; i < sums_.size(); ++i) {
    uint64_t part = 0;
    std::memcpy(&part, digest + i * sizeof(part), sizeof(part));
    sums_[i] += part;
  }
  ++rows_;
}

std::string TableSum::checksum() const {
  std::string out;
  for (const uint64_t sum : sums_) {
    absl::StrAppend(&out, absl::Hex(sum, absl::kZeroPad16));
  }
  return out;
}

TableReader::TableReader(soci::session& session, const Table& table)
    : session_(session), table_(table), row_(table.columns.size()) {
  const std::string select =
      absl::StrCat("SELECT ", NamesOf(table_), " FROM ", table_.name);
  if (IsPostgresql(session_)) {
    // All of a SELECT's rows would come at once.
    session_ << "DECLARE " << kCursor << " NO SCROLL CURSOR FOR " << select;
  } else {
    Prepare(select);
  }
}

TableReader::~TableReader() = default;

void TableReader::Prepare(const std::string& sql) {
  statement_ = std::make_unique<soci::statement>(session_);
  for (size_t i = 0; i < row_.size(); ++i) {
    if (table_.columns[i].is_text) {
      BindInto(row_[i].text, statement_.get());
    } else {
      BindInto(row_[i].number, statement_.get());
    }
  }
  PrepareOnce(sql, statement_.get());
}

std::vector<TableRow> TableReader::Read() {
  return IsPostgresql(session_) ? ReadCursor() : ReadStatement();
}

std::vector<TableRow> TableReader::ReadStatement() {
  std::vector<TableRow> rows;
  size_t bytes = 0;
  while (rows.size() < kMostRows && bytes < kMostBytes) {
    const bool is_first = !begun_;
    begun_ = true;
    if (!(is_first ? statement_->execute(true) : statement_->fetch())) break;
    rows.push_back(row_);
    bytes += BytesOf(row_);
  }
  return rows;
}

std::vector<TableRow> TableReader::ReadCursor() {
  std::vector<TableRow> rows;
  size_t bytes = 0;
  Prepare(absl::StrCat("FETCH FORWARD ", at_once_, " FROM ", kCursor));
  for (bool more = statement_->execute(true); more;
       more = statement_->fetch()) {
    rows.push_back(row_);
    bytes += BytesOf(row_);
  }
  // By what these have, the next ones fit.
  at_once_ = bytes > kMostBytes ? std::max<size_t>(at_once_ / 2, 1)
                                : std::min(at_once_ * 2, kMostRows);
  if (rows.empty()) {
    statement_.reset();
    session_ << "CLOSE " << kCursor;
  }
  return rows;
}

void WriteRows(soci::session& session, const Table& table,
               std::vector<TableRow> rows) {
  if (rows.empty()) return;
  if (IsPostgresql(session)) {
    InsertAll(session, table, rows);
  } else {
    InsertEach(session, table, std::move(rows));
  }
}

int64_t LastGivenId(soci::session& session, const std::string& table) {
  int64_t id = 0;
  if (IsPostgresql(session)) {
    const std::string sequence = SequenceOf(session, table);
    session << "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "
            << sequence,
        soci::into(id);
  } else {
    session << "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = "
               ":name",
        soci::into(id), soci::use(table, "name");
  }
  return id;
}

void SetLastGivenId(soci::session& session, const std::string& table,
                    int64_t id) {
  if (id == 0) return;
  if (IsPostgresql(session)) {
    const std::string sequence = SequenceOf(session, table);
    session << "SELECT setval(CAST(:name AS regclass), :id)", soci::into(id),
        soci::use(sequence, "name"), soci::use(id, "id");
    return;
  }
  session << "DELETE FROM sqlite_sequence WHERE name = :name",
      soci::use(table, "name");
  session << "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :id)",
      soci::use(table, "name"), soci::use(id, "id");
}

}  // namespace smon
