"""Killed at any point, smonsvc loses nothing and repeats only what was in flight."""

import io
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

from testing.chaos import store_copy
from testing.chaos.chaos import SMONSVC, Chaos, failpoints
from testing.service import Process, program
from testing.slurm_standin.slurm_standin import SlurmStandin

SEED = 7
RANDOM_KILLS = 9


class FailpointTest(unittest.TestCase):
    def test_the_service_that_is_installed_has_none(self):
        symbols = subprocess.run(
            ["nm", program("//server:smonsvc")], stdout=subprocess.PIPE, check=True, encoding="utf-8"
        ).stdout
        # "w" is weak and undefined: null, and never called.
        self.assertEqual(re.findall(r"^.* [^w] SmonFailpointHit$", symbols, re.MULTILINE), [])
        with open(program("//server:smonsvc"), "rb") as file:
            self.assertNotIn(b"SMON_FAILPOINT", file.read())

    def test_they_are_at_every_step_from_slurm_to_a_verdict(self):
        self.assertEqual(
            set(failpoints()),
            {
                "start.before_watermark",
                "start.after_watermark",
                "poll.queue_read",
                "poll.accounting_read",
                "look.read",
                "discovery.before_commit",
                "discovery.after_commit",
                "discovery.remembered",
                "watermark.before_commit",
                "watermark.after_commit",
                "shared_logs.before_commit",
                "shared_logs.after_commit",
                "submit.before_send",
                "submit.after_send",
                "submit.answered",
                "result.before_send",
                "result.after_send",
                "result.answered",
                "answers.before_commit",
                "answers.after_commit",
                "store.before_commit",
                "store.after_commit",
            },
        )


class ChaosTest(unittest.TestCase):
    def test_a_kill_at_each_failpoint_and_at_random_moments_loses_nothing(self):
        table = io.StringIO()
        with Chaos(len(failpoints()) + RANDOM_KILLS, SEED, table) as chaos:
            good = chaos.run()
        self.assertTrue(good, table.getvalue())
        killed = {line.split()[1] for line in table.getvalue().splitlines()[2:]}
        self.assertLessEqual(set(failpoints()), killed)

    def test_the_watermark_comes_with_the_last_of_many_jobs(self):
        folder = tempfile.mkdtemp(prefix="smon-chaos-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, folder)
        slurm = SlurmStandin(program("//testing/slurm_standin:slurm_standin"), os.path.join(folder, "slurm"))
        now = int(time.time())
        # JobTracker stores 5,000 at a time, and the watermark with the last of them.
        slurm.generate_jobs(
            12500,
            1,
            submit=now - 100,
            start=now - 90,
            end=now - 60,
            state="FAILED",
            submit_line="sbatch --output=/logs/%j.out train.sh",
            in_queue=False,
        )
        store = os.path.join(folder, "smon.db")

        def after_a_kill(failpoint):
            command = [program(SMONSVC), "--partitions=batch", "--store=sqlite://" + store]
            command += ["--grpc_address=127.0.0.1:0", "--attrsvc_url=http://127.0.0.1:9"]
            service = Process(command, slurm.env(SMON_FAILPOINT=failpoint))
            self.addCleanup(shutil.rmtree, service.folder)
            self.addCleanup(service.kill)
            service.start()
            self.assertTrue(service.ended(120), service.log())
            there = store_copy.read_stopped(store)
            return len(there.runs), there.watermark

        known, watermark = after_a_kill("discovery.before_commit")
        self.assertEqual(known, 0)
        self.assertEqual(after_a_kill("discovery.after_commit:2"), (10000, watermark))
        self.assertEqual(after_a_kill("watermark.before_commit"), (10000, watermark))
        known, later = after_a_kill("watermark.after_commit")
        self.assertEqual(known, 12500)
        self.assertGreater(later, watermark)
