"""What is in smonsvc's store, read as another program would.

Reads a copy while the service is dead: opening the file itself would recover it,
which is for the service to do.
"""

import collections
import contextlib
import os
import shutil
import sqlite3
import tempfile

# Of server/monitor/job.h.
COMPLETED = 4

# One run. `sent`: an answer that attrsvc took the log is stored. `answer`: attrsvc's raw one.
StoredRun = collections.namedtuple("StoredRun", "state phase log has_own_log sent error answer")


class StoreCopy:
    """runs: {(job id, submit time): StoredRun}; watermark: of accounting, None at first."""

    def __init__(self, runs, watermark):
        self.runs = runs
        self.watermark = watermark

    def sent(self):
        """{log path: logs of that path that attrsvc is known to have taken}"""
        owners = (run for run in self.runs.values() if run.has_own_log and run.sent)
        return collections.Counter(run.log for run in owners)


def read_stopped(path):
    """The store of a service that does not run."""
    if not os.path.exists(path):
        return StoreCopy({}, None)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        for suffix in ("", "-wal", "-journal"):
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, os.path.join(folder, "smon.db" + suffix))
        return _read(os.path.join(folder, "smon.db"))


def read_running(path):
    """The store of a service that runs."""
    return _read("file:%s?mode=ro" % path)


def set_back_watermark(path, seconds):
    """As if the service, which does not run, had last read accounting that much earlier."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE watermarks SET accounting = accounting - ?", (int(seconds * 1e6),))


def _read(path):
    with contextlib.closing(sqlite3.connect(path, uri=True, timeout=30)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
            return StoreCopy({}, None)
        database.execute("BEGIN")  # one state of it
        rows = database.execute(
            "SELECT jobs.job_id, submit_time, state, phase, log_path, log_owner_id IS NULL,"
            " submitted_at > 0, error, answers.body"
            " FROM jobs LEFT JOIN answers ON answers.job_id = COALESCE(log_owner_id, id)"
        ).fetchall()
        watermark = database.execute("SELECT MAX(accounting) / 1e6 FROM watermarks").fetchone()[0]
    return StoreCopy({(row[0], row[1] // 1000000): StoredRun(*row[2:]) for row in rows}, watermark)
