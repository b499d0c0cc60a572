#include "server/store/history.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/store/arrays.h"
#include "server/store/dialect.h"

namespace smon {
namespace {

constexpr int64_t kMostEntries = 100;
// Entries that a statement writes.
constexpr size_t kBatch = 1000;

}  // namespace

struct HistoryWriter::Statements {
  Statements(soci::session& session, const int64_t& time)
      : next_seq((session.prepare
                      << "SELECT COALESCE(MAX(seq), 0) + 1 FROM history "
                         "WHERE job_id = :job",
                  soci::into(seq), soci::use(job, "job"))),
        insert((session.prepare
                    << "INSERT INTO history (job_id, seq, time, of_log, text) "
                       "VALUES (:job, :seq, :time, :of_log, :text)",
                soci::use(job, "job"), soci::use(seq, "seq"),
                soci::use(time, "time"), soci::use(of_log, "of_log"),
                soci::use(text, "text"))),
        prune((session.prepare
                   << "DELETE FROM history WHERE job_id = :job AND seq < :seq",
               soci::use(job, "job"), soci::use(oldest_kept, "seq"))) {}

  // What they are bound to.
  int64_t job = 0;
  int64_t seq = 0;
  int64_t of_log = 0;
  std::string text;
  int64_t oldest_kept = 0;
  soci::statement next_seq;
  soci::statement insert;
  soci::statement prune;
};

HistoryWriter::HistoryWriter(soci::session& session, int64_t now)
    : session_(session), queues_(IsPostgresql(session)), time_(now) {}

HistoryWriter::~HistoryWriter() = default;

void HistoryWriter::Add(int64_t job, About about, absl::string_view text) {
  if (text.empty()) return;
  Entry entry = {job, static_cast<int64_t>(about), ToText(text)};
  if (!queues_) {
    Write(std::move(entry));
    return;
  }
  queue_.push_back(std::move(entry));
  if (queue_.size() == kBatch) Finish();
}

void HistoryWriter::Write(Entry entry) {
  if (statements_ == nullptr) {
    statements_ = std::make_unique<Statements>(session_, time_);
  }
  Statements& run = *statements_;
  run.job = entry.job;
  run.next_seq.execute(true);
  run.of_log = entry.of_log;
  run.text = std::move(entry.text);
  run.insert.execute(true);
  if (run.seq > kMostEntries) {
    run.oldest_kept = run.seq - kMostEntries + 1;
    run.prune.execute(true);
  }
}

void HistoryWriter::Finish() {
  if (queue_.empty()) return;
  absl::flat_hash_map<int64_t, int64_t> entries_of;
  Arrays given;
  Arrays jobs;
  for (const Entry& entry : queue_) {
    int64_t& number = entries_of[entry.job];
    given.Add("job_id", entry.job);
    given.Add("seq", ++number);
    given.Add("of_log", entry.of_log);
    given.Add("text", entry.text);
    given.EndRow();
    if (number > 1) continue;
    jobs.Add("job_id", entry.job);
    jobs.EndRow();
  }
  queue_.clear();
  given.Run(
      session_,
      absl::StrCat("INSERT INTO history (job_id, seq, time, of_log, text) "
                   "SELECT job_id, seq + COALESCE((SELECT MAX(h.seq) "
                   "FROM history AS h WHERE h.job_id = given.job_id), 0), ",
                   time_, ", of_log, text FROM ", given.table()));
  jobs.Run(session_,
           absl::StrCat("DELETE FROM history USING (SELECT given.job_id, "
                        "(SELECT MAX(h.seq) FROM history AS h WHERE h.job_id = "
                        "given.job_id) AS last FROM ",
                        jobs.table(),
                        ") AS newest WHERE history.job_id = newest.job_id AND "
                        "history.seq <= newest.last - ",
                        kMostEntries));
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
