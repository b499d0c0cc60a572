"""smonsvc against Slurm's own word and the file system, for jobs of every kind.

Judged twice: by a service that ran alongside and saw the jobs in the queue, and by
one that was started when slurmctld had forgotten all of them.
"""

import collections
import contextlib
import json
import os
import shutil
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, Smonsvc
from testing.slurm_marked_jobs import FILE, NO_FILE, NO_LOG, SHARED, TOLD, UNSURE
from testing.slurm_runs import runs_of_sacct, seconds
from testing.slurm_workload import Workload
from testing.waiting import wait_for

WATCHED = "batch batch_long debug late urgent scav scavrq"
# What a job's state can still change from (squeue(1), "JOB STATE CODES").
NOT_ENDED = frozenset(
    "PENDING RUNNING SUSPENDED CONFIGURING COMPLETING RESIZING REQUEUE_HOLD SPECIAL_EXIT".split()
)


class Judgement:
    """What differs between a service, and Slurm and the files."""

    def __init__(self, workload, slurm_runs, service, attrsvc, from_queue):
        self.workload = workload
        self.from_queue = from_queue
        self.problems = []
        self.tally = collections.Counter()
        self.runs = {
            key: run for key, run in slurm_runs.items()
            if set(run.partition.split(",")) & set(WATCHED.split()) and run.state not in NOT_ENDED
        }  # fmt: skip
        entries = service.runs()
        self.entries = {(e["jobId"], seconds(e["submitTime"])): e for e in entries}
        self.tally["jobs"] = len({run.job_id for run in self.runs.values()})
        self.tally["runs"] = len(self.runs)
        self.judge_invented(entries, slurm_runs)
        for key, run in sorted(self.runs.items(), key=lambda item: item[1].raw_id):
            if key not in self.entries:
                self.wrong(run, "is missing")
                continue
            self.judge_state(run, self.entries[key])
            self.judge_log(run, self.entries[key])
        self.judge_sharing()
        self.judge_submissions(attrsvc)

    def job(self, run):
        return self.workload.jobs.get(run.job_id.replace("+", "_").split("_")[0])

    def wrong(self, run, what):
        job = self.job(run)
        self.problems.append("%s (%s), run %d, %s: %s" % (
            run.job_id, job.label if job else "srun", run.number, run.state, what))  # fmt: skip

    def judge_invented(self, entries, slurm_runs):
        for entry in entries:
            run = slurm_runs.get((entry["jobId"], seconds(entry["submitTime"])))
            watched = run and set(run.partition.split(",")) & set(WATCHED.split())
            if not watched:
                self.tally["invented"] += 1
                self.problems.append("invented: %s" % entry)
        if len(entries) != len(self.entries):
            self.problems.append("%d entries, %d runs" % (len(entries), len(self.entries)))

    def judge_state(self, run, entry):
        job = self.job(run)
        shown = "%s:%s" % (entry.get("exitCode"), entry.get("exitSignal"))
        exit_code = run.exit_code
        # Accounting cuts what is 128 and more; what the script returned is true.
        if job and job.exit_code is not None and job.exit_code >= 128 and self.from_queue:
            exit_code = "%d:0" % job.exit_code
        if run.state == "REQUEUED":
            shown = exit_code = ""
        if (entry["state"], entry["stateText"], shown) != (run.state, run.state, exit_code):
            self.wrong(run, "shown as %s (%s) %s, is %s" % (
                entry["state"], entry["stateText"], shown, exit_code))  # fmt: skip
        else:
            self.tally["states right"] += 1
        # Accounting does not tell restart counts.
        if entry["restartCount"] != run.number and self.from_queue and not job.label.startswith("down"):
            self.wrong(run, "restart count %d" % entry["restartCount"])
        if job and job.name is not None and self.from_queue and "+" not in run.job_id:
            name = os.fsencode(job.name).decode("utf-8", errors="backslashreplace")
            if name != entry["name"]:
                self.wrong(run, "is called %r, shown as %r" % (name, entry["name"]))

    def judge_log(self, run, entry):
        job = self.job(run)
        offset = run.job_id.partition("+")[2]
        raw_id = run.raw_id - int(offset or 0)  # components share the first one's
        files = self.workload.files.get((raw_id, run.number), set())
        if len(files) > 1:
            self.wrong(run, "wrote to several files: %s" % files)
        log = job.log if job and run.started else NO_LOG
        # A second run that meets the first one on its node may fail without a start.
        if log == FILE and not files and (run.number == 0 or run.state != "FAILED"):
            self.wrong(run, "left no mark")
        if log == NO_FILE and files:
            self.wrong(run, "has a log after all: %s" % files)
        told = job and (job.queue if self.from_queue else job.accounting)
        delivery = entry["delivery"]
        described = "%s, %r from %s, %s %s" % (
            delivery["phase"], entry["stdoutPath"], entry["stdoutPathSource"],
            entry["stdoutPathError"], delivery["error"])  # fmt: skip
        untold = delivery["phase"] == "NO_LOG" and not entry["stdoutPath"] and entry["stdoutPathError"]
        if log == NO_LOG:
            self.tally["no log"] += 1
            if not untold:
                self.wrong(run, "has no log: " + described)
        elif log == NO_FILE:
            self.tally["not created"] += 1
            if delivery["phase"] not in ("NO_LOG", "REJECTED"):
                self.wrong(run, "its log could not be created: " + described)
        elif told != TOLD and untold:
            self.tally["untold"] += 1
        elif told == UNSURE:
            self.tally["unsure"] += 1
        else:
            if delivery["phase"] != "COMPLETED" and job.label != "no output at all":
                self.wrong(run, "is not delivered: " + described)
            if files:
                self.tally["with a file"] += 1
                if {os.path.realpath(entry["stdoutPath"] or "/")} == files:
                    self.tally["paths right"] += 1
                else:
                    self.wrong(run, "wrote %s: %s" % (files, described))

    def is_shared(self, run):
        job = self.job(run)
        return "+" in run.job_id or job is not None and job.log == SHARED and "_" in run.job_id

    def judge_sharing(self):
        """Those that share a file name one of them, and show its verdict."""
        groups = collections.defaultdict(list)
        for key, run in self.runs.items():
            if self.is_shared(run) and key in self.entries and self.job(run).log != NO_LOG:
                groups[run.job_id.replace("+", "_").split("_")[0]].append((run, self.entries[key]))
        for members in groups.values():
            owners = [entry for _, entry in members if not entry["logJobId"]]
            for run, entry in members:
                if len(owners) != 1:
                    self.wrong(run, "of those that share its file, %d own it" % len(owners))
                elif entry["logJobId"] not in ("", owners[0]["jobId"]):
                    self.wrong(run, "shares the log of %s, not %s" % (entry["logJobId"], owners[0]["jobId"]))
                elif entry.get("verdict") != owners[0].get("verdict"):
                    self.wrong(run, "does not show the verdict of " + owners[0]["jobId"])

    def judge_submissions(self, attrsvc):
        """Each log was sent once: once a run, and once for all that share it."""
        due = collections.Counter()
        seen = set()
        for key, run in self.runs.items():
            entry = self.entries.get(key)
            if entry is None or not os.path.isfile(entry["stdoutPath"] or "/"):
                continue
            path = os.path.realpath(entry["stdoutPath"])
            if self.is_shared(run):
                if path in seen:
                    continue
                seen.add(path)
            due[path] += os.path.getsize(path) > 0
        sent = collections.Counter(
            os.path.realpath(r["log_path"]) for r in attrsvc.requests("POST")
        )
        for path in set(due) | set(filter(os.path.isfile, sent)):
            if due[path] != sent[path] and os.path.getsize(path) > 0:  # an empty one is tried again
                self.problems.append("%r was sent %d times, not %d" % (path, sent[path], due[path]))
        self.tally["sent"] = sum(sent.values())


class SlurmTruthTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slurm = SlurmCluster(
            nodes=5, cpus=64, min_job_age=5,
            extra_conf="PartitionName=other Nodes=n1 PriorityTier=10 PreemptMode=OFF\n"
            "PartitionName=late Nodes=n3 PriorityTier=10 PreemptMode=OFF",
        )  # fmt: skip
        cls.enterClassContext(cls.slurm)
        # Below /tmp, where jobs of any user can write.
        cls.logs = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.logs, ignore_errors=True)
        os.chmod(cls.logs, 0o777)
        cls.attrsvc, cls.service = cls.start()
        cls.workload = Workload(cls.slurm, cls.logs, cls.is_seen)
        cls.workload.run(cls.service_is_down())

    @classmethod
    def start(cls):
        attrsvc = cls.enterClassContext(AttrsvcStandin("--analysis_ms=100"))
        service = Smonsvc(
            cls.slurm.env, attrsvc_url=attrsvc.url, partitions=WATCHED, submit_rate=0, result_rate=0,
            log_wait="5s",
        )  # fmt: skip
        return attrsvc, cls.enterClassContext(service)

    @classmethod
    def is_seen(cls, job_id, restarts):
        if cls.is_down:
            return True
        status, text = cls.service.get("/v1/jobs/%s?restartCount=%d" % (job_id, restarts))
        return status == 200 and json.loads(text)["state"] == "RUNNING"

    is_down = False

    @classmethod
    @contextlib.contextmanager
    def service_is_down(cls):
        cls.service.stop()
        cls.is_down = True
        yield
        cls.is_down = False
        cls.service.start()

    def assert_true(self, service, attrsvc, from_queue):
        def judge():
            return Judgement(self.workload, runs_of_sacct(self.slurm), service, attrsvc, from_queue)

        with contextlib.suppress(AssertionError):
            wait_for(lambda: not judge().problems, 45, "all is right", 2)
        judgement = judge()
        print(dict(judgement.tally))
        print(dict(collections.Counter(run.state for run in judgement.runs.values())))
        if judgement.problems:
            self.fail("\n".join(judgement.problems))
        self.assertGreaterEqual(judgement.tally["jobs"], 150)
        self.assertEqual(judgement.tally["states right"], judgement.tally["runs"])
        self.assertEqual(judgement.tally["paths right"], judgement.tally["with a file"])

    def test_what_was_seen_in_the_queue_is_as_slurm_says(self):
        self.assert_true(self.service, self.attrsvc, from_queue=True)

    def test_what_only_accounting_knows_is_as_slurm_says(self):
        wait_for(lambda: not self.workload.known_to_slurmctld(), 60, "slurmctld forgets all jobs")
        attrsvc, service = self.start()
        self.assert_true(service, attrsvc, from_queue=False)


if __name__ == "__main__":
    unittest.main()
