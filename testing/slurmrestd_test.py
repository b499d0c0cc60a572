"""smonsvc with --slurm_source=rest on a real slurmrestd: as true as Slurm's commands."""

import contextlib
import os
import shutil
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, Smonsvc
from testing.waiting import wait_for


class SlurmrestdTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        # Jobs stay long enough for each source to see them in slurmctld: up to
        # v0.0.39 accounting tells neither exit codes nor log paths.
        cls.slurm = SlurmCluster(nodes=3, min_job_age=300, rest=1)
        cls.enterClassContext(cls.slurm)
        cls.attrsvc = AttrsvcStandin("--analysis_ms=100")
        cls.enterClassContext(cls.attrsvc)
        cls.logs = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.logs, ignore_errors=True)

    def smonsvc(self, **flags):
        # Slurm's commands are not to be found where the source is slurmrestd.
        env = dict(self.slurm.env)
        if flags.get("slurm_source") == "rest":
            env["PATH"] = "/nonexistent"
        return Smonsvc(
            env,
            **{
                "attrsvc_url": self.attrsvc.url,
                "partitions": "batch batch_long debug",
                "submit_rate": 0,
                "result_rate": 0,
                **flags,
            }
        )

    def over_socket(self):
        return self.smonsvc(
            slurm_source="rest", slurmrestd_url="unix://" + self.slurm.rest_socket
        )

    def write_token(self, text):
        path = os.path.join(self.logs, "jwt")
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)
        return path

    def over_tcp(self):
        return self.smonsvc(
            slurm_source="rest",
            slurmrestd_url=self.slurm.rest_url,
            slurm_user=self.slurm.run("id", "-un").strip(),
            slurm_jwt_file=self.write_token(self.slurm.token(600)),
        )

    def sbatch(self, *args, script):
        return self.slurm.sbatch("--chdir=" + self.logs, *args, script="#!/bin/sh\n" + script)

    def controllers_exit(self, job_id):
        """(code, signal) of an ended job that slurmctld still holds."""
        raw = self.slurm.squeue("-h", "-t", "all", "-j", job_id, "-O", "exit_code")
        signal = int(raw) & 0x7F
        return (0 if signal else int(raw) >> 8), signal

    def wait_until_slurm_is(self, service, healthy):
        wait_for(
            lambda: service.get_json("/healthz")["slurm_healthy"] == healthy,
            60,
            "Slurm is shown as healthy: %s" % healthy,
        )

    def test_jobs_of_every_kind_are_as_slurms_commands_tell_them(self):
        with self.smonsvc() as by_command, self.over_socket() as by_socket, self.over_tcp() as by_tcp:
            failed = self.sbatch("--output=%x-%j.log", "--job-name=bad", script="exit 3\n")
            whole_code = self.sbatch(script="exit 200\n")
            signalled = self.sbatch("--output=%8j.out", script="kill -9 $$\n")
            array = self.sbatch("--array=0-2", script="[ $SLURM_ARRAY_TASK_ID != 1 ] || exit 2\n")
            patterned = self.sbatch("--array=5", "--output=%A_%a_%N_%u.out", script="echo five\n")
            het = self.slurm.sbatch(
                "--chdir=" + self.logs, "--ntasks=1", ":", "--ntasks=1",
                script="#!/bin/sh\nexit 4\n",
            )
            nowhere = self.sbatch("--output=/nonexistent/x", script="echo lost\n")
            silent = self.sbatch("--output=/dev/null", script="echo silent\n")
            hostile = self.sbatch(
                '--job-name=x","job_state":"RUNNING|\n\\ \t\u202e', script="exit 6\n"
            )
            held = self.sbatch("--hold", script="echo never\n")
            self.slurm.scancel(held)
            cancelled = self.sbatch(script="sleep 600\n")
            timeout = self.sbatch("--partition=batch_long", "--time=5", script="sleep 600\n")
            self.slurm.wait_until_state(cancelled, "RUNNING")
            self.slurm.scancel(cancelled)
            self.slurm.wait_until_state(timeout, "RUNNING")
            self.slurm.time_out(timeout)

            tasks = [array + "_%d" % i for i in range(3)] + [patterned + "_5"]
            ids = [failed, whole_code, signalled, nowhere, silent, hostile, held, timeout]
            ids += [cancelled, het + "+0", het + "+1"] + tasks
            controllers_exit = {}
            for stopped in (cancelled, timeout):
                self.slurm.wait_until_ended(stopped)
                controllers_exit[stopped] = self.controllers_exit(stopped)
            for job_id in ids:
                self.slurm.wait_until_ended(job_id)
            exits = {}

            def told(service):
                keys = ("state", "exitCode", "exitSignal", "stdoutPath", "logJobId", "user", "name")
                jobs = service.jobs()
                shown = {
                    job_id: {key: jobs[job_id].get(key) for key in keys}
                    for job_id in ids
                    if job_id in jobs and jobs[job_id]["delivery"]["phase"] != "WAITING"
                }
                # sacct says 0:0 of both, which slurmrestd 22.05 cannot: it shows 0 for
                # whatever code accounting has. What the controller says stays: the
                # signal, or the shell's 128 + signal.
                for stopped in {cancelled, timeout} & set(shown):
                    job = shown[stopped]
                    exits[service, stopped] = (job.pop("exitCode"), job.pop("exitSignal"))
                return shown

            wait_for(lambda: set(told(by_command)) == set(ids), 60, "the commands tell all")
            for service in (by_socket, by_tcp):

                def all_told():
                    same = told(service) == told(by_command)
                    told_exits = {stopped: exits.get((service, stopped)) for stopped in controllers_exit}
                    return same and told_exits == controllers_exit

                # Each has accounting's word and the controller's in an order of its own.
                with contextlib.suppress(AssertionError):
                    wait_for(all_told, 60, "slurmrestd tells all")
                self.assertEqual(told(service), told(by_command))
                for stopped in (cancelled, timeout):
                    self.assertEqual(exits[service, stopped], controllers_exit[stopped])
            want = told(by_command)
            self.assertEqual(want[failed]["exitCode"], 3)
            self.assertEqual(want[whole_code]["exitCode"], 200)
            self.assertEqual(want[signalled]["exitSignal"], 9)
            self.assertEqual(
                want[array + "_1"]["stdoutPath"], os.path.join(self.logs, "slurm-%s_1.out" % array)
            )
            self.assertNotIn("eyJ", by_tcp.log(), "no token in the log")

    def test_a_token_is_replaced_while_it_runs(self):
        with self.over_tcp() as service:
            self.wait_until_slurm_is(service, True)
            self.write_token("eyJhbGciOiJIUzI1NiJ9.e30.expired")
            self.wait_until_slurm_is(service, False)
            job_id = self.sbatch(script="echo unseen; exit 5\n")
            self.slurm.wait_until_ended(job_id)
            self.write_token(self.slurm.token(600))
            self.wait_until_slurm_is(service, True)
            jobs = service.wait_until_phase([job_id], deadline=60)
            self.assertEqual((jobs[job_id]["state"], jobs[job_id]["exitCode"]), ("FAILED", 5))
            self.assertNotIn("eyJ", service.log(), "no token in the log")

    def test_nothing_is_lost_while_slurmrestd_is_away(self):
        with self.over_socket() as service:
            running = self.sbatch(script="echo runs; sleep 3; exit 9\n")
            wait_for(lambda: running in service.jobs(), 60, "it is seen")
            self.slurm.daemon("slurmrestd", "stop")
            self.wait_until_slurm_is(service, False)
            meanwhile = self.sbatch(script="echo short; exit 7\n")
            for job_id in (running, meanwhile):
                self.slurm.wait_until_ended(job_id)
            self.slurm.daemon("slurmrestd", "start")
            self.wait_until_slurm_is(service, True)
            jobs = service.wait_until_phase([running, meanwhile], deadline=60)
            self.assertEqual(jobs[running]["exitCode"], 9)
            self.assertEqual(jobs[meanwhile]["exitCode"], 7)

    def test_a_controller_that_is_away_is_not_an_empty_queue(self):
        with self.over_socket() as service:
            job_id = self.sbatch(script="echo long; sleep 20\n")
            wait_for(
                lambda: service.jobs().get(job_id, {}).get("state") == "RUNNING", 60, "it runs"
            )
            self.slurm.daemon("slurmctld", "stop")
            self.wait_until_slurm_is(service, False)
            self.assertEqual(service.jobs()[job_id]["state"], "RUNNING")
            self.slurm.daemon("slurmctld", "start")
            self.wait_until_slurm_is(service, True)
            jobs = service.wait_until_phase([job_id], deadline=120)
            self.assertEqual(jobs[job_id]["state"], "COMPLETED")


if __name__ == "__main__":
    unittest.main()
