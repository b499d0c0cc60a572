"""Kills smonsvc again and again, and checks that nothing is lost (docs/DELIVERY.md).

    tools/chaos 200 [--seed=N]

Each round starts smonsvc on the stand-ins and ends it with SIGKILL, at a failpoint
or at a random moment, while jobs come, end, are requeued and purged, and attrsvc
fails in its ways. In the end attrsvc is healthy, and everything that ended has to be
known, sent and judged. A seed repeats the decisions; when they meet what goes on in
smonsvc depends on the machine. Exit status 1 when something is wrong.
"""

import argparse
import collections
import os
import random
import re
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.parse

from testing.chaos import moods, store_copy
from testing.chaos.ledger import Ledger
from testing.chaos.workload import OUTAGE_SECONDS, Workload
from testing.service import AttrsvcStandin, Process, http, program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.waiting import wait_for

SMONSVC = "//testing/chaos:smonsvc_with_failpoints"
# The first poll of a life, and what follows from it, is over by then.
LONGEST_LIFE = 1.6
# Far more than it takes; a failpoint that is not reached by then never is.
FAILPOINT_DEADLINE = 120
# A log that attrsvc refused often waits for minutes.
END_DEADLINE = 600
HOPELESS_DEADLINE = 30
# A life in so many begins after an outage.
OUTAGE_EVERY = 4
STEP_SECONDS = 0.25
NOTIFY = (
    b"POST /v1/jobs/%d:notify HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def failpoints():
    """The names of all failpoints, in an order in which each is reached."""
    with open(program(SMONSVC), "rb") as file:
        names = {name.decode() for name in re.findall(rb"failpoint:([a-z_.]+)\0", file.read())}
    # There is one first start: it is killed before the watermark, then after it.
    first = ["start.before_watermark", "start.after_watermark"]
    return first + sorted(names - set(first))


class Plan:
    """What one round does. `failpoint` is None for a kill at a random moment."""

    def __init__(self, number, names, rounds, seed):
        decide = random.Random("%d/%d" % (seed, number))
        self.failpoint = None
        if number <= len(names):
            self.failpoint = names[number - 1]
        elif number % 2:
            again = [name for name in names if not name.startswith("start.")]
            self.failpoint = again[number // 2 % len(again)]
        if self.failpoint and number > len(names):
            self.failpoint += ":%d" % decide.randint(1, 3)
        self.seconds = decide.uniform(0, LONGEST_LIFE)
        # Towards the end, so that little is put off to be waited for.
        kind = number > rounds * 3 // 4
        choices = moods.KIND if kind else moods.ANSWERING if self.failpoint else tuple(moods.MOODS)
        self.moods = [decide.choice(choices), decide.choice(choices)]
        self.is_outage = number % OUTAGE_EVERY == 0


class Chaos:
    """A run of some rounds. Everything that it starts has ended when it is closed."""

    def __init__(self, rounds, seed, out=sys.stdout):
        self.ledger = Ledger()
        self.kills = 0
        self._rounds = rounds
        self._seed = seed
        self._out = out
        self._folder = tempfile.mkdtemp(prefix="smon-chaos-", dir=os.environ.get("TEST_TMPDIR"))
        self._store = os.path.join(self._folder, "smon.db")
        # Below /tmp: a unix socket's path is short, and TEST_TMPDIR is not.
        self._socket_folder = tempfile.mkdtemp(prefix="smon-chaos-", dir="/tmp")
        self._socket = os.path.join(self._socket_folder, "http")
        self._slurm = SlurmStandin(
            program("//testing/slurm_standin:slurm_standin"), os.path.join(self._folder, "slurm")
        )
        self._workload = Workload(self._slurm, self._folder, random.Random(seed))
        self._attrsvc = AttrsvcStandin("--seed=%d" % (seed % 2**32), form="released")
        self._attrsvc.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _discard(self._attrsvc)
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(self._socket_folder, ignore_errors=True)

    def run(self):
        """All rounds; True when nothing is wrong."""
        names = failpoints()
        self._print("seed=%d, %d failpoints" % (self._seed, len(names)))
        self._print("%5s  %-28s %6s %6s %10s %5s" % ("round", "killed", "known", "sent", "duplicates", "lost"))
        for number in range(1, self._rounds + 1):
            self._round(number, Plan(number, names, self._rounds, self._seed))
        self._end()
        for sentence in self.ledger.faults:
            self._print(sentence)
        self._print(
            "rounds=%d kills=%d jobs=%d lost=%d duplicates=%d%s"
            % (
                self._rounds,
                self.kills,
                len(self._workload.runs),
                self.ledger.lost,
                self.ledger.duplicates,
                " FAILED" if self.ledger.faults else " (all in flight at a kill)",
            )
        )
        return not self.ledger.faults

    def _print(self, line):
        print(line, file=self._out, flush=True)

    def _service(self, failpoint):
        env = self._slurm.env(SMON_FAILPOINT=failpoint or "")
        # Ports that the kernel chooses: fixed ones may be taken between two lives.
        flags = {
            "interval": 1,
            "partitions": "batch",
            "store": "sqlite://" + self._store,
            "attrsvc_url": self._attrsvc.url,
            "submit_rate": 0,
            "result_rate": 0,
            "grpc_address": "127.0.0.1:0",
            "http_socket": self._socket,
        }
        return Process([program(SMONSVC)] + ["--%s=%s" % flag for flag in flags.items()], env)

    def _round(self, number, plan):
        self._workload.step()
        if plan.is_outage and store_copy.read_stopped(self._store).watermark:
            store_copy.set_back_watermark(self._store, OUTAGE_SECONDS)
            self._workload.jobs_of_an_outage()
        self._attrsvc.configure(**moods.knobs(plan.moods[0]))
        service = self._service(plan.failpoint)
        try:
            service.start()
            if plan.failpoint:
                where = plan.failpoint
                self._await_death(service, plan)
            else:
                where = "after %.2f s" % plan.seconds
                self._live(service, plan)
                service.kill()
        finally:
            _discard(service)
        self.kills += 1
        self._workload.short_job()
        store = store_copy.read_stopped(self._store)
        self.ledger.after_kill(
            "round %d" % number, self._workload.runs, self._workload.deliveries(), store, self._accepted()
        )
        self._print(
            "%5d  %-28s %6d %6d %10d %5d"
            % (number, where, len(store.runs), sum(store.sent().values()), self.ledger.duplicates, self.ledger.lost)
        )

    def _live(self, service, plan):
        """Until the moment of the kill; with another mood from the middle on."""
        time.sleep(plan.seconds / 2)
        self._workload.step()
        self._attrsvc.configure(**moods.knobs(plan.moods[1]))
        time.sleep(plan.seconds / 2)
        if service.ended():
            raise AssertionError("smonsvc has ended by itself:\n" + service.log()[-4000:])

    def _await_death(self, service, plan):
        """While new jobs bring smonsvc to every failpoint."""
        deadline = time.monotonic() + FAILPOINT_DEADLINE
        while not service.ended(STEP_SECONDS):
            if time.monotonic() > deadline:
                raise AssertionError("%s is not reached:\n%s" % (plan.failpoint, service.log()[-4000:]))
            self._workload.step()
            self._notify()
        if service.exit_status != -signal.SIGKILL:
            raise AssertionError("smonsvc has ended by itself:\n" + service.log()[-4000:])

    def _notify(self):
        """As EpilogSlurmctld does; whether smonsvc lives to answer is up to the round."""
        for raw_id in self._workload.lately_ended():
            try:
                with socket.socket(socket.AF_UNIX) as http_socket:
                    http_socket.settimeout(5)
                    http_socket.connect(self._socket)
                    http_socket.sendall(NOTIFY % raw_id)
                    http_socket.recv(4096)
            except OSError:
                return

    def _accepted(self):
        """{log path: POSTs that attrsvc took}"""
        posts = self._attrsvc.requests("POST")
        return collections.Counter(post["log_path"] for post in posts if post["status"] == 200)

    def _end(self):
        """attrsvc is healthy, all jobs end, and everything has to settle."""
        self._attrsvc.configure(**moods.HEALTHY)
        self._workload.end_all()
        service = self._service(None)
        try:
            service.start()
            service.wait_for_log("INFO started", 60)
            try:
                # What is lost already does not come by waiting.
                deadline = HOPELESS_DEADLINE if self.ledger.faults else END_DEADLINE
                wait_for(self._is_settled, deadline, "all is settled", interval=0.5)
            except AssertionError as error:  # the ledger tells what is not
                self._print(str(error))
            service.stop()
        finally:
            _discard(service)
        store = store_copy.read_stopped(self._store)
        answers = {run.log: self._answer(run.log) for run in self._workload.runs.values()}
        self.ledger.at_the_end(
            self._workload.runs, self._workload.deliveries(), store, self._accepted(), answers
        )

    def _is_settled(self):
        stored = store_copy.read_running(self._store).runs
        return all(
            key in stored and (stored[key].state, stored[key].phase) == (run.state, store_copy.COMPLETED)
            for key, run in self._workload.runs.items()
        )

    def _answer(self, path):
        return http("%s/logs?wait=false&log_path=%s" % (self._attrsvc.url, urllib.parse.quote(path)))[1]


def _discard(process):
    process.kill()
    shutil.rmtree(process.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="tools/chaos", description=__doc__.split("\n")[0])
    parser.add_argument("rounds", type=int, metavar="N", help="how often smonsvc is killed")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--replicas", type=int, metavar="R", help="so many on one PostgreSQL")
    arguments = parser.parse_args()
    if arguments.replicas is not None:
        from testing.chaos import replicas  # it needs a PostgreSQL

        return replicas.run(arguments.rounds, arguments.replicas, arguments.seed)
    with Chaos(arguments.rounds, arguments.seed) as chaos:
        return 0 if chaos.run() else 1


if __name__ == "__main__":
    sys.exit(main())
