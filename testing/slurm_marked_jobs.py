"""Submits jobs whose output is found again, and requeues them.

Each script first writes a mark, with its raw id and restart count, so that the file
that Slurm really wrote a run's output to is found by looking for the mark.
"""

import collections
import glob
import os
import re
import subprocess
import time

from testing.waiting import wait_for

MARK = 'echo "@@ $SLURM_JOB_ID ${SLURM_RESTART_COUNT:-0} @@"'
_FIND_MARK = re.compile(rb"@@ (\d+) (\d+) @@")
SLEEP = "sleep 600"

Job = collections.namedtuple(
    "Job",
    # What the job is for; its name, when it was given one; what its script returns.
    "label name exit_code"
    # FILE: its mark must be found. NO_LOG: it writes none. NO_FILE: Slurm could not
    # create it. SHARED: its mark may have been overwritten by another task.
    " log"
    # What squeue, and what accounting alone, tells of the path. TOLD: enough.
    # UNTOLD: the path is right, or there is a reason why there is none. UNSURE: it
    # may even be wrong, and docs/SLURM.md says so.
    " queue accounting",
)
FILE, NO_LOG, NO_FILE, SHARED = "FILE", "NO_LOG", "NO_FILE", "SHARED"
TOLD, UNTOLD, UNSURE = "TOLD", "UNTOLD", "UNSURE"


def script(body="", count=0):
    """A script that leaves its mark, and lasts until it was requeued `count` times."""
    wait = "[ ${SLURM_RESTART_COUNT:-0} -ge %d ] || %s\n" % (count, SLEEP)
    return "#!/bin/sh\n%s\n%s%s\n" % (MARK, wait if count else "", body)


class MarkedJobs:
    """Jobs on a cluster; one thread.

    Args:
      slurm: a SlurmCluster with five nodes, and a partition "other".
      logs: a folder that everybody may write to.
      is_seen: whether the service, if it is up, has seen a run of a job (displayed
        id, restart count) running.

    Attributes:
      jobs: {job id without task or component: Job}.
      files: {(raw id, restart count): paths that had the run's mark}.
    """

    def __init__(self, slurm, logs, is_seen):
        self.slurm = slurm
        self.is_seen = is_seen
        self.logs = logs
        self.jobs = {}
        self.files = collections.defaultdict(set)
        self._requeues = {}  # {displayed id: how often it is to be requeued}
        self._hold = set()

    def add(self, label, *args, body="", text=None, name=None, exit_code=None, log=FILE,
            queue=TOLD, accounting=TOLD, chdir=None, count=0, stdin=True, env=None):
        """Submits a job; returns its id."""
        if name is not None:
            args = ("--job-name=" + name, *args)
        if exit_code is not None:
            body = "exit %d" % exit_code
        text = script(body, count) if text is None else text
        done = subprocess.run(
            ["sbatch", "--parsable", "--chdir=" + (chdir or self.logs), *args],
            input=os.fsencode(text) if stdin else b"",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**self.slurm.env, **(env or {})}, timeout=60,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError("%s: %s" % (label, done.stderr.decode(errors="replace")))
        job_id = done.stdout.decode().strip().split(";")[0]
        self.jobs[job_id] = Job(label, name, exit_code, log, queue, accounting)
        return job_id

    def path(self, name):
        path = os.path.join(self.logs, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def folder(self, name, mode=0o777):
        path = os.path.join(self.logs, name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        return path

    def find_marks(self):
        """Looks into every file below the folder, and notes whose output it has."""
        for folder, _, names in os.walk(os.fsencode(self.logs)):
            for name in names:
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        marks = _FIND_MARK.findall(file.read())
                except OSError:
                    continue
                for raw_id, restarts in marks:
                    self.files[int(raw_id), int(restarts)].add(os.fsdecode(path))

    def is_stopped(self, raw_id):
        """Whether a process of the job, which runs on this machine, is stopped."""
        marks = {("SLURM_JOB_ID=" + raw_id).encode(), ("SLURM_CONF=" + self.slurm.env["SLURM_CONF"]).encode()}
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                with open(folder + "/environ", "rb") as environ, open(folder + "/stat", "rb") as stat:
                    if marks <= set(environ.read().split(b"\0")):
                        return stat.read().rpartition(b") ")[2].startswith(b"T")
            except OSError:
                continue  # it has ended, or is not ours
        return False

    def signal_until_ended(self, job_id):
        """Signals the batch shell; again, for a signal gets lost while the node still starts the job."""

        def ended():
            self.slurm.run("scancel", "--batch", "--signal=USR1", job_id, check=False)
            return self.queue().get(job_id, ("",))[0] != "RUNNING"

        wait_for(ended, 60, "%s ends by the signal" % job_id, 1)

    def to_requeue(self, label, count, *args, by_node=False, hold=False, **options):
        job_id = self.add(label, *args, count=count, **options)
        tasks = [a for a in args if a.startswith("--array=")]
        shown = job_id + "_1" if tasks else job_id
        self._requeues[shown] = 0 if by_node else count
        if hold:
            self._hold.add(shown)
        return job_id

    def known_to_slurmctld(self):
        return set(self.slurm.squeue("-h", "-t", "all", "-O", "ArrayJobID:|,HetJobID:|,JobID:|")
                   .replace("|", " ").split())

    def queue(self):
        """{displayed id: (state, restart count, reason)}."""
        rows = self.slurm.squeue(
            "-h", "-r", "-O", "JobArrayID:|,State:|,RestartCnt:|,Reason:|").splitlines()
        return {r[0]: (r[1], int(r[2]), r[3]) for r in (row.split("|") for row in rows) if len(r) > 3}

    def wait_until_running(self, job_ids):
        def running():
            queue = self.queue()
            return all(queue.get(id, ("",))[0] == "RUNNING" for id in job_ids)

        wait_for(running, 60, lambda: "%s run; queue: %s" % (job_ids, self.queue()))

    def wait_until_marked(self, job_ids):
        """Waits until these run, and have left their marks: Slurm says RUNNING earlier."""
        self.wait_until_running(job_ids)

        def marked():
            self.find_marks()
            return all(self._has_mark(job_id, 0) for job_id in job_ids)

        wait_for(marked, 60, "%s leave their marks" % job_ids)

    def drive_requeues(self):
        """Requeues what is to be, and lets it start without the wait of two minutes."""

        pending_since = {}

        def done():
            queue = self.queue()
            self.find_marks()
            for job_id, left in list(self._requeues.items()):
                state, restarts, reason = queue.get(job_id, ("", 0, ""))
                if left > restarts and state == "RUNNING":
                    if self._has_mark(job_id, restarts) and self.is_seen(job_id, restarts):
                        hold = job_id in self._hold
                        self.slurm.run("scontrol", "requeuehold" if hold else "requeue", job_id, check=False)
                elif state == "PENDING" and reason == "BeginTime":
                    # Within the same second the node refuses the job's next run.
                    since = pending_since.setdefault((job_id, restarts), time.monotonic())
                    if time.monotonic() < since + 2:
                        continue
                    self.slurm.run("scontrol", "update", "jobid=" + job_id, "StartTime=now", check=False)
                elif state in ("PENDING", "REQUEUE_HOLD") and job_id in self._hold:
                    self.slurm.run("scontrol", "release", job_id, check=False)
                elif not state:
                    del self._requeues[job_id]
            return not self._requeues

        wait_for(done, 90, lambda: "requeued: %s; queue: %s" % (self._requeues, self.queue()), 0.3)

    def _has_mark(self, job_id, restarts):
        raw_id = self.slurm.squeue("-h", "-j", job_id, "-O", "JobID:|").strip("|\n ")
        return raw_id.isdigit() and (int(raw_id), restarts) in self.files

    def _labelled(self, queue):
        jobs = {job_id: self.jobs.get(re.split("[_+]", job_id)[0]) for job_id in queue}
        return {job_id: (job.label if job else "?", *queue[job_id]) for job_id, job in jobs.items()}

    def wait_until_gone(self, but):
        def gone():
            return set(self.queue()) <= set(but)

        wait_for(gone, 150, lambda: "all end but %s: %s" % (but, self._labelled(self.queue())), 0.5)
