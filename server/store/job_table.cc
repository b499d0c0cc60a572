#include "server/store/job_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/bind.h"
#include "server/store/dialect.h"
#include "server/store/job_select.h"

namespace smon {
namespace {

// "a = :a, b = :b" for the columns that differ.
std::string Assignments(const JobRow& before, const JobRow& after) {
  std::string out;
  VisitContentColumns(
      before, after, [&](const char* name, const auto& a, const auto& b) {
        if (a == b) return;
        absl::StrAppend(&out, out.empty() ? "" : ", ", name, " = :", name);
      });
  return out;
}

int64_t FactsOf(const JobRow& row) {
  int64_t facts = 0;
  if (!row.log_path.empty()) facts |= kHasLogPath;
  if (row.submit_attempts > 0) facts |= kSent;
  if (row.submitted_at != kPastMicros) facts |= kSent | kAccepted;
  if (row.action != 0) facts |= kHasVerdict;
  return facts;
}

void WriteLastId(soci::session& session, const std::string& name, int64_t id) {
  session << "UPDATE last_ids SET id = :id WHERE name = :name",
      soci::use(id, "id"), soci::use(name, "name");
}

}  // namespace

int64_t ReadLastId(soci::session& session, const std::string& name) {
  int64_t id = 0;
  session << "SELECT id FROM last_ids WHERE name = :name", soci::into(id),
      soci::use(name, "name");
  return id;
}

// A SELECT with what it is bound to.
struct JobTable::Query {
  explicit Query(soci::session& session) : statement(session) {}

  int64_t number = 0;
  std::string cluster;
  std::string job_id;
  JobRow row;
  soci::statement statement;  // first to go
};

JobTable::JobTable(soci::session& session, int64_t now)
    : session_(session), now_(now), inserter_(session) {
  if (IsPostgresql(session)) cache_ = std::make_unique<JobCache>(session);
}

JobTable::~JobTable() = default;

bool JobTable::FetchOne(Query* query, JobRow* row) {
  if (!query->statement.execute(true)) return false;
  *row = query->row;
  return true;
}

void JobTable::Expect(const std::vector<int64_t>& ids) {
  if (cache_ != nullptr) cache_->LoadIds(ids);
}

void JobTable::ExpectKeys(const std::vector<JobCache::Key>& keys) {
  if (cache_ != nullptr) cache_->LoadKeys(keys);
}

bool JobTable::FindById(int64_t id, JobRow* row) {
  if (const JobRow* const known =
          cache_ != nullptr ? cache_->FindById(id) : nullptr) {
    *row = *known;
    return true;
  }
  if (by_id_ == nullptr) {
    auto query = std::make_unique<Query>(session_);
    BindColumns(&query->row, &query->statement);
    BindUse("id", query->number, &query->statement);
    Prepare(SelectJobsSql("WHERE id = :id"), &query->statement);
    by_id_ = std::move(query);
  }
  by_id_->number = id;
  return FetchOne(by_id_.get(), row);
}

bool JobTable::FindByKey(const std::string& cluster, const std::string& job_id,
                         int64_t submit_time, JobRow* row) {
  if (const JobRow* const known =
          cache_ != nullptr ? cache_->FindByKey({job_id, submit_time, cluster})
                            : nullptr) {
    *row = *known;
    return true;
  }
  if (by_key_ == nullptr) {
    auto query = std::make_unique<Query>(session_);
    BindColumns(&query->row, &query->statement);
    BindUse("job_id", query->job_id, &query->statement);
    BindUse("submit_time", query->number, &query->statement);
    BindUse("cluster", query->cluster, &query->statement);
    Prepare(SelectJobsSql("WHERE job_id = :job_id AND submit_time = "
                          ":submit_time AND cluster = :cluster"),
            &query->statement);
    by_key_ = std::move(query);
  }
  by_key_->cluster = cluster;
  by_key_->job_id = job_id;
  by_key_->number = submit_time;
  return FetchOne(by_key_.get(), row);
}

std::vector<JobRow> JobTable::FindFollowers(int64_t id) {
  if (cache_ != nullptr) {
    if (cache_->HasNoFollowers(id)) return {};
    cache_->Write();
  }
  if (followers_ == nullptr) {
    auto query = std::make_unique<Query>(session_);
    BindColumns(&query->row, &query->statement);
    BindUse("id", query->number, &query->statement);
    Prepare(SelectJobsSql("WHERE log_owner_id = :id"), &query->statement);
    followers_ = std::move(query);
  }
  followers_->number = id;
  std::vector<JobRow> rows;
  for (bool more = followers_->statement.execute(true); more;
       more = followers_->statement.fetch()) {
    rows.push_back(followers_->row);
  }
  return rows;
}

int64_t JobTable::Add(JobRow&& row) {
  row.id = NextId();
  row.facts |= FactsOf(row);
  row.created_at = now_;
  row.updated_at = now_;
  const int64_t id = row.id;
  if (cache_ != nullptr) cache_->NoteOwner(row);
  inserter_.Add(std::move(row));
  return id;
}

std::vector<size_t> JobTable::Flush() {
  const size_t size = inserter_.size();
  std::vector<size_t> missing = inserter_.Flush();
  size_t next = 0;
  for (size_t i = 0; i < size; ++i) {
    if (next < missing.size() && missing[next] == i) {
      ++next;
    } else {
      counts_.Add(inserter_.row(i));
    }
  }
  return missing;
}

void JobTable::Insert(JobRow* row) {
  Add(JobRow(*row));
  *row = inserter_.row(inserter_.size() - 1);
  if (!Flush().empty()) {
    throw soci::soci_error("a new job is in the table already");
  }
}

int64_t JobTable::NextId() {
  if (last_id_ == 0) {
    last_id_ = ReadLastId(session_, "jobs");
    first_id_ = last_id_;
  }
  return ++last_id_;
}

int64_t JobTable::NextChange() {
  if (last_change_ == 0) last_change_ = ReadLastId(session_, "changes");
  // Numbers follow the time, so that they are new also after the store has been
  // put back to an older copy; and they only grow, however the clock is set.
  last_change_ = std::max(last_change_ + 1, now_);
  return last_change_;
}

void JobTable::Finish() {
  if (cache_ != nullptr) cache_->Write();
  if (last_id_ != first_id_) {
    WriteLastId(session_, "jobs", last_id_);
    first_id_ = last_id_;
  }
  if (last_change_ != 0) WriteLastId(session_, "changes", last_change_);
  counts_.Write(session_);
}

soci::statement* JobTable::UpdateOf(const std::string& assignments) {
  std::unique_ptr<soci::statement>& update = updates_[assignments];
  if (update == nullptr) {
    auto statement = std::make_unique<soci::statement>(session_);
    BindUse("id", written_.id, statement.get());
    BindUse("updated_at", written_.updated_at, statement.get());
    BindUse("change", written_.change, statement.get());
    const std::string list = absl::StrCat(assignments, ",");
    VisitContentColumns(
        written_, written_, [&](const char* name, auto& column, auto&) {
          if (list.find(absl::StrCat(":", name, ",")) == std::string::npos) {
            return;
          }
          BindUse(name, column, statement.get());
        });
    Prepare(absl::StrCat(
                "UPDATE jobs SET ", assignments,
                ", updated_at = :updated_at, change = :change WHERE id = :id"),
            statement.get());
    update = std::move(statement);
  }
  return update.get();
}

bool JobTable::Update(const JobRow& before, JobRow* after) {
  after->facts = FactsOf(*after) | (before.facts & (kSent | kAccepted)) |
                 (after->facts & (kSent | kAccepted));
  const std::string assignments = Assignments(before, *after);
  if (assignments.empty()) return false;
  after->updated_at = now_;
  after->change = NextChange();
  if (cache_ != nullptr) {
    cache_->Put(before, *after);
  } else {
    soci::statement* const update = UpdateOf(assignments);
    written_ = *after;
    update->execute(true);
  }
  counts_.Remove(before);
  counts_.Add(*after);
  return true;
}

}  // namespace smon
