"""The runs of all jobs, as accounting has them: what smonsvc is compared with."""

import collections
import datetime
import subprocess

# number: how many runs the job had before, by their submit times. started: whether
# it got a node.
Run = collections.namedtuple("Run", "job_id raw_id number state exit_code partition started")


def seconds(timestamp):
    return int(datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp())


def runs_of_sacct(slurm):
    """{(displayed id, submit time): Run} of all that accounting has, ended or not."""
    fields = "JobID,JobIDRaw,Submit,State,ExitCode,Partition,NodeList"
    ended = "BF,CA,CD,DL,F,NF,OOM,PR,TO,RQ"  # without it, some that never started are missing
    rows = []
    for states in ([], ["-s", ended]):
        command = ["sacct", "-a", "-X", "-D", "-n", "-P", "-S", "now-1hour", "-E", "now", "-o", fields]
        done = subprocess.run(
            command + states, env={**slurm.env, "SLURM_TIME_FORMAT": "%s"},
            stdout=subprocess.PIPE, check=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        rows += [line.split("|") for line in done.stdout.splitlines()]
    runs = {}
    numbers = collections.Counter()
    for job_id, raw_id, submit, state, exit_code, partition, nodes in sorted(rows, key=lambda r: int(r[2])):
        key = (job_id, int(submit))
        if "[" in job_id or key in runs:
            continue
        runs[key] = Run(job_id, int(raw_id), numbers[job_id], state.split()[0], exit_code, partition,
                        nodes != "None assigned")
        numbers[job_id] += 1
    return runs
