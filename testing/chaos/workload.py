"""Jobs of a stand-in cluster that come, end, are requeued and purged; and the truth about them."""

import collections
import os
import time

OWNER = "alice"
# How jobs end: state, and the wait status that the stand-in is told.
ENDS = [("FAILED", 256), ("COMPLETED", 0), ("TIMEOUT", 0), ("OUT_OF_MEMORY", 256)]
# Accounting is read again this far before the watermark (AccountingWindow).
OVERLAP_SECONDS = 600
# In an outage jobs end between these ages, so that no overlap makes up for a
# watermark that was stored too early.
OUTAGE_SECONDS = 3600
OLD_ENDS = (OVERLAP_SECONDS + 120, OUTAGE_SECONDS - OVERLAP_SECONDS - 120)


class Run:
    """One run of a job, as smonsvc has to know it in the end.

    Attributes:
      log: path of the file that it writes to.
      shares_log: whether the other tasks of its array write to it, too.
      key: (job id as displayed, submit time), by which the Store tells runs apart.
      state: the final one, None while it runs.
      end: when it ended, by Slurm's clock.
      told: when accounting was told of the end.
    """

    def __init__(self, raw_id, job_id, submit, log, shares_log=False):
        self.raw_id = raw_id
        self.key = (job_id, submit)
        self.log = log
        self.shares_log = shares_log
        self.state = None
        self.end = None
        self.told = None


class Workload:
    """Owns the jobs of a SlurmStandin.

    Args:
      slurm: the stand-in.
      logs: the folder that the jobs write to.
      random: decides everything.

    Attributes:
      runs: {key: Run} of all runs so far.
    """

    def __init__(self, slurm, logs, random):
        self.runs = {}
        self._slurm = slurm
        self._logs = logs
        self._random = random
        self._last_id = 0
        self._live = {}  # raw id -> Run
        self._ended = []  # raw ids that the controller still holds

    def deliveries(self):
        """{log path: how often it has to be sent}: once a run, or for all tasks that share it."""
        needed = collections.Counter()
        for run in self.runs.values():
            needed[run.log] = 1 if run.shares_log else needed[run.log] + 1
        return needed

    def step(self):
        """Some jobs come, some end, some are requeued, some are forgotten by the controller."""
        with self._slurm.batch():
            for _ in range(self._random.randint(1, 3)):
                self._submit()
            for run in list(self._live.values()):
                chance = self._random.random()
                if chance < 0.55:
                    self._end(run)
                elif chance < 0.65:
                    self._requeue(run)
            for raw_id in [id for id in self._ended if self._random.random() < 0.4]:
                self._ended.remove(raw_id)
                self._slurm.purge_job(raw_id)

    def lately_ended(self):
        """Raw ids of a few jobs that ended last and are still in the queue."""
        return self._ended[-3:]

    def short_job(self):
        """A job that came and went between two polls, and that only accounting knows."""
        self._add_ended(time.time())

    def jobs_of_an_outage(self):
        """Jobs that ended long ago, purged since, as after a long stop of smonsvc."""
        with self._slurm.batch():
            for _ in range(3):
                self._add_ended(time.time() - self._random.uniform(*OLD_ENDS))

    def end_all(self):
        with self._slurm.batch():
            for run in list(self._live.values()):
                self._end(run)

    def _submit(self):
        kind = self._random.choice(["job", "job", "array", "shared array"])
        array = self._last_id + 1
        tasks = 1 if kind == "job" else self._random.randint(2, 3)
        for task in range(tasks):
            self._last_id += 1
            if kind == "job":
                self._add(self._last_id, str(self._last_id), "job-%j.out", "job-%d.out" % array)
                continue
            shared = kind == "shared array"
            self._add(
                self._last_id,
                "%d_%d" % (array, task),
                "shared-%A.out" if shared else "task-%A_%a.out",
                "shared-%d.out" % array if shared else "task-%d_%d.out" % (array, task),
                array_job_id=array,
                array_task_id=task,
            )

    def _add(self, raw_id, job_id, pattern, log, **fields):
        path = os.path.join(self._logs, log)
        with open(path, "w", encoding="utf-8") as file:
            # The verdict quotes the last line, so that it tells whose it is.
            file.write("Traceback (most recent call last):\n  File x\nValueError: %s\n" % log)
        now = int(time.time())
        output = os.path.join(self._logs, pattern)
        job = {
            "name": "train",
            "user": OWNER,
            "submit": now - 60,
            "start": now - 30,
            "work_dir": self._logs,
            "stdout": output,
            "submit_line": "sbatch --output=%s train.sh" % output,
            "batch_host": "node1",
            **fields,
        }
        self._slurm.add_job(raw_id, **job)
        run = Run(raw_id, job_id, job["submit"], path, pattern.startswith("shared"))
        self.runs[run.key] = self._live[raw_id] = run

    def _add_ended(self, end):
        self._last_id += 1
        id = self._last_id
        times = {"submit": int(end) - 60, "start": int(end) - 30}
        self._add(id, str(id), "job-%j.out", "job-%d.out" % id, in_queue=False, **times)
        self._end(self._live[id], end)
        self._ended.remove(id)

    def _end(self, run, end=None):
        run.state, exit_status = self._random.choice(ENDS)
        run.end = int(end or time.time())
        self._slurm.update_job(run.raw_id, state=run.state, exit_status=exit_status, end=run.end)
        run.told = time.time()
        del self._live[run.raw_id]
        self._ended.append(run.raw_id)

    def _requeue(self, run):
        """The run ends, and the job waits for its next one under a new submit time."""
        before = self._slurm.job(run.raw_id)
        now = int(time.time())
        if now <= before["submit"] or "array_job_id" in before:
            return
        self._slurm.add_run(**{**before, "state": "NODE_FAIL", "end": now})
        run.state, run.end, run.told = "NODE_FAIL", now, time.time()
        restarts = before.get("restart_count", 0) + 1
        self._slurm.update_job(run.raw_id, submit=now, start=now, restart_count=restarts)
        again = Run(run.raw_id, run.key[0], now, run.log)
        self.runs[again.key] = self._live[run.raw_id] = again
