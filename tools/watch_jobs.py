#!/usr/bin/env python3
"""Prints a line whenever a job changes, as smonctl shows it.

Usage: tools/watch_jobs.py --smonctl=PROGRAM --address=HOST:PORT
           [--deadline=SECONDS ID=STATE... | --only-new]

With jobs to expect it ends by itself: with status 0 when each of them is in its
state and has its verdict, with 1 and what is missing when there is no hope of that
any more or the time is over. Otherwise it goes on until smonsvc is gone (status 1).
"""

import argparse
import json
import subprocess
import sys
import time

_PHASES = {
    "WAITING": "",
    "PENDING": "log is to be sent",
    "SUBMITTED": "log sent, verdict awaited",
    "EXPIRED": "no verdict came",
    "REJECTED": "attrsvc refuses the log",
    "NO_LOG": "has no log",
}
# Where nothing more will happen.
_FINAL_PHASES = frozenset(["COMPLETED", "EXPIRED", "REJECTED", "NO_LOG"])


def list_jobs(args):
    """{job id: job} as smonsvc has them now."""
    out = subprocess.run(
        [args.smonctl, "--address=" + args.address, "jobs", "-o", "json"],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ).stdout
    return {job["jobId"]: job for job in json.loads(out)["jobs"]}


def phase_of(job):
    return job.get("delivery", {}).get("phase", "WAITING")


def describe(job):
    phase = phase_of(job)
    if phase == "COMPLETED":
        verdict = job.get("verdict", {})
        reason = verdict.get("reason", "")
        text = "verdict %s%s" % (verdict.get("action", ""), ": " + reason if reason else "")
    else:
        text = _PHASES.get(phase, phase)
    # Names and reasons are other people's text.
    line = "%-8s %-12s %-10s %s" % (job["jobId"], job.get("name", ""), job["state"], text)
    line = "".join(c if c.isprintable() else "?" for c in line).rstrip()
    return line if len(line) <= 100 else line[:99] + "…"


def missing(jobs, expected):
    """A line for each expected job that is not as it should be."""
    lines = []
    for id, state in expected.items():
        job = jobs.get(id)
        if job is None:
            lines.append("%s: not seen" % id)
        elif (job["state"], phase_of(job)) != (state, "COMPLETED"):
            error = job.get("delivery", {}).get("error") or job.get("stdoutPathError") or ""
            lines.append("%s: %s, %s, where %s and a verdict are expected %s"
                         % (id, job["state"], phase_of(job), state, error and "(%s)" % error))
    return lines


def watch(args):
    expected = dict(item.split("=", 1) for item in args.expected)
    begin = time.monotonic()
    shown = {id: describe(job) for id, job in list_jobs(args).items()} if args.only_new else {}
    while True:
        jobs = list_jobs(args)
        for id in sorted(jobs, key=lambda id: int(jobs[id].get("rawJobId", 0))):
            line = describe(jobs[id])
            if shown.get(id) != line:
                shown[id] = line
                print("    %4.0f s  %s" % (time.monotonic() - begin, line), flush=True)
        if expected:
            wrong = missing(jobs, expected)
            if not wrong:
                return 0
            hopeless = all(id in jobs and phase_of(jobs[id]) in _FINAL_PHASES for id in expected)
            if hopeless or time.monotonic() - begin > args.deadline:
                print("\n".join("    " + line for line in wrong), file=sys.stderr)
                return 1
        time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--smonctl", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--deadline", type=float, default=180)
    parser.add_argument("--only-new", action="store_true")
    parser.add_argument("expected", nargs="*", metavar="ID=STATE")
    args = parser.parse_args()
    try:
        return watch(args)
    except subprocess.CalledProcessError as error:
        print("    " + error.stderr.decode(errors="replace").strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
