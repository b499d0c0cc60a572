"""Runs smonsvc under a steady load and tells whether it grows (docs/OPERATIONS.md, "Under load for long").

    tools/soak [--seconds=7200] [--rate=50]

So many jobs a second end on a Slurm stand-in, each with a log of its own, and are
forgotten by it some minutes later; attrsvc is a stand-in, too. Memory, file
descriptors, the store and the jobs that are done are sampled. In the end every job
has to have its verdict, and after a quarter of an hour the process may not grow: exit
status 1 when it does, or a job is lost. Runs of less than half an hour tell of lost
jobs only.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time

from testing.service import AttrsvcStandin, Smonsvc, program
from testing.slurm_standin.slurm_standin import SlurmStandin

MAX_SECONDS = 24 * 3600
MAX_RATE = 200
# What the stand-in of slurmctld and accounting holds, as MinJobAge.
KEPT_SECONDS = 120
INTERVAL_SECONDS = 5
SAMPLES = 40
# Until then caches fill, and the runs that smonsvc remembers become more: those that
# slurmctld holds, and those of the ten minutes that accounting is read again for.
WARM_UP_SECONDS = 900
# Fewer tell nothing about a slope.
LEAST_SAMPLES = 10
# What is left of a growth that is none: of the mean, by the end of the run.
MOST_GROWTH = 0.10
MOST_FILES = 8
# For the last jobs to get their verdicts.
DRAIN_SECONDS = 120
OUTPUT = "job-%j.out"
LOG = "Traceback (most recent call last):\n  File x\nValueError: bad loss\n"


class Sample:
    """What smonsvc has at one moment; sizes in bytes.

    Attributes:
      seconds: since the begin of the run.
      ended: jobs that ended so far.
      done: of these, jobs whose verdict is stored.
    """

    def __init__(self, seconds, ended, pid, metrics):
        self.seconds = seconds
        self.ended = ended
        def total(name, labels=""):
            return int(sum(v for k, v in metrics.items() if k.startswith(name + "{") and labels in k))

        self.done = total("smonsvc_deliveries", 'phase="COMPLETED"')
        self.known = total("smonsvc_jobs_found_total")
        self.rss = int(metrics["process_resident_memory_bytes"])
        self.files = len(os.listdir("/proc/%d/fd" % pid))
        self.threads = int(metrics["process_threads"])
        self.cpu = metrics["process_cpu_seconds_total"]
        self.store = int(
            sum(
                metrics.get('smonsvc_store_size_bytes{file="%s"}' % file, 0)
                for file in ("database", "wal")
            )
        )


def growth(times, values):
    """How much the line through these points grows from the first to the last."""
    mean_time = sum(times) / len(times)
    mean_value = sum(values) / len(values)
    spread = sum((time - mean_time) ** 2 for time in times)
    if spread == 0:
        return 0.0
    slope = sum((t - mean_time) * (v - mean_value) for t, v in zip(times, values)) / spread
    return slope * (times[-1] - times[0])


def steady_part(samples):
    """The samples after the warm-up; none when they are too few."""
    steady = [sample for sample in samples if sample.seconds >= WARM_UP_SECONDS]
    return steady if len(steady) >= LEAST_SAMPLES else []


def faults(samples, lost):
    """What is wrong with a run: a sentence for each."""
    found = []
    if lost:
        found.append("%d jobs have no verdict" % lost)
    steady = steady_part(samples)
    if not steady:
        return found
    times = [sample.seconds for sample in steady]
    memory = [sample.rss for sample in steady]
    grown = growth(times, memory)
    if grown > MOST_GROWTH * memory[0]:
        found.append("memory grows by %.1f MiB in %d s" % (grown / 2**20, times[-1] - times[0]))
    grown = growth(times, [sample.files for sample in steady])
    if grown > MOST_FILES:
        found.append("open files grow by %.0f in %d s" % (grown, times[-1] - times[0]))
    return found


class Soak:
    """One run. What it starts has ended when it is closed."""

    def __init__(self, seconds, rate, out=sys.stdout):
        self._seconds = seconds
        self._rate = rate
        self._out = out
        self._folder = tempfile.mkdtemp(prefix="smon-soak-", dir=os.environ.get("TEST_TMPDIR"))
        self._slurm = SlurmStandin(
            program("//testing/slurm_standin:slurm_standin"), os.path.join(self._folder, "slurm")
        )
        self._attrsvc = AttrsvcStandin()
        self._service = None
        self._ended = 0
        self._forgotten = 0
        self._batches = []  # (when, last id), oldest first
        self.samples = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self._service, self._attrsvc):
            if process is not None:
                process.kill()
                shutil.rmtree(process.folder, ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self):
        """True when nothing is wrong."""
        self._attrsvc.start()
        self._service = Smonsvc(
            self._slurm.env(),
            attrsvc_url=self._attrsvc.url,
            partitions="batch",
            interval=INTERVAL_SECONDS,
            submit_rate=0,
            result_rate=0,
        )
        self._service.start()
        self._print("%7s %8s %8s %8s %5s %7s %9s %7s" % (
            "seconds", "ended", "verdicts", "RSS MiB", "files", "threads", "store MiB", "CPU s"))  # fmt: skip
        begin = time.monotonic()
        next_sample = 0
        while (now := time.monotonic() - begin) < self._seconds:
            self._end_jobs(int(now * self._rate) - self._ended, now)
            if now >= next_sample:
                self._sample(now)
                next_sample += self._seconds / SAMPLES
            time.sleep(max(0.0, 1 - (time.monotonic() - begin - now)))
        load = time.monotonic() - begin
        last = self._drain(begin)
        lost = self._ended - last.done
        found = faults(self.samples, lost)
        good = "flat" if steady_part(self.samples) else "too short to tell of growth"
        self._print(
            "%d jobs in %d s (%.1f/s), %d known, lost=%d: %s"
            % (self._ended, load, self._ended / load, last.known, lost, "; ".join(found) or good)
        )
        return not found

    def _print(self, line):
        print(line, file=self._out, flush=True)

    def _end_jobs(self, count, now):
        """That many jobs have come and ended; those of long ago are forgotten."""
        stamp = int(time.time())
        with self._slurm.batch():
            for id in range(self._ended + 1, self._ended + count + 1):
                with open(self._log(id), "w", encoding="utf-8") as file:
                    file.write(LOG)
                self._slurm.add_job(
                    id, name="train", user="alice", state="FAILED", exit_status=256,
                    submit=stamp - 60, start=stamp - 30, end=stamp, work_dir=self._folder,
                    stdout=os.path.join(self._folder, OUTPUT), batch_host="node1",
                )  # fmt: skip
            self._ended += count
            self._batches.append((now, self._ended))
            while self._batches[0][0] < now - KEPT_SECONDS:
                self._forget(self._batches.pop(0)[1])
        self._slurm.clear_calls()

    def _forget(self, last_id):
        for id in range(self._forgotten + 1, last_id + 1):
            self._slurm.remove_job(id)
            os.unlink(self._log(id))
        self._forgotten = last_id

    def _log(self, id):
        return os.path.join(self._folder, OUTPUT.replace("%j", str(id)))

    def _read(self, seconds):
        text = self._service.get("/metrics")[1]
        metrics = {key: float(value) for key, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.M)}
        return Sample(seconds, self._ended, self._service.pid, metrics)

    def _sample(self, now):
        sample = self._read(now)
        self.samples.append(sample)
        self._print("%7d %8d %8d %8.1f %5d %7d %9.1f %7.1f" % (
            now, sample.ended, sample.done, sample.rss / 2**20, sample.files, sample.threads,
            sample.store / 2**20, sample.cpu))  # fmt: skip

    def _drain(self, begin):
        """Waits for the last verdicts; the sample then."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while True:
            sample = self._read(time.monotonic() - begin)
            if sample.done >= self._ended or time.monotonic() > deadline:
                return sample
            time.sleep(1)


def bounded(least, most):
    def parse(text):
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError("must be from %d to %d" % (least, most))
        return value

    return parse


def main():
    parser = argparse.ArgumentParser(prog="tools/soak")
    parser.add_argument("--seconds", type=bounded(10, MAX_SECONDS), default=7200)
    parser.add_argument("--rate", type=bounded(1, MAX_RATE), default=50, help="jobs a second")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Soak(options.seconds, options.rate) as soak:
        return 0 if soak.run() else 1


if __name__ == "__main__":
    sys.exit(main())
