"""Outages of a real Slurm's daemons: no job is lost or invented, and health tells.

Each case has a cluster of its own; all of them run at once, since most of the time
goes by waiting.
"""

import collections
import concurrent.futures
import contextlib
import os
import shutil
import tempfile
import threading
import time
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, Smonsvc
from testing.slurm_runs import runs_of_sacct, seconds
from testing.waiting import wait_for

OUTAGE_SECONDS = 60
# A little less than a second is cut from times.
SLACK = 2

# One at a time: the set-up of several databases at once is more than a small machine takes.
_START = threading.Lock()

Case = collections.namedtuple("Case", "daemons actions parts healthz interval")
CASES = {
    "slurmctld stopped": Case(["slurmctld"], ("stop", "start"), {"slurm"}, 503, 1),
    "slurmctld hangs": Case(["slurmctld"], ("pause", "cont"), {"slurm"}, 503, 1),
    # So seldom that jobs end and are forgotten between two polls.
    "slurmdbd stopped": Case(["slurmdbd"], ("stop", "start"), {"accounting"}, 200, 20),
    "both stopped": Case(["slurmctld", "slurmdbd"], ("stop", "start"), {"slurm", "accounting"}, 503, 1),
    "MariaDB stopped": Case(["mariadbd"], ("stop", "start"), {"accounting"}, 200, 1),
}


class Outage:
    """One case on a cluster of its own: run() raises what goes wrong."""

    def __init__(self, case):
        self.case = case
        self.jobs = {}  # {id: what its script exits with}
        self.unsure = []  # those whose log nobody but squeue can tell

    def run(self):
        with contextlib.ExitStack() as stack:
            self.logs = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
            stack.callback(shutil.rmtree, self.logs, ignore_errors=True)
            with _START:
                self.slurm = stack.enter_context(SlurmCluster(nodes=2, cpus=64, min_job_age=2))
            self.attrsvc = stack.enter_context(AttrsvcStandin("--analysis_ms=100"))
            self.service = stack.enter_context(Smonsvc(
                self.slurm.env, attrsvc_url=self.attrsvc.url, interval=self.case.interval,
                submit_rate=0, result_rate=0))  # fmt: skip
            before = [self.submit("exit 0", 0), self.submit("exit 3", 3)]
            self.service.wait_until_phase(before)
            self.during = [self.submit(self.until("down") + "; exit %d" % code, code) for code in (0, 4)]
            self.across = [self.submit(self.until("up") + "; exit %d" % code, code) for code in (0, 5)]
            self.wait_until_seen(self.during + self.across, "RUNNING")
            self.outage()
            after = [self.submit("exit 0", 0), self.submit("exit 6", 6)]
            self.service.wait_until_phase(after, deadline=90)
            self.judge()

    def until(self, name):
        return "echo waits; until [ -e %s ]; do sleep 0.1; done" % os.path.join(self.logs, name)

    def submit(self, body, exit_code, *args):
        job_id = self.slurm.sbatch(
            "--chdir=" + self.logs, *args, script="#!/bin/sh\necho starts\n%s\n" % body
        )
        self.jobs[job_id] = exit_code
        return job_id

    def touch(self, name):
        with open(os.path.join(self.logs, name), "w", encoding="utf-8"):
            pass

    def wait_until_seen(self, job_ids, state):
        def seen():
            jobs = self.service.jobs()
            return all(jobs.get(id, {}).get("state") == state for id in job_ids)

        wait_for(seen, 60, "%s are seen %s" % (job_ids, state), 0.5)

    def daemons(self, action):
        for name in self.case.daemons:
            self.slurm.daemon(name, action)

    def parts(self):
        """The components of GetHealth that are not well, by name."""
        components = self.service.get_json("/v1/health")["components"]
        return {c["name"]: c for c in components if c["status"] != "OK"}

    def outage(self):
        begin = time.time()
        self.daemons(self.case.actions[0])
        self.touch("down")
        wait_for(lambda: set(self.parts()) == self.case.parts, 45,
                 lambda: "health blames %s: %s" % (self.case.parts, self.parts()), 0.5)
        told = time.time()
        wait_for(lambda: self.lasts(begin, told), OUTAGE_SECONDS + 30, "the outage is over", 1)
        self.daemons(self.case.actions[1])
        self.touch("up")
        wait_for(lambda: not self.parts(), 120, lambda: "all is well again: %s" % self.parts(), 0.5)
        status, text = self.service.get("/healthz")
        assert status == 200 and '"issues"' not in text, text
        assert self.service.get_json("/v1/health")["status"] == "OK"
        shown = self.service.smonctl("health")
        assert shown.returncode == 0, shown

    def lasts(self, begin, told):
        """Checks what holds while it lasts; true when it has lasted long enough."""
        parts = self.parts()
        assert set(parts) == self.case.parts, parts
        for part in parts.values():
            assert begin - SLACK <= seconds(part["sinceTime"]) <= told + SLACK, (begin, told, part)
            assert part["lastError"], part
        status, text = self.service.get("/healthz")
        assert status == self.case.healthz and '"issues"' in text, (status, text)
        shown = self.service.smonctl("health")
        if not shown.stdout:  # no answer; whoever is on call asks again
            print("smonctl health failed, once:", shown, flush=True)
            shown = self.service.smonctl("health")
        assert shown.returncode == 1 and "DEGRADED" in shown.stdout, shown
        for name in parts:
            assert name in shown.stdout, shown.stdout
        jobs = self.service.jobs()
        for job_id in self.across:
            assert jobs[job_id]["state"] == "RUNNING", jobs[job_id]
        if "slurmctld" not in self.case.daemons:
            # Of a job that comes and goes while slurmdbd is away accounting learns the
            # command line, and never the script.
            self.submit("exit 7", 7, "--output=slurm-%j.out")
            self.unsure.append(self.submit("exit 8", 8))
        return time.time() >= begin + OUTAGE_SECONDS

    def judge(self):
        """Against accounting, which by now has all of it."""
        def is_complete():
            ended = {run.job_id for run in runs_of_sacct(self.slurm).values() if run.state != "RUNNING"}
            return set(self.jobs) <= ended

        wait_for(is_complete, 120, "accounting has all %d jobs" % len(self.jobs), 1)
        wait_for(lambda: set(self.jobs) <= set(self.service.jobs()), 60, "all jobs are known", 1)
        jobs = self.service.jobs()
        untold = [
            id for id in self.unsure if "its script is not stored" in jobs[id]["stdoutPathError"]
        ]
        sure = [id for id in self.jobs if id not in untold]
        self.service.wait_until_phase(sure, deadline=60)
        self.service.wait_until_phase(untold, "NO_LOG")
        runs = runs_of_sacct(self.slurm)

        def wrong():
            entries = {(e["jobId"], seconds(e["submitTime"])): e for e in self.service.runs()}
            wrong = ["%s is lost" % (key,) for key in set(runs) - set(entries)]
            wrong += ["%s is invented" % (key,) for key in set(entries) - set(runs)]
            for key, run in runs.items():
                if key in entries:
                    entry = entries[key]
                    shown = (entry["state"], "%s:%s" % (entry.get("exitCode"), entry.get("exitSignal")))
                    if shown != (run.state, run.exit_code):
                        wrong.append("%s is %s, shown as %s" % (key, run, shown))
            return wrong

        wait_for(lambda: not wrong(), 30, lambda: "\n".join(wrong()), 1)
        for run in runs.values():
            code = self.jobs[run.job_id]
            assert (run.state, run.exit_code) == ("FAILED" if code else "COMPLETED", "%d:0" % code), run
        sent = collections.Counter(r["log_path"] for r in self.attrsvc.requests("POST"))
        due = {os.path.join(self.logs, "slurm-%s.out" % job_id): 1 for job_id in sure}
        assert sent == due, (sent, due)
        sources = collections.Counter(e["stdoutPathSource"] for e in self.service.runs())
        if self.case.interval > 5:
            assert sources["SUBMIT_LINE"] > 0, "some were told by accounting alone: %s" % sources
        print(self.case.daemons, self.case.actions[0], "jobs:", len(runs), dict(sources))


class SlurmOutageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        pool = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor(len(CASES)))
        cls.outcomes = {name: pool.submit(Outage(case).run) for name, case in CASES.items()}

    def test_slurmctld_is_away_for_a_minute(self):
        self.outcomes["slurmctld stopped"].result()

    def test_slurmctld_hangs_for_a_minute(self):
        self.outcomes["slurmctld hangs"].result()

    def test_slurmdbd_is_away_for_a_minute(self):
        self.outcomes["slurmdbd stopped"].result()

    def test_both_are_away_for_a_minute(self):
        self.outcomes["both stopped"].result()

    def test_the_database_is_away_for_a_minute(self):
        self.outcomes["MariaDB stopped"].result()


if __name__ == "__main__":
    unittest.main()
