"""What is in a store on PostgreSQL, and a witness in the database of what was done to it."""

import collections
import json

from testing.chaos.store_copy import COMPLETED, StoreCopy, StoredRun

# What its triggers see, by the database's clock, is in a schema of its own.
_WITNESS = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.phases (at double precision, job bigint, before bigint, after bigint);
CREATE TABLE chaos.answers (at double precision, job bigint, body text);
CREATE FUNCTION chaos.note_phase() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO chaos.phases VALUES (extract(epoch FROM clock_timestamp()), NEW.id, OLD.phase, NEW.phase);
  RETURN NULL;
END $$;
CREATE FUNCTION chaos.note_answer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO chaos.answers VALUES (extract(epoch FROM clock_timestamp()), NEW.job_id, NEW.body);
  RETURN NULL;
END $$;
CREATE TRIGGER chaos AFTER UPDATE OF phase ON jobs FOR EACH ROW
  WHEN (OLD.phase <> NEW.phase) EXECUTE FUNCTION chaos.note_phase();
CREATE TRIGGER chaos AFTER INSERT OR UPDATE ON answers FOR EACH ROW EXECUTE FUNCTION chaos.note_answer();
"""

# Who polls, by the name that a replica was given.
_LEASE_WITNESS = """
CREATE TABLE chaos.leases (at double precision, holder text);
CREATE FUNCTION chaos.note_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO chaos.leases SELECT extract(epoch FROM clock_timestamp()),
    CASE WHEN TG_OP <> 'DELETE' THEN (SELECT name FROM replicas WHERE id = NEW.replica) END;
  RETURN NULL;
END $$;
CREATE TRIGGER chaos AFTER INSERT OR UPDATE OR DELETE ON leases FOR EACH ROW
  EXECUTE FUNCTION chaos.note_lease();
INSERT INTO chaos.leases SELECT 0, replicas.name FROM leases JOIN replicas ON replicas.id = leases.replica;
"""

# One statement, so one state of it.
_READ = """
SELECT json_build_object(
  'runs', (SELECT json_agg(json_build_array(
      jobs.job_id, submit_time, state, phase, log_path, log_owner_id IS NULL, submitted_at > 0, error,
      answers.body))
    FROM jobs LEFT JOIN answers ON answers.job_id = COALESCE(log_owner_id, id)),
  'watermark', (SELECT MAX(accounting) / 1e6 FROM watermarks))
"""

_UNDONE = "SELECT COALESCE(json_agg(json_build_array(job, after)), '[]') FROM chaos.phases WHERE before = %d"
_LEASES = "SELECT COALESCE(json_agg(json_build_array(at, holder) ORDER BY at), '[]') FROM chaos.leases"
_ANSWERS = "SELECT COALESCE(json_agg(json_build_array(job, body) ORDER BY at), '[]') FROM chaos.answers"

# Deliveries that were over and were not any more; [(job, phase then)].
# All answers that a job ever had; {job: [body]}.
Witnessed = collections.namedtuple("Witnessed", "undone answers")


class SharedStore:
    def __init__(self, database):
        self._database = database

    def watch(self):
        """Sets the witness on tables that are there."""
        self._database.execute(_WITNESS)
        if self._has_leases():
            self._database.execute(_LEASE_WITNESS)

    def leases(self):
        """[(time, name of the replica that polls from then on, or None)], for one cluster."""
        return [tuple(row) for row in json.loads(self._database.execute(_LEASES))] if self._has_leases() else []

    def _has_leases(self):
        return self._database.execute("SELECT to_regclass('leases') IS NOT NULL") == "t"

    def read(self):
        """One state of it, as a StoreCopy."""
        found = json.loads(self._database.execute(_READ))
        runs = {(row[0], row[1] // 1000000): StoredRun(*row[2:]) for row in found["runs"] or []}
        return StoreCopy(runs, found["watermark"])

    def witnessed(self):
        answers = collections.defaultdict(list)
        for job, body in json.loads(self._database.execute(_ANSWERS)):
            answers[job].append(body)
        undone = json.loads(self._database.execute(_UNDONE % COMPLETED))
        return Witnessed([tuple(row) for row in undone], answers)
