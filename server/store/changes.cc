#include "server/store/changes.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/store/history.h"
#include "server/store/job_table.h"
#include "server/store/replica_table.h"
#include "server/store/shared_log.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

constexpr auto kCopy = [](const char*, auto& to, const auto& from) {
  to = from;
};

// Changes that are prepared for at a time.
constexpr size_t kExpectedAtOnce = 1000;

constexpr int64_t kWaiting = static_cast<int64_t>(Phase::kWaiting);
constexpr int64_t kNoLog = static_cast<int64_t>(Phase::kNoLog);

// `before` is the end_sort that is stored, kFutureMicros if there is none.
int64_t EndSort(const JobRow& row, slurm::JobState state, int64_t before,
                int64_t clock) {
  if (!slurm::IsEnded(state)) return kFutureMicros;
  if (row.end_time.has_value()) return row.end_time.value;
  return before != kFutureMicros ? before : clock;
}

// Applies the changes of one poll, job by job.
class PollWriter {
 public:
  PollWriter(soci::session& session,
             const std::vector<PollChanges::Change>& changes, int64_t clock)
      : changes_(changes),
        clock_(clock),
        table_(session, clock),
        history_(session, clock),
        ids_(changes.size()) {}

  // The ids of the jobs, in order.
  std::vector<int64_t> Apply() {
    for (size_t i = 0; i < changes_.size(); ++i) {
      if (i % kExpectedAtOnce == 0) Expect(i);
      const Job& job = changes_[i].job;
      if (job.id == 0 && job.log_owner_id == 0) {
        Enqueue(i);
      } else {
        if (job.id == 0 || IsQueued(job)) Flush();
        ids_[i] = Merge(changes_[i]);
      }
    }
    Flush();
    table_.Finish();
    history_.Finish();
    return std::move(ids_);
  }

 private:
  // The next changes, from the one with this number.
  void Expect(size_t from) {
    if (!table_.reads_ahead()) return;
    std::vector<int64_t> ids;
    for (size_t i = from; i < std::min(from + kExpectedAtOnce, changes_.size());
         ++i) {
      if (changes_[i].job.id != 0) ids.push_back(changes_[i].job.id);
    }
    table_.Expect(ids);
  }

  // A job that is probably new is not looked for; that costs as much as to
  // store it.
  void Enqueue(size_t i) {
    const PollChanges::Change& change = changes_[i];
    JobRow row = ToRow(change.job);
    row.end_sort = EndSort(row, change.job.record.state, kFutureMicros, clock_);
    if (!change.history.empty()) row.first_seen = ToText(change.history[0]);
    ids_[i] = table_.Add(std::move(row));
    queue_.push_back(i);
    if (table_.queue_is_full()) Flush();
  }

  bool IsQueued(const Job& job) const {
    return std::any_of(queue_.begin(), queue_.end(), [&](size_t i) {
      const Job& queued = changes_[i].job;
      return queued.record.submit_time == job.record.submit_time &&
             queued.record.job_id == job.record.job_id &&
             queued.cluster == job.cluster;
    });
  }

  void Flush() {
    if (queue_.empty()) return;
    std::vector<size_t> queue;
    queue.swap(queue_);
    const std::vector<size_t> stored = table_.Flush();
    if (!stored.empty()) ExpectStored(queue, stored);
    for (const size_t known : stored) {
      ids_[queue[known]] = Merge(changes_[queue[known]]);
      queue[known] = changes_.size();
    }
    for (const size_t i : queue) {
      if (i == changes_.size()) continue;
      for (size_t entry = 1; entry < changes_[i].history.size(); ++entry) {
        history_.Add(ids_[i], HistoryWriter::About::kJob,
                     changes_[i].history[entry]);
      }
    }
  }

  // Those of a queue that are stored already.
  void ExpectStored(const std::vector<size_t>& queue,
                    const std::vector<size_t>& numbers) {
    if (!table_.reads_ahead()) return;
    std::vector<JobCache::Key> keys;
    for (const size_t number : numbers) {
      const Job& job = changes_[queue[number]].job;
      keys.emplace_back(ToText(job.record.job_id),
                        ToMicros(job.record.submit_time), ToText(job.cluster));
    }
    table_.ExpectKeys(keys);
  }

  // Stores a change of a job that may be stored. The job's id.
  int64_t Merge(const PollChanges::Change& change) {
    const JobRow wanted = ToRow(change.job);
    JobRow before;
    const bool stored = Find(wanted, &before);
    JobRow after = before;
    VisitSlurmColumns(after, wanted, kCopy);
    after.end_sort =
        EndSort(wanted, change.job.record.state, before.end_sort, clock_);
    // A caller that does not know of the stored job means to store everything.
    const bool delivery_too = change.delivery_too || change.job.id == 0;
    const bool is_open = before.phase == kWaiting || before.phase == kNoLog;
    if (!stored || (delivery_too && is_open)) {
      VisitDeliveryColumns(after, wanted, kCopy);
    }
    if (!stored) VisitVerdictColumns(after, wanted, kCopy);
    if (!before.is_tracked()) {
      after.track_at = wanted.track_at;
      after.track_attempts = wanted.track_attempts;
    }
    SetOwner(wanted, &after);
    Write(stored, before, &after);
    for (const std::string& text : change.history) {
      history_.Add(after.id, HistoryWriter::About::kJob, text);
    }
    return after.id;
  }

  bool Find(const JobRow& wanted, JobRow* row) {
    return table_.FindByKey(wanted.cluster, wanted.job_id, wanted.submit_time,
                            row) ||
           (wanted.id != 0 && table_.FindById(wanted.id, row));
  }

  void SetOwner(const JobRow& wanted, JobRow* row) {
    row->log_owner_id = wanted.log_owner_id;
    row->log_owner_job_id.clear();
    if (wanted.has_own_log()) return;
    JobRow owner;
    if (FindOwner(&table_, *row, &owner)) {
      Follow(owner, row);
    } else {
      row->log_owner_id = OptionalInt();
    }
  }

  void Write(bool stored, const JobRow& before, JobRow* after) {
    if (!stored) {
      Flush();
      table_.Insert(after);
      return;
    }
    bool shown_changed = before.log_owner_id != after->log_owner_id;
    const auto compare = [&](const char*, const auto& a, const auto& b) {
      if (a != b) shown_changed = true;
    };
    VisitDeliveryColumns(before, *after, compare);
    VisitVerdictColumns(before, *after, compare);
    if (table_.Update(before, after) && shown_changed) {
      UpdateFollowers(&table_, *after);
    }
  }

  const std::vector<PollChanges::Change>& changes_;
  const int64_t clock_;
  JobTable table_;
  HistoryWriter history_;
  std::vector<int64_t> ids_;
  // The changes whose rows the table has queued.
  std::vector<size_t> queue_;
};

void StoreAnswer(soci::session& session, int64_t job,
                 const std::string& answer) {
  // SOCI runs the statement after temporaries of this expression are gone.
  const std::string body = ToText(answer);
  session << "INSERT INTO answers (job_id, body) VALUES (:job, :body) "
             "ON CONFLICT (job_id) DO UPDATE SET body = excluded.body",
      soci::use(job, "job"), soci::use(body, "body");
}

// The history's entry of a verdict that is about to be replaced; empty for
// none.
std::string OldVerdict(const JobRow& row) {
  if (row.action == 0) return "";
  return absl::StrCat("verdict until now: ", row.action_text, ", ",
                      row.verdict_reason);
}

// Which of the changes are claimed. Those that do not say under which number
// need not be.
class Claims {
 public:
  Claims(soci::session& session, const std::vector<DeliveryChange>& changes)
      : session_(session) {
    for (const DeliveryChange& change : changes) {
      if (change.claim != 0) asked_[change.claim].push_back(change.job);
    }
    for (const auto& [number, jobs] : asked_) {
      for (const int64_t job : ReadClaims(session_, number, jobs)) {
        held_.emplace(number, job);
      }
    }
  }

  bool Hold(const DeliveryChange& change) const {
    return change.claim == 0 || held_.count({change.claim, change.job}) > 0;
  }
  void Release() const {
    for (const auto& [number, jobs] : asked_) {
      ReleaseJobs(session_, number, jobs);
    }
  }

 private:
  soci::session& session_;
  std::map<int64_t, std::vector<int64_t>> asked_;
  std::set<std::pair<int64_t, int64_t>> held_;
};

}  // namespace

std::vector<int64_t> ApplyPoll(soci::session& session,
                               const PollChanges& changes, int64_t clock) {
  std::vector<int64_t> ids =
      PollWriter(session, changes.changes, clock).Apply();
  if (changes.accounting_watermark.has_value()) {
    const int64_t watermark = ToMicros(*changes.accounting_watermark);
    const std::string cluster = ToText(changes.cluster);
    session << "INSERT INTO watermarks (cluster, accounting, first) "
               "VALUES (:cluster, :watermark, :watermark) ON CONFLICT "
               "(cluster) DO UPDATE SET accounting = excluded.accounting",
        soci::use(cluster, "cluster"), soci::use(watermark, "watermark");
  }
  return ids;
}

std::vector<bool> ApplyDeliveries(soci::session& session,
                                  const std::vector<DeliveryChange>& changes,
                                  int64_t clock) {
  JobTable table(session, clock);
  HistoryWriter history(session, clock);
  std::vector<bool> written(changes.size());
  std::vector<int64_t> ids;
  for (const DeliveryChange& change : changes) ids.push_back(change.job);
  table.Expect(ids);
  const Claims claims(session, changes);
  for (size_t i = 0; i < changes.size(); ++i) {
    const DeliveryChange& change = changes[i];
    if (!claims.Hold(change)) {
      LogWarning("late answer of a log that another replica has; dropped",
                 {{"job_id", change.job_id}});
      continue;
    }
    JobRow asked;
    JobRow before;
    if (!FindWithOwner(&table, change.job, &asked, &before)) {
      LogWarning("answer for a job that is not stored; dropped",
                 {{"id", change.job}});
      continue;
    }
    if (change.tracking.has_value()) {
      JobRow after = asked;
      SetTracking(*change.tracking, &after);
      table.Update(asked, &after);
      history.Add(asked.id, HistoryWriter::About::kJob, change.history);
      written[i] = true;
      continue;
    }
    if (change.delivery.resubmit_count != before.resubmit_count) {
      history.Add(before.id, HistoryWriter::About::kLog,
                  change.history.empty()
                      ? ""
                      : absl::StrCat(change.history,
                                     " (stale: the log has been resubmitted "
                                     "meanwhile; ignored)"));
      continue;
    }
    JobRow after = before;
    SetDelivery(change.delivery, &after);
    if (change.verdict.has_value()) {
      history.Add(before.id, HistoryWriter::About::kLog, OldVerdict(before));
      SetVerdict(*change.verdict, &after);
      StoreAnswer(session, before.id, change.answer);
    }
    if (table.Update(before, &after)) UpdateFollowers(&table, after);
    history.Add(before.id, HistoryWriter::About::kLog, change.history);
    written[i] = true;
  }
  table.Finish();
  history.Finish();
  claims.Release();
  return written;
}

void MoveOutbox(soci::session& session, int64_t by, int64_t now) {
  // Set forward, what came since would be in the future. Set back, what is due
  // already has nothing to wait for; its budget grows by as much.
  const char* const of_before =
      by > 0 ? "pending_since <= :limit" : "next_attempt > :limit";
  const int64_t limit = by > 0 ? now - by : now;
  session << "UPDATE jobs SET next_attempt = next_attempt + :by, "
             "pending_since = pending_since + :by, "
             "submitted_at = CASE WHEN submitted_at = :never THEN submitted_at "
             "ELSE submitted_at + :by END "
             "WHERE log_owner_id IS NULL AND phase IN (2, 3) AND "
          << of_before,
      soci::use(by, "by"), soci::use(kPastMicros, "never"),
      soci::use(limit, "limit");
}

}  // namespace smon
