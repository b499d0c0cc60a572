"""Some smonsvc on one PostgreSQL, with one Slurm and one attrsvc for all of them."""

import contextlib
import json
import os
import tempfile

from testing.chaos import moods
from testing.chaos.attrsvc_door import RequestJournal
from testing.chaos.replica import Replica
from testing.chaos.shared_store import SharedStore
from testing.postgres import Postgres
from testing.service import AttrsvcStandin, program
from testing.slurm_standin.slurm_standin import SlurmStandin

# Requests a second to attrsvc, of all replicas together.
SUBMIT_RATE = 5


class PollJournal:
    """Who polled when: [(time, replica)], in the order of time. Reads on where it stopped."""

    def __init__(self, state_dir):
        self._path = state_dir / "calls.jsonl"
        self._read = 0
        self._polls = []

    def polls(self):
        if self._path.exists():
            with open(self._path, "rb") as file:
                file.seek(self._read)
                lines = file.read()
            whole = lines[: lines.rfind(b"\n") + 1]
            self._read += len(whole)
            calls = map(json.loads, whole.splitlines())
            self._polls += [(c["time"], c["env"]["STANDIN_CALLER"]) for c in calls if _is_poll(c)]
            self._polls.sort()
        return self._polls

    def poller(self):
        """Who polled last; None before the first poll."""
        polls = self.polls()
        return polls[-1][1] if polls else None


def _is_poll(call):
    """Whether it is one of those that only the poller makes: all jobs, or all that ended."""
    wanted = {"squeue": "-O", "sacct": "-S"}.get(call["command"])
    return wanted in call["argv"]


class Fleet:
    """Everything runs within `with`, but for the replicas, which start() starts.

    Attributes:
      slurm, attrsvc, database: the stand-ins and the server.
      store: SharedStore.
      replicas: by their names, "a", "b", ...
      requests: RequestJournal.
      polls: PollJournal.
    """

    def __init__(self, count, seed):
        self._count = count
        self._seed = seed

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            # Below /tmp: a unix socket's path is short, and TEST_TMPDIR is not.
            self.folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="smon-chaos-", dir="/tmp"))
            self.slurm = SlurmStandin(
                program("//testing/slurm_standin:slurm_standin"), os.path.join(self.folder, "slurm")
            )
            self.polls = PollJournal(self.slurm.state_dir)
            self.requests = RequestJournal()
            self.database = stack.enter_context(Postgres())
            self.store = SharedStore(self.database)
            standin = AttrsvcStandin("--seed=%d" % (self._seed % 2**32), form="released")
            self.attrsvc = stack.enter_context(standin)
            self.attrsvc.configure(**moods.HEALTHY)
            self.replicas = {}
            for name in "abcdefghi"[: self._count]:
                self.replicas[name] = stack.enter_context(self._replica(name))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.__exit__(None, None, None)

    def start(self):
        """All replicas, the first one first: it makes the tables, and they get a witness."""
        for number, replica in enumerate(self.replicas.values()):
            replica.start()
            replica.wait_until_serving()
            if number == 0:
                self.store.watch()

    def _replica(self, name):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        return Replica(
            name, self.slurm.env(), self.database, self.attrsvc.url, self.requests, folder,
            submit_rate=SUBMIT_RATE, result_rate=0,
        )  # fmt: skip
