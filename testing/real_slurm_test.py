"""smonsvc on a real Slurm: what the README promises, seen from outside."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, Smonsvc
from testing.waiting import wait_for


class RealSlurmTest(unittest.TestCase):
    """One cluster and one attrsvc for all tests; a smonsvc for each."""

    @classmethod
    def setUpClass(cls):
        cls.slurm = SlurmCluster(nodes=3, min_job_age=5)
        cls.enterClassContext(cls.slurm)
        cls.attrsvc = AttrsvcStandin("--analysis_ms=100")
        cls.enterClassContext(cls.attrsvc)
        # Below /tmp, where jobs of any user could write.
        cls.logs = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.logs, ignore_errors=True)

    def smonsvc(self, **flags):
        flags = {
            "attrsvc_url": self.attrsvc.url,
            "partitions": "batch batch_long debug",
            "submit_rate": 0,
            "result_rate": 0,
            **flags,
        }
        return Smonsvc(self.slurm.env, **flags)

    def sbatch(self, *args, script):
        return self.slurm.sbatch("--chdir=" + self.logs, *args, script="#!/bin/sh\n" + script)

    def has_output(self, job_id):
        path = os.path.join(self.logs, "slurm-%s.out" % job_id)
        return os.path.exists(path) and os.path.getsize(path) > 0

    def submissions(self, job_ids):
        """What attrsvc was sent for these jobs: [(job id, path, user)]."""
        return [
            (r["job_id"], r["log_path"], r["user"])
            for r in self.attrsvc.requests("POST")
            if r["job_id"] in job_ids
        ]

    def assert_as_in_sacct(self, service, job_ids):
        in_sacct = {job_id: self.slurm.wait_until_ended(job_id) for job_id in job_ids}

        def shown():
            jobs = service.jobs()
            return {
                job_id: (jobs[job_id]["state"], "%(exitCode)d:%(exitSignal)d" % jobs[job_id])
                for job_id in job_ids
            }

        # The queue tells first, and 0:15 of a job that was cancelled.
        wait_for(lambda: shown() == in_sacct, 30, lambda: "%s shown as %s" % (in_sacct, shown()))

    def test_every_kind_of_job_is_found_with_its_state_log_and_verdict_and_sent_once(self):
        with self.smonsvc() as service:
            ok = self.sbatch("--job-name=ok", script="echo epoch 1; echo training finished\n")
            failed = self.sbatch(
                "--job-name=failed", "--output=%x-%j.log", script="echo Segmentation fault; exit 3\n"
            )
            signalled = self.sbatch("--output=sub/../%8j.out", script="echo dying; kill -9 $$\n")
            os.makedirs(os.path.join(self.logs, "sub"), exist_ok=True)
            array = self.sbatch(
                "--array=0-2", script="echo task; [ $SLURM_ARRAY_TASK_ID != 1 ] || exit 2\n"
            )
            patterned = self.sbatch(
                "--array=5", "--output=arr_%A_%a_%N_%u.out", script="echo task five\n"
            )
            het = self.slurm.sbatch(
                "--chdir=" + self.logs, "--output=het-%j.out", "--ntasks=1", ":", "--ntasks=1",
                script="#!/bin/sh\necho NCCL WARN bad; exit 4\n",
            )
            cancelled = self.sbatch(script="echo started; sleep 600\n")
            timeout = self.sbatch(
                "--partition=batch_long", "--time=5", script="echo started; sleep 600\n"
            )
            wait_for(lambda: self.has_output(cancelled), 60, "it runs, and has said so")
            self.slurm.scancel(cancelled)
            self.slurm.wait_until_state(timeout, "RUNNING")
            self.slurm.time_out(timeout)

            host = subprocess.run(
                ["hostname", "-s"], stdout=subprocess.PIPE, check=True, encoding="utf-8"
            ).stdout.strip()
            paths = {
                ok: "slurm-%s.out" % ok,
                failed: "failed-%s.log" % failed,
                signalled: "sub/../%08d.out" % int(signalled),
                array + "_0": "slurm-%s_0.out" % array,
                array + "_1": "slurm-%s_1.out" % array,
                array + "_2": "slurm-%s_2.out" % array,
                het + "+0": "het-%s.out" % het,
                cancelled: "slurm-%s.out" % cancelled,
                timeout: "slurm-%s.out" % timeout,
            }
            everything = list(paths) + [patterned + "_5", het + "+1"]
            jobs = service.wait_until_phase(everything, deadline=120)
            self.assert_as_in_sacct(service, everything)

            states = {job_id: jobs[job_id]["state"] for job_id in everything}
            self.assertEqual(states[failed], "FAILED")
            self.assertEqual(states[array + "_1"], "FAILED")
            self.assertEqual(states[het + "+0"], "FAILED")
            self.assertEqual(states[het + "+1"], "FAILED")
            self.assertEqual(states[cancelled], "CANCELLED")
            self.assertEqual(states[timeout], "TIMEOUT")
            self.assertEqual(jobs[failed]["exitCode"], 3)
            self.assertEqual(jobs[signalled]["exitSignal"], 9)

            for job_id, name in paths.items():
                path = os.path.join(self.logs, name)
                self.assertTrue(os.path.exists(path), path)
                self.assertEqual(self.submissions([job_id]), [(job_id, path, "root")])
            [(_, path, _)] = self.submissions([patterned + "_5"])
            self.assertRegex(path, r"/arr_%s_5_[\w.-]+_root\.out$" % patterned)
            self.assertTrue(os.path.exists(path), "%s (this host is %s)" % (path, host))

            self.assertEqual(self.submissions([het + "+1"]), [], "it shares the first one's log")
            self.assertEqual(jobs[het + "+1"]["logJobId"], het + "+0")
            self.assertEqual(jobs[het + "+1"]["verdict"]["action"], jobs[het + "+0"]["verdict"]["action"])
            self.assertEqual(jobs[timeout]["verdict"]["action"], "RESTART")

            shown = service.smonctl("jobs", "--state=failed,timeout", "-o", "json")
            self.assertEqual(shown.returncode, 0, shown.stderr)
            listed = {
                job["jobId"]: job["state"]
                for job in json.loads(shown.stdout)["jobs"]
                if job["jobId"] in states
            }
            wrong = {k: v for k, v in states.items() if v in ("FAILED", "TIMEOUT")}
            self.assertEqual(listed, wrong)

    def test_a_job_that_ran_a_second_between_two_polls_is_found_with_its_true_state(self):
        with self.smonsvc(interval=30) as service:
            wait_for(
                lambda: service.get_json("/v1/stats")["polls"]["completed"] != "0", 30, "first poll"
            )
            job_id = self.sbatch(script="echo short; sleep 1; exit 7\n")
            self.slurm.wait_until_ended(job_id)
            jobs = service.wait_until_phase([job_id], deadline=60)
            self.assertEqual(jobs[job_id]["state"], "FAILED")
            self.assertEqual(jobs[job_id]["exitCode"], 7)
            self.assertEqual(len(self.submissions([job_id])), 1)

    def test_what_ended_while_it_was_down_is_found_and_nothing_is_sent_twice(self):
        with self.smonsvc() as service:
            before = self.sbatch(script="echo before\n")
            service.wait_until_phase([before])
            running = self.sbatch(script="echo running; sleep 3\n")
            wait_for(lambda: running in service.jobs(), 60, "it is seen running")
            service.stop()
            self.assertEqual(service.exit_status, 0)
            meanwhile = self.sbatch("--output=while-down-%j.out", script="echo meanwhile; exit 5\n")
            self.slurm.wait_until_ended(meanwhile)
            self.slurm.wait_until_ended(running)
            # The controller forgets them: only accounting can tell.
            wait_for(
                lambda: not self.slurm.squeue("-h", "-t", "all").strip(), 60, "the queue is empty"
            )
            service.start()
            jobs = service.wait_until_phase([before, running, meanwhile])
            self.assertEqual(jobs[running]["state"], "COMPLETED")
            self.assertEqual(jobs[meanwhile]["state"], "FAILED")
            self.assertEqual(jobs[meanwhile]["exitCode"], 5)
            self.assertIn(jobs[meanwhile]["stdoutPathSource"], ("SACCT", "SUBMIT_LINE"))
            for job_id in (before, running, meanwhile):
                self.assertEqual(len(self.submissions([job_id])), 1, job_id)

    def test_a_log_is_submitted_without_help_after_attrsvc_was_away_for_its_jobs_end(self):
        with AttrsvcStandin() as attrsvc, self.smonsvc(attrsvc_url=attrsvc.url) as service:
            attrsvc.stop()
            job_id = self.sbatch(script="echo nobody listens; exit 1\n")
            self.slurm.wait_until_ended(job_id)
            service.wait_until_phase([job_id], "PENDING")
            wait_for(
                lambda: "attrsvc_unreachable" in service.get_json("/healthz").get("issues", []),
                60,
                "health says that attrsvc is away",
            )
            attrsvc.start()
            service.wait_until_phase([job_id], deadline=90)
            wait_for(
                lambda: service.get_json("/healthz")["status"] == "ok", 60, "health recovers"
            )
            sent = [r for r in attrsvc.requests("POST") if r["job_id"] == job_id]
            self.assertEqual(len(sent), 1)

    def test_a_slurmctld_that_is_away_ends_no_job_and_is_told_by_health(self):
        with self.smonsvc() as service:
            job_id = self.sbatch(script="echo long; sleep 25\n")
            wait_for(
                lambda: service.jobs().get(job_id, {}).get("state") == "RUNNING", 60, "it runs"
            )
            self.slurm.daemon("slurmctld", "stop")
            wait_for(
                lambda: not service.get_json("/healthz")["slurm_healthy"], 60, "health says it"
            )
            self.assertEqual(service.jobs()[job_id]["state"], "RUNNING")
            self.slurm.daemon("slurmctld", "start")
            jobs = service.wait_until_phase([job_id], deadline=120)
            self.assertEqual(jobs[job_id]["state"], "COMPLETED")
            wait_for(lambda: service.get_json("/healthz")["slurm_healthy"], 60, "health recovers")

    def test_a_requeued_job_has_an_entry_for_each_run(self):
        with self.smonsvc() as service:
            job_id = self.sbatch(
                "--requeue", "--open-mode=append",
                script="echo run $SLURM_RESTART_COUNT; [ -n \"$SLURM_RESTART_COUNT\" ] || sleep 600\n",
            )
            wait_for(lambda: service.jobs().get(job_id, {}).get("state") == "RUNNING", 60, "it runs")
            self.slurm.scontrol("requeue", job_id)
            self.slurm.wait_until_state(job_id, "PENDING")
            # It would wait two minutes by itself.
            self.slurm.scontrol("update", "jobid=" + job_id, "StartTime=now")

            def run(count):
                status, text = service.get("/v1/jobs/%s?restartCount=%d" % (job_id, count))
                return json.loads(text) if status == 200 else {}

            wait_for(lambda: run(1).get("verdict"), 60, "the second run has a verdict")
            wait_for(lambda: run(0).get("verdict"), 60, "the first run has a verdict")
            # Where both runs meet on a node within a second, Slurm may fail the second.
            state, _ = self.slurm.wait_until_ended(job_id)
            self.assertEqual(run(1)["state"], state)
            self.assertNotEqual(run(0)["submitTime"], run(1)["submitTime"])


if __name__ == "__main__":
    unittest.main()
