#include "server/store/job_inserter.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/arrays.h"
#include "server/store/bind.h"
#include "server/store/dialect.h"

namespace smon {
namespace {

constexpr size_t kSmallBatch = 12;
constexpr size_t kBigBatch = 24;
// From so many rows in a transaction on, big ones.
constexpr size_t kManyRows = 1000;
// With PostgreSQL, where they are arrays.
constexpr size_t kArrayBatch = 500;

constexpr char kUnlessKnown[] =
    " ON CONFLICT (job_id, submit_time, cluster) DO NOTHING";

// A job that has just come. A column that is the same in all rows is written
// into the statement.
const JobRow& UsualRow() {
  static const auto* const row = [] {
    auto* usual = new JobRow();
    usual->phase = static_cast<int64_t>(Phase::kWaiting);
    return usual;
  }();
  return *row;
}

std::string LiteralOf(int64_t value) { return absl::StrCat(value); }
std::string LiteralOf(const OptionalInt&) { return "NULL"; }
std::string LiteralOf(const std::string&) { return "''"; }

// Calls visit(name, a's field, b's field) for each column but the id
// and the change.
template <typename A, typename B, typename Visitor>
void VisitInserted(A& a, B& b, Visitor&& visit) {
  visit("created_at", a.created_at, b.created_at);
  visit("updated_at", a.updated_at, b.updated_at);
  VisitContentColumns(a, b, visit);
}

uint64_t ColumnsOf(const JobRow& row) {
  uint64_t columns = 0;
  uint64_t bit = 1;
  VisitInserted(row, UsualRow(),
                [&](const char*, const auto& value, const auto& usual) {
                  if (value != usual) columns |= bit;
                  bit <<= 1;
                });
  return columns;
}

}  // namespace

JobInserter::JobInserter(soci::session& session)
    : session_(session),
      arrays_(IsPostgresql(session)),
      rows_(arrays_ ? kArrayBatch : kBigBatch),
      batch_(arrays_ ? kArrayBatch : kSmallBatch) {}

JobInserter::~JobInserter() = default;

void JobInserter::Add(JobRow&& row) {
  columns_ |= ColumnsOf(row);
  rows_[size_++] = std::move(row);
}

soci::statement* JobInserter::StatementOf(size_t rows) {
  std::unique_ptr<soci::statement>& known = statements_[{columns_, rows}];
  if (known != nullptr) return known.get();
  auto statement = std::make_unique<soci::statement>(session_);
  std::string names = "id";
  std::string values;
  for (size_t i = 0; i < rows; ++i) {
    absl::StrAppend(&values, i == 0 ? "" : ", ", "(?");
    BindNext(rows_[i].id, statement.get());
    Columns bit = 1;
    VisitInserted(rows_[i], UsualRow(),
                  [&](const char* name, auto& value, const auto& usual) {
                    if (i == 0) absl::StrAppend(&names, ", ", name);
                    if ((columns_ & bit) != 0) {
                      absl::StrAppend(&values, ", ?");
                      BindNext(value, statement.get());
                    } else {
                      absl::StrAppend(&values, ", ", LiteralOf(usual));
                    }
                    bit <<= 1;
                  });
    absl::StrAppend(&values, ")");
  }
  Prepare(absl::StrCat("INSERT INTO jobs (", names, ") VALUES ", values,
                       kUnlessKnown),
          statement.get());
  known = std::move(statement);
  return known.get();
}

size_t JobInserter::InsertArrays() {
  Arrays given;
  for (size_t i = 0; i < size_; ++i) {
    const JobRow& row = rows_[i];
    given.Add("id", row.id);
    VisitInserted(row, row,
                  [&](const char* name, const auto& value, const auto&) {
                    given.Add(name, value);
                  });
    given.EndRow();
  }
  return given.Run(
      session_, absl::StrCat("INSERT INTO jobs (", given.names(),
                             ") SELECT * FROM ", given.table(), kUnlessKnown));
}

std::vector<size_t> JobInserter::FindMissing() {
  int64_t id = 0;
  soci::statement select =
      (session_.prepare << "SELECT id FROM jobs WHERE id >= :first AND "
                           "id <= :last ORDER BY id",
       soci::into(id), soci::use(rows_[0].id), soci::use(rows_[size_ - 1].id));
  std::vector<size_t> missing;
  bool more = select.execute(true);
  for (size_t i = 0; i < size_; ++i) {
    if (more && id == rows_[i].id) {
      more = select.fetch();
    } else {
      missing.push_back(i);
    }
  }
  return missing;
}

std::vector<size_t> JobInserter::Flush() {
  std::vector<size_t> missing;
  if (arrays_) {
    if (size_ > 0 && InsertArrays() != size_) missing = FindMissing();
    size_ = 0;
    return missing;
  }
  if (full()) {
    soci::statement* const insert = StatementOf(size_);
    insert->execute(true);
    if (insert->get_affected_rows() != static_cast<long long>(size_)) {
      missing = FindMissing();
    }
  } else if (size_ > 0) {
    soci::statement* const insert = StatementOf(1);
    for (size_t i = 0; i < size_; ++i) {
      // The statement is bound to the first.
      std::swap(rows_[0], rows_[i]);
      insert->execute(true);
      std::swap(rows_[0], rows_[i]);
      if (insert->get_affected_rows() == 0) missing.push_back(i);
    }
  }
  written_ += size_;
  size_ = 0;
  if (written_ >= kManyRows) batch_ = kBigBatch;
  return missing;
}

}  // namespace smon
