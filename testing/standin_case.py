"""What the end-to-end tests on the stand-ins have in common: a cluster, a user's jobs.

    class DeliveryTest(StandinCase):
        def test_a_log_is_sent_once(self):
            attrsvc = self.start_attrsvc()
            service = self.start_service(attrsvc.url)
            self.add_ended_job(1)
            service.wait_until_phase(["1"])
"""

import os
import shutil
import tempfile
import time
import unittest

from testing.service import AttrsvcStandin, Smonsvc, program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.waiting import wait_for

# As slurm/FACTS says of squeue's exit_code: a wait status.
EXIT_1 = 256

OWNER = "alice"
FAILING_LOG = "step 1\nTraceback (most recent call last):\n  File x\nValueError: bad loss\n"


class StandinCase(unittest.TestCase):
    """Each test has a Slurm of its own, self.slurm, and a folder for logs, self.logs."""

    def setUp(self):
        self.logs = tempfile.mkdtemp(prefix="smon-logs-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, self.logs)
        self.slurm = SlurmStandin(program("//testing/slurm_standin:slurm_standin"))
        self.addCleanup(self.slurm.close)

    def run(self, result=None):
        self._result = result
        return super().run(result)

    def _enter(self, process):
        process.__enter__()
        self.addCleanup(self._exit, process)
        return process

    def _exit(self, process):
        failed = any(test is self for test, _ in self._result.failures + self._result.errors)
        process.__exit__(AssertionError if failed else None, None, None)

    def start_attrsvc(self, *args, **options):
        return self._enter(AttrsvcStandin(*args, **options))

    def new_service(self, attrsvc_url, *args, env=None, **flags):
        """A service that is not started; polls and asks as fast as it can."""
        flags = {"partitions": "batch", "result_rate": 0, "submit_rate": 0, **flags}
        return Smonsvc(
            self.slurm.env(**(env or {})), *args, attrsvc_url=attrsvc_url, **flags
        )

    def start_service(self, attrsvc_url, *args, **flags):
        return self._enter(self.new_service(attrsvc_url, *args, **flags))

    def add_failed_job_to(self, slurm, cluster, raw_id):
        """To one of several stand-ins, by its cluster's name; of a submit time that tells the id."""
        path = "%s/%s-%d.out" % (self.logs, cluster, raw_id)
        with open(path, "w", encoding="utf-8") as file:
            file.write(FAILING_LOG)
        now = int(time.time())
        slurm.add_job(
            raw_id, name="train-" + cluster, user=OWNER, state="FAILED", exit_status=EXIT_1,
            submit=1700000000 + raw_id, start=now - 30, end=now, stdout=path, work_dir=self.logs,
            batch_host="node1",
        )  # fmt: skip

    def log_path(self, raw_id):
        """Where the job of that raw id writes to."""
        return os.path.join(self.logs, "job-%d.out" % raw_id)

    def add_job(self, raw_id, log=FAILING_LOG, **fields):
        """A job that runs, and has written `log` so far (None: no file)."""
        if log is not None:
            with open(self.log_path(raw_id), "w", encoding="utf-8") as file:
                file.write(log)
        now = int(time.time())
        output = os.path.join(self.logs, "job-%j.out")
        job = {
            "name": "train",
            "user": OWNER,
            "submit": now - 60,
            "start": now - 30,
            "work_dir": self.logs,
            "stdout": output,
            "submit_line": "sbatch --output=%s train.sh" % output,
            "batch_host": "node1",
        }
        self.slurm.add_job(raw_id, **{**job, **fields})

    def end_job(self, raw_id, state="FAILED", exit_status=EXIT_1, **fields):
        self.slurm.update_job(
            raw_id, state=state, exit_status=exit_status, end=int(time.time()), **fields
        )

    def add_ended_job(self, raw_id, state="FAILED", exit_status=EXIT_1, **fields):
        end = {"state": state, "exit_status": exit_status, "end": int(time.time())}
        self.add_job(raw_id, **{**end, **fields})

    def wait_until_known(self, service, job_ids, deadline=30):
        """Waits until the service knows these jobs; returns them as jobs() does."""

        def known():
            jobs = service.jobs()
            return jobs if set(job_ids) <= set(jobs) else None

        return wait_for(known, deadline, "jobs %s are known" % job_ids)

    def wait_for_polls(self, service, count, kind="completed", deadline=60):
        """Waits until that many more polls have completed (or failed)."""

        def polls():
            return int(service.get_json("/v1/stats")["polls"][kind])

        target = polls() + count
        wait_for(lambda: polls() >= target, deadline, "%d polls %s" % (count, kind))

    def assert_sent_once(self, attrsvc, raw_ids):
        """That each log was POSTed once, and nothing else was."""
        sent = [request["log_path"] for request in attrsvc.requests("POST")]
        self.assertEqual(sorted(sent), sorted(map(self.log_path, raw_ids)))
