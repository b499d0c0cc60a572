#include "server/store/job_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/arrays.h"
#include "server/store/bind.h"
#include "server/store/job_select.h"

namespace smon {
namespace {

// Rows that a statement writes.
constexpr size_t kBatch = 500;

using Columns = uint64_t;

JobCache::Key KeyOf(const JobRow& row) {
  return {row.job_id, row.submit_time, row.cluster};
}

// A bit for each content column that differs.
Columns Differences(const JobRow& a, const JobRow& b) {
  Columns columns = 0;
  Columns bit = 1;
  VisitContentColumns(a, b, [&](const char*, const auto& a, const auto& b) {
    if (a != b) columns |= bit;
    bit <<= 1;
  });
  return columns;
}

// "a = given.a, …" for the columns.
std::string Assignments(Columns columns) {
  std::string out = "updated_at = given.updated_at, change = given.change";
  const JobRow row;
  Columns bit = 1;
  VisitContentColumns(row, row,
                      [&](const char* name, const auto&, const auto&) {
                        if ((columns & bit) != 0) {
                          absl::StrAppend(&out, ", ", name, " = given.", name);
                        }
                        bit <<= 1;
                      });
  return out;
}

void AddRow(const JobRow& row, Columns columns, Arrays* given) {
  given->Add("id", row.id);
  given->Add("updated_at", row.updated_at);
  given->Add("change", row.change);
  Columns bit = 1;
  VisitContentColumns(row, row,
                      [&](const char* name, const auto& value, const auto&) {
                        if ((columns & bit) != 0) given->Add(name, value);
                        bit <<= 1;
                      });
  given->EndRow();
}

}  // namespace

void JobCache::Forget() {
  Write();
  entries_.clear();
  by_key_.clear();
  asked_.clear();
  owners_.clear();
}

void JobCache::LoadIds(const std::vector<int64_t>& ids) {
  Forget();
  if (ids.empty()) return;
  Arrays given;
  for (const int64_t id : ids) {
    given.Add("given_id", id);
    given.EndRow();
  }
  Load(absl::StrCat("JOIN ", given.table(), " ON id = given_id"), given);
}

void JobCache::LoadKeys(const std::vector<Key>& keys) {
  Write();
  if (keys.empty()) return;
  Arrays given;
  for (const Key& key : keys) {
    given.Add("given_job", std::get<0>(key));
    given.Add("given_time", std::get<1>(key));
    given.Add("given_cluster", std::get<2>(key));
    given.EndRow();
  }
  Load(absl::StrCat("JOIN ", given.table(),
                    " ON job_id = given_job AND submit_time = given_time AND "
                    "cluster = given_cluster"),
       given);
}

void JobCache::Load(const std::string& rest, const Arrays& given) {
  JobRow row;
  {
    soci::statement select(session_);
    BindColumns(&row, &select);
    given.BindTo(&select);
    PrepareOnce(SelectJobsSql(rest), &select);
    for (bool more = select.execute(true); more; more = select.fetch()) {
      by_key_[KeyOf(row)] = row.id;
      asked_.insert(row.id);
      entries_[row.id] = {row, row};
    }
  }
  if (asked_.empty()) return;
  Arrays ids;
  for (const int64_t id : asked_) {
    ids.Add("given_id", id);
    ids.EndRow();
  }
  int64_t owner = 0;
  soci::statement select(session_);
  BindInto(owner, &select);
  ids.BindTo(&select);
  PrepareOnce(
      absl::StrCat("SELECT given_id FROM ", ids.table(),
                   " WHERE EXISTS (SELECT 1 FROM jobs WHERE log_owner_id "
                   "IS NOT NULL AND log_owner_id = given_id)"),
      &select);
  for (bool more = select.execute(true); more; more = select.fetch()) {
    owners_.insert(owner);
  }
}

const JobRow* JobCache::FindById(int64_t id) const {
  const auto entry = entries_.find(id);
  return entry != entries_.end() ? &entry->second.row : nullptr;
}

const JobRow* JobCache::FindByKey(const Key& key) const {
  const auto id = by_key_.find(key);
  return id != by_key_.end() ? FindById(id->second) : nullptr;
}

bool JobCache::HasNoFollowers(int64_t id) const {
  return asked_.contains(id) && !owners_.contains(id);
}

void JobCache::NoteOwner(const JobRow& row) {
  if (!row.has_own_log()) owners_.insert(row.log_owner_id.value);
}

void JobCache::Put(const JobRow& before, const JobRow& after) {
  NoteOwner(after);
  const auto [place, is_new] = entries_.try_emplace(after.id);
  Entry& entry = place->second;
  if (is_new) entry.stored = before;
  entry.row = after;
  if (!entry.dirty) dirty_.push_back(after.id);
  entry.dirty = true;
  if (KeyOf(before) != KeyOf(after)) {
    // Another job may come to have the key that this one had.
    Forget();
  } else if (is_new) {
    by_key_[KeyOf(after)] = after.id;
  }
}

void JobCache::Write() {
  for (size_t from = 0; from < dirty_.size(); from += kBatch) {
    const size_t to = std::min(from + kBatch, dirty_.size());
    Columns columns = 0;
    for (size_t i = from; i < to; ++i) {
      const Entry& entry = entries_.at(dirty_[i]);
      columns |= Differences(entry.stored, entry.row);
    }
    Arrays given;
    for (size_t i = from; i < to; ++i) {
      Entry& entry = entries_.at(dirty_[i]);
      AddRow(entry.row, columns, &given);
      entry.stored = entry.row;
      entry.dirty = false;
    }
    given.Run(session_,
              absl::StrCat("UPDATE jobs SET ", Assignments(columns), " FROM ",
                           given.table(), " WHERE jobs.id = given.id"));
  }
  dirty_.clear();
}

}  // namespace smon
