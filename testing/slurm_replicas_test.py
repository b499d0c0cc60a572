"""On one PostgreSQL and a real Slurm: what befalls smonsvc while 500 jobs run loses none,
invents none, and repeats only what was in flight."""

import contextlib
import os
import shutil
import tempfile
import time
import unittest

from testing.chaos import cuttable_proxy
from testing.chaos.attrsvc_door import RequestJournal
from testing.chaos.outage import LEASE_SECONDS, DatabaseRestart, DatabaseWay, Kill, Pause
from testing.chaos.replica import Replica
from testing.chaos.replica_ledger import ReplicaLedger
from testing.chaos.shared_store import SharedStore
from testing.chaos.store_copy import COMPLETED
from testing.chaos.workload import Run
from testing.cluster.slurm_cluster import SlurmCluster
from testing.postgres import Postgres
from testing.service import AttrsvcStandin
from testing.slurm_runs import runs_of_sacct
from testing.waiting import wait_for

JOBS = 500
ARRAY = 20
# A run that is not over is not in the truth.
NOT_ENDED = frozenset("PENDING RUNNING SUSPENDED CONFIGURING COMPLETING RESIZING".split())
SCRIPT = "#!/bin/sh\necho started\nsleep 0.%d\necho Segmentation fault\nexit %d\n"
LONGER_THAN_A_LEASE = LEASE_SECONDS + 2


class SlurmReplicasTest(unittest.TestCase):
    def setUp(self):
        self.slurm = SlurmCluster(nodes=5, cpus=64, min_job_age=5)
        self.enterContext(self.slurm)
        # Below /tmp, where a job can write, and a unix socket's path is short.
        self.folder = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.database = self.enterContext(Postgres())
        self.store = SharedStore(self.database)
        self.attrsvc = self.enterContext(AttrsvcStandin(form="released"))
        self.requests = RequestJournal()
        self.ledger = ReplicaLedger()
        self.outages = []
        self.jobs = self.scripts = 0
        self.replicas = [self.replica(name) for name in "ab"]
        for number, replica in enumerate(self.replicas):
            replica.start()
            replica.wait_until_serving()
            if number == 0:
                self.store.watch()

    def replica(self, name):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        replica = Replica(
            name, self.slurm.env, self.database, self.attrsvc.url, self.requests, folder,
            submit_rate=0, result_rate=0,
        )  # fmt: skip
        return self.enterContext(replica)

    def submit(self, count):
        """That many jobs, of which one in three fails, half of them as tasks of arrays."""
        for _ in range(0, count, 2 * ARRAY):
            self.sbatch("--array=0-%d" % (ARRAY - 1))
            for _ in range(ARRAY):
                self.sbatch()
        self.jobs += count

    def sbatch(self, *args):
        self.scripts += 1
        script = SCRIPT % (self.scripts % 10, 3 if self.scripts % 3 == 0 else 0)
        self.slurm.sbatch("--chdir=" + self.folder, "--mem=1", *args, script=script)

    @contextlib.contextmanager
    def struck(self, outage, seconds=0):
        """While the jobs of the block come, and for so long at least."""
        self.outages.append(outage)
        outage.begin()
        yield
        remaining = outage.begun + seconds - time.time()
        if remaining > 0:
            time.sleep(remaining)  # it is the outage's length that is tried
        outage.end()
        for replica in self.replicas:
            replica.wait_until_serving()

    def truth(self):
        """{key: Run} of what accounting says, and what of it has not ended."""
        runs, live = {}, 0
        for key, run in runs_of_sacct(self.slurm).items():
            live += run.state in NOT_ENDED
            path = os.path.join(self.folder, "slurm-%s.out" % run.job_id)
            runs[key] = Run(run.raw_id, run.job_id, key[1], path)
            runs[key].state, runs[key].end, runs[key].told = run.state, 0, 0
        return runs, live

    def is_settled(self):
        runs, live = self.truth()
        stored = self.store.read().runs
        return (
            not live
            and len(runs) >= self.jobs
            and all(key in stored and stored[key].phase == COMPLETED for key in runs)
        )

    def test_replicas_that_are_killed_paused_and_cut_off_lose_nothing(self):
        a, b = self.replicas[0], self.replicas[-1]
        self.submit(80)
        with self.struck(Pause("a is paused", self, a), LONGER_THAN_A_LEASE):
            self.submit(80)
        with self.struck(Kill("b is killed", self, b), LONGER_THAN_A_LEASE):
            self.submit(80)
        with self.struck(DatabaseRestart("PostgreSQL crashes", self, self.database.crash)):
            self.submit(80)
        hole = DatabaseWay("a is cut off", self, a, cuttable_proxy.BLACK_HOLE)
        with self.struck(hole, LONGER_THAN_A_LEASE):
            self.submit(80)
        self.submit(JOBS - self.jobs + 20)

        with contextlib.suppress(AssertionError):  # the ledger tells what is not
            wait_for(self.is_settled, 120, "all is settled", interval=1)
        for replica in self.replicas:
            replica.stop()
        runs, live = self.truth()
        self.assertEqual(live, 0)
        self.assertGreaterEqual(len(runs), JOBS)
        deliveries = dict.fromkeys([run.log for run in runs.values()], 1)
        self.ledger.judge_duplicates(deliveries, self.requests.requests("POST"), self.outages)
        self.ledger.judge_witness(self.store.witnessed())
        self.ledger.judge_end(runs, deliveries, self.store.read(), self.requests.answer)
        print(
            "jobs=%d lost=%d overwritten=%d duplicates=%d"
            % (len(runs), self.ledger.lost, self.ledger.overwritten, self.ledger.duplicates)
        )
        self.assertEqual(self.ledger.faults, [])


if __name__ == "__main__":
    unittest.main()
