"""The test cluster is a real Slurm, and leaves nothing behind."""

import os
import signal
import subprocess
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.waiting import wait_for

_START = os.path.abspath("testing/cluster/start.sh")
_STOP = os.path.abspath("testing/cluster/stop.sh")


def processes_of(state_dir):
    """Command lines of living processes whose arguments or environment name the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                command = file.read()
            with open("/proc/%s/environ" % pid, "rb") as file:
                text = command + file.read()
        except OSError:
            continue  # it has just ended, or is not ours
        if os.fsencode(state_dir) + b"/" in text:
            found.append("%s %s" % (pid, command.replace(b"\0", b" ").decode(errors="replace")))
    return found


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slurm = SlurmCluster(min_job_age=300)
        cls.addClassCleanup(cls.slurm.stop)
        cls.slurm.start()

    def test_job_runs_and_accounting_has_its_end(self):
        slurm = self.slurm
        output = os.path.join(slurm.state_dir, "hello.out")
        job = slurm.sbatch("--output=" + output, script="#!/bin/sh\necho hello; exit 3\n")
        self.assertEqual(slurm.wait_until_ended(job), ("FAILED", "3:0"))
        with open(output) as file:
            self.assertEqual(file.read(), "hello\n")

    def test_partitions_are_those_the_service_watches_by_default(self):
        partitions = self.slurm.run("sinfo", "-h", "-o", "%R").split()
        self.assertLessEqual({"batch", "batch_long", "debug"}, set(partitions))

    def test_controller_can_be_taken_away_and_brought_back(self):
        slurm = self.slurm
        slurm.daemon("slurmctld", "kill")
        self.assertIn("DOWN", slurm.run("scontrol", "ping", check=False))
        slurm.daemon("slurmctld", "start")
        wait_for(lambda: "UP" in slurm.run("scontrol", "ping", check=False), 30, "slurmctld is up")

    def test_heterogeneous_job_runs_on_the_nodes_there_are(self):
        slurm = self.slurm
        job = slurm.sbatch("--wrap=true", "--output=/dev/null", ":", "--ntasks=1")
        self.assertEqual(slurm.wait_until_ended(job + "+1"), ("COMPLETED", "0:0"))


class StopTest(unittest.TestCase):
    def test_stop_ends_running_jobs_and_every_daemon(self):
        with SlurmCluster() as slurm:
            folder = slurm.state_dir
            job = slurm.sbatch("--wrap=sleep 600 & setsid sleep 600", "--output=/dev/null")
            slurm.wait_until_state(job, "RUNNING")
            self.assertNotEqual(processes_of(folder), [])
        self.assertEqual(processes_of(folder), [])
        self.assertFalse(os.path.exists(folder))

    def test_stop_ends_jobs_that_no_controller_is_left_to_end(self):
        with SlurmCluster(dbd=0) as slurm:
            folder = slurm.state_dir
            job = slurm.sbatch("--wrap=setsid sleep 600", "--output=/dev/null")
            slurm.wait_until_state(job, "RUNNING")
            slurm.daemon("slurmctld", "kill")
        self.assertEqual(processes_of(folder), [])

    def test_interrupted_start_leaves_nothing_running(self):
        with tempfile.TemporaryDirectory(prefix="smon-slurm-", dir="/tmp") as folder:
            start = subprocess.Popen([_START, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            munge_key = os.path.join(folder, "run", "munged.pid")
            wait_for(lambda: os.path.exists(munge_key), 30, "munged was started", interval=0.01)
            start.send_signal(signal.SIGTERM)
            _, errors = start.communicate(timeout=60)
            self.assertEqual(start.returncode, 128 + signal.SIGTERM)
            self.assertIn(b"stopped again", errors)
            self.assertEqual(processes_of(folder), [])

    def test_stop_of_what_does_not_run_succeeds(self):
        with tempfile.TemporaryDirectory(prefix="smon-slurm-", dir="/tmp") as folder:
            subprocess.run([_STOP, folder], check=True)
            subprocess.run([_STOP, os.path.join(folder, "nowhere")], check=True)


if __name__ == "__main__":
    unittest.main()
