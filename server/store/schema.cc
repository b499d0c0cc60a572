#include "server/store/schema.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace smon {
namespace {

// The one word that another database spells differently: a 64-bit key that is
// given out by the database and never used again.
constexpr char kIdColumn[] = "id INTEGER PRIMARY KEY AUTOINCREMENT";

// One run of a job; see JobRow for the columns.
std::string CreateJobs() {
  return absl::StrCat("CREATE TABLE jobs (", kIdColumn, R"sql(,
    cluster TEXT NOT NULL,
    job_id TEXT NOT NULL,
    raw_id BIGINT NOT NULL,
    array_job_id BIGINT NOT NULL,
    array_task_id BIGINT,
    het_job_id BIGINT NOT NULL,
    het_offset BIGINT,
    restart_count BIGINT,
    state TEXT NOT NULL,
    state_text TEXT NOT NULL,
    exit_code BIGINT,
    exit_signal BIGINT,
    reason TEXT NOT NULL,
    submit_time BIGINT NOT NULL,
    start_time BIGINT,
    end_time BIGINT,
    name TEXT NOT NULL,
    user_name TEXT NOT NULL,
    partition_name TEXT NOT NULL,
    work_dir TEXT NOT NULL,
    is_batch BIGINT,
    batch_host TEXT NOT NULL,
    stdout_pattern TEXT NOT NULL,
    submit_line TEXT NOT NULL,
    log_path TEXT NOT NULL,
    log_source TEXT NOT NULL,
    log_problem TEXT NOT NULL,
    log_error TEXT NOT NULL,
    log_owner_id BIGINT REFERENCES jobs (id),
    log_owner_job_id TEXT NOT NULL,
    end_sort BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    problem BIGINT NOT NULL,
    submit_attempts BIGINT NOT NULL,
    result_attempts BIGINT NOT NULL,
    next_attempt BIGINT NOT NULL,
    pending_since BIGINT NOT NULL,
    submitted_at BIGINT NOT NULL,
    error TEXT NOT NULL,
    resubmit_count BIGINT NOT NULL,
    action BIGINT NOT NULL,
    action_text TEXT NOT NULL,
    verdict_reason TEXT NOT NULL,
    verdict_source TEXT NOT NULL,
    verdict_mode TEXT NOT NULL,
    fetched_at BIGINT NOT NULL,
    facts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (job_id, submit_time, cluster)))sql");
}

Migration Version1() {
  return {
      CreateJobs(),
      "CREATE INDEX jobs_by_submit_time ON jobs (submit_time, id)",
      "CREATE INDEX jobs_by_end ON jobs (end_sort, id)",
      "CREATE INDEX jobs_by_state ON jobs (state, submit_time, id)",
      "CREATE INDEX jobs_by_user ON jobs (user_name, submit_time, id)",
      "CREATE INDEX jobs_by_phase ON jobs (phase, submit_time, id)",
      "CREATE INDEX jobs_by_action ON jobs (action, submit_time, id) "
      "WHERE action <> 0",
      // The outbox, which is small, however many jobs there are.
      "CREATE INDEX jobs_due ON jobs (phase, next_attempt, id) "
      "WHERE log_owner_id IS NULL AND phase IN (2, 3)",
      "CREATE INDEX jobs_by_log_owner ON jobs (log_owner_id) "
      "WHERE log_owner_id IS NOT NULL",
      // Holds all that CountJobs reads.
      "CREATE INDEX jobs_for_counts ON jobs (state, phase, problem, facts)",

      // of_log: told of the log, so of all jobs that share it.
      R"sql(CREATE TABLE history (
        job_id BIGINT NOT NULL REFERENCES jobs (id),
        seq BIGINT NOT NULL,
        time BIGINT NOT NULL,
        of_log BIGINT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (job_id, seq)))sql",

      // attrsvc's raw answers, by the job whose log it is.
      R"sql(CREATE TABLE answers (
        job_id BIGINT NOT NULL PRIMARY KEY REFERENCES jobs (id),
        body TEXT NOT NULL))sql",

      // How far accounting has been read.
      R"sql(CREATE TABLE watermarks (
        cluster TEXT NOT NULL PRIMARY KEY,
        accounting BIGINT NOT NULL))sql",
  };
}

Migration Version2() {
  return {
      "ALTER TABLE jobs ADD COLUMN log_shared BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE jobs ADD COLUMN urgent BIGINT NOT NULL DEFAULT 0",
      // A job that has just come has this and no row in history.
      "ALTER TABLE jobs ADD COLUMN first_seen TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE jobs ADD COLUMN track_at BIGINT NOT NULL "
      "DEFAULT 9223372036854775807",
      "ALTER TABLE jobs ADD COLUMN track_attempts BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE watermarks ADD COLUMN first BIGINT NOT NULL DEFAULT 0",
      "UPDATE watermarks SET first = accounting",
      // Every delivery that ended without a verdict says what kind of trouble
      // it was; only part of them did.
      "UPDATE jobs SET problem = 7 WHERE phase = 5",
      "UPDATE jobs SET problem = 5 WHERE phase = 6 AND problem = 0",
      "UPDATE jobs SET problem = 6 WHERE phase = 7 AND problem = 0",

      // The last id that was given to a job. Ids are never used again.
      "CREATE TABLE last_ids (name TEXT NOT NULL PRIMARY KEY, "
      "id BIGINT NOT NULL)",
      "INSERT INTO last_ids (name, id) "
      "SELECT 'jobs', COALESCE(MAX(id), 0) FROM jobs",

      // How many jobs there are of each kind, kept with each change.
      R"sql(CREATE TABLE job_counts (
        state TEXT NOT NULL,
        phase BIGINT NOT NULL,
        problem BIGINT NOT NULL,
        facts BIGINT NOT NULL,
        jobs BIGINT NOT NULL,
        PRIMARY KEY (state, phase, problem, facts)))sql",
      "INSERT INTO job_counts (state, phase, problem, facts, jobs) "
      "SELECT state, phase, problem, facts, COUNT(*) FROM jobs "
      "GROUP BY state, phase, problem, facts",

      // What was asked for under a request id, and what came of it; see
      // request_table.h.
      absl::StrCat("CREATE TABLE requests (", kIdColumn, R"sql(,
        request_id TEXT NOT NULL UNIQUE,
        arguments TEXT NOT NULL,
        time BIGINT NOT NULL,
        job BIGINT NOT NULL,
        resubmitted BIGINT NOT NULL,
        already_pending BIGINT NOT NULL,
        not_ended BIGINT NOT NULL,
        no_log BIGINT NOT NULL,
        shared_log BIGINT NOT NULL,
        jobs_left BIGINT NOT NULL,
        job_ids TEXT NOT NULL))sql"),
      // The jobs that a request has still to do, in order. They may be removed
      // before it comes to them.
      R"sql(CREATE TABLE request_jobs (
        request BIGINT NOT NULL REFERENCES requests (id),
        seq BIGINT NOT NULL,
        job BIGINT NOT NULL,
        PRIMARY KEY (request, seq)))sql",

      // A waiting job (phase 1) is in two indexes, one of which holds what
      // lists are filtered by, and enters the others when it stops waiting:
      // Slurm may tell of 100,000 new jobs at a time, and each index more costs
      // a tenth of all. Lists are made of both halves; see job_query.cc.
      "DROP INDEX jobs_by_submit_time",
      "DROP INDEX jobs_by_end",
      "DROP INDEX jobs_by_state",
      "DROP INDEX jobs_by_user",
      "DROP INDEX jobs_by_phase",
      "DROP INDEX jobs_by_action",
      "DROP INDEX jobs_due",
      "DROP INDEX jobs_for_counts",
      "CREATE INDEX jobs_waiting ON jobs "
      "(submit_time, id, state, user_name, phase) "
      "WHERE phase = 1",
      "CREATE INDEX jobs_waiting_by_end ON jobs (end_sort, id) "
      "WHERE phase = 1",
      "CREATE INDEX jobs_by_submit_time ON jobs (submit_time, id) "
      "WHERE phase <> 1",
      // Each also holds the other time, so that the list of what ended since a
      // time, or in the order of the ends, reads one index and no rows, in
      // whichever order the index is.
      "CREATE INDEX jobs_by_end ON jobs (end_sort, id, submit_time) "
      "WHERE phase <> 1",
      "CREATE INDEX jobs_by_state ON jobs (state, submit_time, id, end_sort) "
      "WHERE phase <> 1",
      "CREATE INDEX jobs_by_user ON jobs (user_name, submit_time, id, "
      "end_sort) WHERE phase <> 1",
      "CREATE INDEX jobs_by_phase ON jobs (phase, submit_time, id, end_sort) "
      "WHERE phase <> 1",
      "CREATE INDEX jobs_by_action ON jobs (action, submit_time, id, end_sort) "
      "WHERE phase <> 1 AND action <> 0",
      "CREATE INDEX jobs_by_problem ON jobs (problem, submit_time, id, "
      "end_sort) WHERE phase <> 1 AND problem <> 0",
      "CREATE INDEX jobs_due ON jobs (phase, urgent, next_attempt, id) "
      "WHERE log_owner_id IS NULL AND phase IN (2, 3)",
      // Empty where running jobs are not tracked.
      "CREATE INDEX jobs_to_track ON jobs (track_at, id) "
      "WHERE phase = 1 AND track_at < 9223372036854775807",
      // Jobs whose delivery is over, for their removal; see job_remover.cc.
      "CREATE INDEX jobs_over ON jobs (end_sort, id) "
      "WHERE phase IN (4, 5, 6, 7)",
  };
}

Migration Version3() {
  return {
      // To see whether a row is in an index that lists more than two values,
      // SQLite builds a table of them for each row that it writes.
      "DROP INDEX jobs_over",
      "CREATE INDEX jobs_over ON jobs (end_sort, id) WHERE phase >= 4",
      // The number of the job's last change, 0 while it is as it came; see
      // job_changes.h. A job that has just come enters no index for it.
      "ALTER TABLE jobs ADD COLUMN change BIGINT NOT NULL DEFAULT 0",
      "INSERT INTO last_ids (name, id) VALUES ('changes', 0)",
      "CREATE INDEX jobs_by_change ON jobs (change) WHERE change > 0",
      // In hexadecimal; see key_table.h.
      "CREATE TABLE keys (name TEXT NOT NULL PRIMARY KEY, "
      "value TEXT NOT NULL)",
  };
}

}  // namespace

const std::vector<Migration>& Migrations() {
  static const auto* const migrations =
      new std::vector<Migration>{Version1(), Version2(), Version3()};
  return *migrations;
}

int SchemaVersion(soci::session& session) {
  std::vector<std::string> tables(100);
  session.get_table_names(), soci::into(tables);
  if (std::find(tables.begin(), tables.end(), "schema_version") ==
      tables.end()) {
    return 0;
  }
  int version = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM schema_version",
      soci::into(version);
  return version;
}

absl::Status CheckVersion(soci::session& session,
                          const std::vector<Migration>& migrations) {
  const int version = SchemaVersion(session);
  const int known = static_cast<int>(migrations.size());
  if (version <= known) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("its schema has version ", version, ", this smonsvc knows ",
                   known, " at most; use a newer smonsvc, or another --store"));
}

absl::Status Migrate(soci::session& session,
                     const std::vector<Migration>& migrations) {
  SMON_RETURN_IF_ERROR(CheckVersion(session, migrations));
  const int from = SchemaVersion(session);
  if (from == 0) {
    session << "CREATE TABLE schema_version (version BIGINT NOT NULL)";
  }
  const int to = static_cast<int>(migrations.size());
  for (int version = from + 1; version <= to; ++version) {
    for (const std::string& sql : migrations[version - 1]) session << sql;
    session << "INSERT INTO schema_version (version) VALUES (:version)",
        soci::use(version);
  }
  return absl::OkStatus();
}

}  // namespace smon
