"""The scripts in deploy/, each on a real Slurm as its head says that it is used."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, free_port, http, program
from testing.waiting import wait_for

DEPLOY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "deploy")


class DeployScriptsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slurm = SlurmCluster(nodes=2, min_job_age=30)
        cls.enterClassContext(cls.slurm)
        cls.attrsvc = AttrsvcStandin("--analysis_ms=100")
        cls.enterClassContext(cls.attrsvc)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="smon-deploy-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.env = {
            **self.slurm.env,
            "HOME": self.folder,
            "SMONSVC": program("//server:smonsvc"),
            "NVRX_ATTRSVC_URL": self.attrsvc.url,
            "NVRX_SMONSVC_PORT": str(self.port),
            "NVRX_SMONSVC_GRPC_ADDRESS": "127.0.0.1:0",
            "NVRX_SMONSVC_INTERVAL": "1",
            "NVRX_SMONSVC_PARTITIONS": "batch",
            "NVRX_SMONSVC_RESULT_RATE": "0",
        }

    def run_script(self, name, *args, env=None, timeout=90):
        return subprocess.run(
            [os.path.join(DEPLOY, name), *args],
            env={**self.env, **(env or {})}, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=timeout,
        )  # fmt: skip

    def submit(self, name, *args, env=None):
        """Submits one of the sbatch files to a partition that is not watched."""
        done = subprocess.run(
            ["sbatch", "--parsable", "--partition=debug", "--chdir=" + self.folder,
             os.path.join(DEPLOY, name), *args],
            env={**self.env, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", timeout=60,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        job_id = done.stdout.strip()
        self.addCleanup(self.slurm.run, "scancel", job_id, check=False)
        return job_id

    def job_log(self, prefix, job_id):
        try:
            with open(os.path.join(self.folder, "%s-%s.log" % (prefix, job_id))) as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def healthz(self):
        try:
            return http(self.url + "/healthz")[0]
        except OSError:
            return None

    def assert_verdict(self, log):
        """A job's verdict comes."""
        job_id = self.slurm.sbatch(
            "--partition=batch", "--chdir=" + self.folder,
            script="#!/bin/sh\necho Segmentation fault; exit 3\n",
        )  # fmt: skip

        def phase():
            try:
                status, text = http(self.url + "/v1/jobs/" + job_id)
            except OSError:
                return None
            return json.loads(text)["delivery"]["phase"] if status == 200 else None

        wait_for(lambda: phase() == "COMPLETED", 60, lambda: "a verdict: %s\n%s" % (phase(), log()))

    def test_run_smonsvc(self):
        done = self.run_script("run_smonsvc.sh")
        self.assertEqual(done.returncode, 0, done.stderr)
        out = os.path.join(self.folder, "nvrx_logs")
        with open(os.path.join(out, "smonsvc.pid")) as file:
            pid = int(file.read())
        self.addCleanup(lambda: os.path.exists("/proc/%d" % pid) and os.kill(pid, signal.SIGKILL))
        for text in ("pid %d" % pid, out + "/smonsvc.log", out + "/smon.db", self.url):
            self.assertIn(text, done.stdout)
        self.assertEqual(done.stderr, "")
        self.assertIn(self.healthz(), (200, 503))
        self.assert_verdict(lambda: open(out + "/smonsvc.log").read())
        self.assertEqual(os.stat(out + "/smonsvc.log").st_mode & 0o77, 0)

        again = self.run_script("run_smonsvc.sh")
        self.assertEqual(again.returncode, 1)
        self.assertIn("smonsvc runs already, pid %d" % pid, again.stderr)
        elsewhere = self.run_script("run_smonsvc.sh", os.path.join(self.folder, "other"))
        self.assertEqual(elsewhere.returncode, 1)
        self.assertIn("something answers at %s already" % self.url, elsewhere.stderr)
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: self.healthz() is None, 10, "it ends")

    def test_run_smonsvc_tells_why_it_does_not_start(self):
        out = os.path.join(self.folder, "my logs")
        done = self.run_script(
            "run_smonsvc.sh", out, "--partitions=nowhere",
            env={"NVRX_ATTRSVC_URL": "http://127.0.0.1:9"},
        )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn("attrsvc does not answer at http://127.0.0.1:9", done.stderr)
        self.assertIn("Slurm has no partition 'nowhere'", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(out, "smonsvc.pid")))
        missing = self.run_script("run_smonsvc.sh", env={"SMONSVC": "", "PATH": "/usr/bin:/bin"})
        self.assertEqual(missing.returncode, 1)
        self.assertIn("no smonsvc in PATH", missing.stderr)

    def test_snapshot_smonsvc(self):
        done = self.run_script("run_smonsvc.sh")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "nvrx_logs", "smonsvc.pid")) as file:
            self.addCleanup(os.kill, int(file.read()), signal.SIGTERM)
        snapshots = {"SNAPSHOT_INTERVAL": "0.1", "SNAPSHOT_COUNT": "2"}
        for port in (self.port, free_port()):
            done = self.run_script("snapshot_smonsvc.sh", "127.0.0.1", str(port), env=snapshots)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(os.path.join(self.folder, "smonsvc_snapshots.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual([line["path"] for line in lines], ["/healthz", "/stats"] * 4)
        self.assertIn("squeue_calls", lines[0]["body"])
        self.assertIn("job_totals", lines[1]["body"])
        self.assertEqual([line["status"] for line in lines[4:]], [0] * 4)
        self.assertEqual([line["body"] for line in lines[4:]], [None] * 4)
        self.assertRegex(lines[0]["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        bad = self.run_script("snapshot_smonsvc.sh", "localhost", "80/../x")
        self.assertEqual(bad.returncode, 2)
        self.assertIn("the port is a number", bad.stderr)

    def test_smonsvc_as_a_job(self):
        job_id = self.submit("slurm.sbatch", "--log_level=DEBUG")
        wait_for(lambda: self.healthz() is not None, 60, lambda: self.job_log("smonsvc", job_id))
        self.assert_verdict(lambda: self.job_log("smonsvc", job_id))
        # As Slurm does shortly before the time limit.
        self.slurm.run("scancel", "--batch", "--signal=USR1", job_id)

        def restarts():
            return self.slurm.squeue("-h", "-j", job_id, "-O", "RestartCnt:").strip()

        wait_for(lambda: restarts() == "1", 60, lambda: "a requeue: %s" % restarts())
        wait_for(lambda: "stopped" in self.job_log("smonsvc", job_id), 60, "it stops in order")

    def test_a_job_that_is_cancelled_ends_in_order(self):
        job_id = self.submit("slurm.sbatch")
        wait_for(lambda: self.healthz() is not None, 60, lambda: self.job_log("smonsvc", job_id))
        self.slurm.scancel(job_id)
        wait_for(lambda: "stopped" in self.job_log("smonsvc", job_id), 60, "it stops in order")

    def services(self, command, **env):
        return self.submit("services.sbatch", env={"ATTRSVC_COMMAND": command, **env})

    def test_attrsvc_and_smonsvc_as_one_job(self):
        port = free_port()
        url = "http://127.0.0.1:%d" % port
        standin = program("//testing/attrsvc_standin:attrsvc_standin")
        job_id = self.services("%s --port=%d" % (standin, port), NVRX_ATTRSVC_URL=url)
        wait_for(lambda: self.healthz() is not None, 60, lambda: self.job_log("attrsvc-smonsvc", job_id))
        self.assert_verdict(lambda: self.job_log("attrsvc-smonsvc", job_id))
        self.slurm.scancel(job_id)
        wait_for(lambda: self.healthz() is None, 60, "smonsvc ends")

        def attrsvc_answers():
            try:
                return http(url + "/healthz")
            except OSError:
                return None

        wait_for(lambda: not attrsvc_answers(), 60, "attrsvc ends")

    def test_when_one_of_the_two_ends_the_job_does(self):
        job_id = self.services("/bin/false")
        self.assertEqual(self.slurm.wait_until_ended(job_id), ("FAILED", "1:0"))
        self.assertIn("services.sbatch: attrsvc has ended", self.job_log("attrsvc-smonsvc", job_id))
        # Its attrsvc is the stand-in of this test; what it starts lasts a while.
        job_id = self.services("sleep 600", NVRX_SMONSVC_PARTITIONS="nowhere")
        self.assertEqual(self.slurm.wait_until_ended(job_id), ("FAILED", "1:0"))
        log = self.job_log("attrsvc-smonsvc", job_id)
        self.assertIn("no partition 'nowhere'", log)
        self.assertIn("services.sbatch: smonsvc has ended with status 1", log)

    def test_the_migration_guides_settings_are_taken(self):
        with open(os.path.join(os.path.dirname(DEPLOY), "docs", "MIGRATING.md"), encoding="utf-8") as file:
            (line,) = re.findall(r"^ +smonsvc (--print_config .*)$", file.read(), re.MULTILINE)
        done = subprocess.run(
            [self.env["SMONSVC"], *line.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", timeout=60,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('partitions: "batch gpu"  # flag --partitions\n', done.stdout)


if __name__ == "__main__":
    unittest.main()
