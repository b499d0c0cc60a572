#!/usr/bin/env python3
"""replicas_bench.py [--jobs=N] [--latency=SECONDS] [--replicas=1,3] - what more replicas bring.

So many jobs end at once, and each answer of attrsvc takes so long that the requests which one
smonsvc has in flight are the limit (--submit_rate=0). Printed is how many logs a second
the replicas send to attrsvc, and get the verdicts of, together; and the ratio to the first line.
Starts a PostgreSQL, stand-ins of Slurm and attrsvc, and the smonsvc that bazel-bin has.
"""

import argparse
import contextlib
import datetime
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from testing.postgres import Postgres  # noqa: E402
from testing.service import AttrsvcStandin, Smonsvc, program  # noqa: E402
from testing.slurm_standin.slurm_standin import SlurmStandin  # noqa: E402
from testing.waiting import wait_for  # noqa: E402

DONE = "SELECT COUNT(*) FROM jobs WHERE phase = 4"  # COMPLETED
LIVE = "SELECT COUNT(*) FROM replicas"
# Far more than one replica takes.
DEADLINE = 600


def add_ended_jobs(slurm, count):
    """Each with a log of its own."""
    logs = str(slurm.directory / "logs")
    os.mkdir(logs)
    now = int(time.time())
    for number in range(1, count + 1):
        with open("%s/%d.out" % (logs, number), "w", encoding="ascii") as log:
            log.write("Traceback (most recent call last):\nValueError: %d\n" % number)
    slurm.generate_jobs(
        count, 1, name="train", user="alice", state="FAILED", exit_status=256, submit=now - 60, start=now - 50,
        end=now, work_dir=logs, stdout=logs + "/%j.out", submit_line="sbatch -o %j.out train.sh", batch_host="node1",
    )  # fmt: skip


def seconds(request):
    return datetime.datetime.fromisoformat(request["time"].replace("Z", "+00:00")).timestamp()


def measure(replicas, jobs, latency):
    """(logs sent a second, verdicts a second)"""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="replicas_bench.", dir="/tmp"))
        database = stack.enter_context(Postgres())
        attrsvc = stack.enter_context(AttrsvcStandin())
        attrsvc.configure(latency_ms=int(latency * 1000))
        slurm = SlurmStandin(program("//testing/slurm_standin:slurm_standin"), os.path.join(folder, "slurm"))
        for number in range(replicas):
            service = Smonsvc(
                slurm.env(), store=database.url, attrsvc_url=attrsvc.url, replica_name=str(number), partitions="batch",
                submit_rate=0, result_rate=0,
            )  # fmt: skip
            stack.enter_context(service)
        wait_for(lambda: database.execute(LIVE) == str(replicas), 30, "all replicas have joined")
        add_ended_jobs(slurm, jobs)
        wait_for(lambda: database.execute(DONE) == str(jobs), DEADLINE, "all logs have verdicts", interval=0.2)
        sent = sorted(map(seconds, attrsvc.requests("POST")))
        asked = max(map(seconds, attrsvc.requests("GET")))
        assert len(sent) == jobs, "%d logs were sent, of %d" % (len(sent), jobs)
        return jobs / (sent[-1] - sent[0]), jobs / (asked + latency - sent[0])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=1500)
    parser.add_argument("--latency", type=float, default=2)
    parser.add_argument("--replicas", default="1,3")
    options = parser.parse_args()
    print("%8s  %12s %6s  %12s %6s" % ("replicas", "logs/s", "ratio", "verdicts/s", "ratio"))
    first = None
    for replicas in map(int, options.replicas.split(",")):
        rates = measure(replicas, options.jobs, options.latency)
        first = first or rates
        print(
            "%8d  %12.1f %6.2f  %12.1f %6.2f" % (replicas, rates[0], rates[0] / first[0], rates[1], rates[1] / first[1]),
            flush=True,
        )


if __name__ == "__main__":
    main()
