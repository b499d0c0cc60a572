#include "server/store/history.h"

#include <algorithm>

namespace smon {
namespace {

constexpr int64_t kMostEntries = 100;

}  // namespace

HistoryWriter::HistoryWriter(soci::session& session, int64_t now)
    : time_(now),
      next_seq_((session.prepare
                     << "SELECT COALESCE(MAX(seq), 0) + 1 FROM history "
                        "WHERE job_id = :job",
                 soci::into(seq_), soci::use(job_, "job"))),
      insert_((session.prepare
                   << "INSERT INTO history (job_id, seq, time, of_log, text) "
                      "VALUES (:job, :seq, :time, :of_log, :text)",
               soci::use(job_, "job"), soci::use(seq_, "seq"),
               soci::use(time_, "time"), soci::use(of_log_, "of_log"),
               soci::use(text_, "text"))),
      prune_((session.prepare
                  << "DELETE FROM history WHERE job_id = :job AND seq < :seq",
              soci::use(job_, "job"), soci::use(oldest_kept_, "seq"))) {}

void HistoryWriter::Add(int64_t job, About about, absl::string_view text) {
  if (text.empty()) return;
  job_ = job;
  next_seq_.execute(true);
  of_log_ = static_cast<int64_t>(about);
  text_ = ToText(text);
  insert_.execute(true);
  if (seq_ > kMostEntries) {
    oldest_kept_ = seq_ - kMostEntries + 1;
    prune_.execute(true);
  }
}

std::vector<HistoryEntry> ReadHistory(soci::session& session,
                                      const JobRow& job) {
  const int64_t owner =
      job.log_owner_id.has_value() ? job.log_owner_id.value : job.id;
  int64_t time = 0;
  std::string text;
  soci::statement select =
      (session.prepare
           << "SELECT time, text FROM history WHERE job_id = :job OR (job_id = "
              ":owner AND of_log = 1) ORDER BY time DESC, seq DESC LIMIT :most",
       soci::into(time), soci::into(text), soci::use(job.id, "job"),
       soci::use(owner, "owner"), soci::use(kMostEntries, "most"));
  std::vector<HistoryEntry> entries;
  for (bool more = select.execute(true); more; more = select.fetch()) {
    entries.push_back({FromMicros(time), text});
  }
  std::reverse(entries.begin(), entries.end());
  if (job.first_seen.empty()) return entries;
  const absl::Time first = FromMicros(job.created_at);
  const auto place =
      std::find_if(entries.begin(), entries.end(),
                   [&](const HistoryEntry& e) { return e.time >= first; });
  if (place == entries.begin() && entries.size() == kMostEntries) {
    return entries;
  }
  entries.insert(place, {first, job.first_seen});
  if (entries.size() > kMostEntries) entries.erase(entries.begin());
  return entries;
}

}  // namespace smon
