-- A store of schema version 6, as sqlite3's .dump prints it.
PRAGMA application_id=1936551790;
BEGIN TRANSACTION;
CREATE TABLE schema_version (version BIGINT NOT NULL);
INSERT INTO schema_version VALUES(1);
INSERT INTO schema_version VALUES(2);
INSERT INTO schema_version VALUES(3);
INSERT INTO schema_version VALUES(4);
INSERT INTO schema_version VALUES(5);
INSERT INTO schema_version VALUES(6);
CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    updated_at BIGINT NOT NULL, log_shared BIGINT NOT NULL DEFAULT 0, urgent BIGINT NOT NULL DEFAULT 0, first_seen TEXT NOT NULL DEFAULT '', track_at BIGINT NOT NULL DEFAULT 9223372036854775807, track_attempts BIGINT NOT NULL DEFAULT 0, change BIGINT NOT NULL DEFAULT 0,
    UNIQUE (job_id, submit_time, cluster));
INSERT INTO jobs VALUES(3,'alps','runs',77,7,3,5,1,2,'RUNNING','',4,9,'why',1600000000000000,1600000001000000,NULL,'train','alice','gpu','/home',1,'node1','%j.out','sbatch a','','squeue','','',NULL,'',9223372036854775807,1,0,1,2,9223372036854775807,1600000100000000,-9223372036854775808,'',0,0,'','oom','analyzer','single',-9223372036854775808,0,1600000000000000,1600000400000000,0,0,'',9223372036854775807,0,0);
INSERT INTO jobs VALUES(5,'alps','done',77,7,3,5,1,2,'FAILED','',4,9,'why',1600000000000000,1600000001000000,1600000100000000,'train','alice','gpu','/home',1,'node1','%j.out','sbatch a','/logs/done','squeue','','',NULL,'',1600000100000000,4,0,1,2,9223372036854775807,1600000100000000,1600000200000000,'',6,1,'STOP','oom','analyzer','single',1600000300000000,15,1600000000000000,1600000400000000,0,0,'',9223372036854775807,0,1600000400000000);
INSERT INTO jobs VALUES(6,'alps','done+1',77,7,3,5,1,2,'FAILED','',4,9,'why',1600000000000000,1600000001000000,1600000100000000,'train','alice','gpu','/home',1,'node1','%j.out','sbatch a','/logs/done','squeue','','',5,'done',1600000100000000,4,0,1,2,9223372036854775807,1600000100000000,1600000200000000,'',6,1,'STOP','oom','analyzer','single',1600000300000000,15,1600000000000000,1600000400000000,0,0,'',9223372036854775807,0,0);
INSERT INTO jobs VALUES(9,'alps','due',77,7,3,5,1,2,'COMPLETED','',4,9,'why',1600000050000000,1600000001000000,1600000100000000,'train','alice','gpu','/home',1,'node1','%j.out','sbatch a','/logs/due','squeue','','',NULL,'',1600000100000000,2,0,1,2,1600000150000000,1600000100000000,-9223372036854775808,'',0,0,'','oom','analyzer','single',-9223372036854775808,1,1600000000000000,1600000400000000,0,0,'',9223372036854775807,0,0);
CREATE TABLE history (
        job_id BIGINT NOT NULL REFERENCES jobs (id),
        seq BIGINT NOT NULL,
        time BIGINT NOT NULL,
        of_log BIGINT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (job_id, seq));
INSERT INTO history VALUES(5,1,1600000000000000,0,'seen');
INSERT INTO history VALUES(5,2,1600000300000000,1,'verdict STOP');
CREATE TABLE answers (
        job_id BIGINT NOT NULL PRIMARY KEY REFERENCES jobs (id),
        body TEXT NOT NULL);
INSERT INTO answers VALUES(5,'{"a":1}');
CREATE TABLE watermarks (
        cluster TEXT NOT NULL PRIMARY KEY,
        accounting BIGINT NOT NULL, first BIGINT NOT NULL DEFAULT 0);
INSERT INTO watermarks VALUES('alps',1600000077000000,1600000077000000);
CREATE TABLE last_ids (name TEXT NOT NULL PRIMARY KEY, id BIGINT NOT NULL);
INSERT INTO last_ids VALUES('jobs',9);
INSERT INTO last_ids VALUES('changes',1600000400000000);
CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT,
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
        job_ids TEXT NOT NULL);
CREATE TABLE request_jobs (
        request BIGINT NOT NULL REFERENCES requests (id),
        seq BIGINT NOT NULL,
        job BIGINT NOT NULL,
        PRIMARY KEY (request, seq));
CREATE TABLE keys (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE job_counts (
        cluster TEXT NOT NULL,
        state TEXT NOT NULL,
        phase BIGINT NOT NULL,
        problem BIGINT NOT NULL,
        facts BIGINT NOT NULL,
        jobs BIGINT NOT NULL,
        PRIMARY KEY (cluster, state, phase, problem, facts));
INSERT INTO job_counts VALUES('alps','COMPLETED',2,0,1,1);
INSERT INTO job_counts VALUES('alps','FAILED',4,0,15,2);
INSERT INTO job_counts VALUES('alps','RUNNING',1,0,0,1);
CREATE TABLE replicas (id INTEGER PRIMARY KEY AUTOINCREMENT,
        replica_id TEXT NOT NULL,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        version TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        seen_at BIGINT NOT NULL);
CREATE TABLE leases (id INTEGER PRIMARY KEY AUTOINCREMENT,
        cluster TEXT NOT NULL UNIQUE,
        replica BIGINT NOT NULL REFERENCES replicas (id) ON DELETE CASCADE);
CREATE TABLE claims (
        job BIGINT NOT NULL PRIMARY KEY,
        replica BIGINT NOT NULL REFERENCES replicas (id) ON DELETE CASCADE);
CREATE TABLE notices (id INTEGER PRIMARY KEY AUTOINCREMENT,
        cluster TEXT NOT NULL,
        job_id TEXT NOT NULL);
CREATE TABLE cluster_notes (
    cluster TEXT NOT NULL PRIMARY KEY,
    token BIGINT NOT NULL,
    note TEXT NOT NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('jobs',9);
CREATE INDEX jobs_by_log_owner ON jobs (log_owner_id) WHERE log_owner_id IS NOT NULL;
CREATE INDEX jobs_waiting ON jobs (submit_time, id, state, user_name, phase) WHERE phase = 1;
CREATE INDEX jobs_waiting_by_end ON jobs (end_sort, id) WHERE phase = 1;
CREATE INDEX jobs_by_submit_time ON jobs (submit_time, id) WHERE phase <> 1;
CREATE INDEX jobs_by_end ON jobs (end_sort, id, submit_time) WHERE phase <> 1;
CREATE INDEX jobs_by_state ON jobs (state, submit_time, id, end_sort) WHERE phase <> 1;
CREATE INDEX jobs_by_user ON jobs (user_name, submit_time, id, end_sort) WHERE phase <> 1;
CREATE INDEX jobs_by_phase ON jobs (phase, submit_time, id, end_sort) WHERE phase <> 1;
CREATE INDEX jobs_by_action ON jobs (action, submit_time, id, end_sort) WHERE phase <> 1 AND action <> 0;
CREATE INDEX jobs_by_problem ON jobs (problem, submit_time, id, end_sort) WHERE phase <> 1 AND problem <> 0;
CREATE INDEX jobs_due ON jobs (phase, urgent, next_attempt, id) WHERE log_owner_id IS NULL AND phase IN (2, 3);
CREATE INDEX jobs_to_track ON jobs (track_at, id) WHERE phase = 1 AND track_at < 9223372036854775807;
CREATE INDEX jobs_by_change ON jobs (change) WHERE change > 0;
CREATE INDEX jobs_over ON jobs (cluster, end_sort, id) WHERE phase >= 4;
CREATE INDEX leases_by_replica ON leases (replica);
CREATE INDEX claims_by_replica ON claims (replica);
COMMIT;
