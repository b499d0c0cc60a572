"""One smonsvc of several that share a store, with all that can befall it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import time

from testing.chaos.attrsvc_door import AttrsvcDoor
from testing.chaos.cuttable_proxy import CuttableProxy
from testing.service import Process, program
from testing.waiting import wait_for

SMONSVC = "//testing/chaos:smonsvc_with_failpoints"
# Far more than a start takes.
START_SECONDS = 60
REQUEST = b"%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Replica:
    """Args:
      name: of one letter.
      env: the environment in which it finds Slurm.
      database: Postgres.
      attrsvc_url: of the attrsvc that all share.
      journal: RequestJournal.
      folder: an empty one, with a short path: its sockets are there.
      flags: more of smonsvc's.

    Attributes:
      door, proxy: its ways to attrsvc and to PostgreSQL.
      started: when start() last was, as of time.time().
    """

    def __init__(self, name, env, database, attrsvc_url, journal, folder, **flags):
        self.name = name
        self.door = AttrsvcDoor(name, attrsvc_url, journal)
        self.proxy = CuttableProxy(database.socket)
        self.started = None
        self._socket = os.path.join(folder, "http")
        self._failpoint_file = os.path.join(folder, "failpoint")
        env = {**env, "STANDIN_CALLER": name, "SMON_FAILPOINT_FILE": self._failpoint_file}
        flags = {
            "interval": 1,
            "partitions": "batch",
            "store": "postgresql://postgres@127.0.0.1:%d/postgres" % self.proxy.port,
            "attrsvc_url": self.door.url,
            # Longer than any outage, so that each request gets lost at most once in it.
            "timeout": 15,
            "grpc_address": "127.0.0.1:0",
            "http_socket": self._socket,
            "replica_name": name,
            **flags,
        }
        self._process = Process([program(SMONSVC)] + ["--%s=%s" % flag for flag in flags.items()], env)

    def __enter__(self):
        self._ways = contextlib.ExitStack()
        self._ways.enter_context(self.proxy)
        self._ways.enter_context(self.door)
        return self

    def __exit__(self, *_):
        self.kill()
        self._ways.close()
        shutil.rmtree(self._process.folder, ignore_errors=True)

    def start(self):
        self.disarm()
        self.started = time.time()
        self._process.start()

    def wait_until_serving(self):
        """Until it serves, and can use its store."""
        wait_for(self._is_serving, START_SECONDS, lambda: "%s serves:\n%s" % (self.name, self.log()[-4000:]))

    def is_dead(self):
        return not self._process.is_running()

    def kill(self):
        self._process.kill()

    def stop(self):
        """In order, as systemctl does."""
        self._process.stop()

    def pause(self):
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self):
        if not self.is_dead():
            os.kill(self._process.pid, signal.SIGCONT)

    def arm(self, failpoint, action):
        """The next time that it comes to the failpoint it is killed or stopped there.

        Args:
          action: "kill" or "stop".
        """
        new = self._failpoint_file + ".new"
        with open(new, "w", encoding="ascii") as file:
            file.write("%s %s" % (failpoint, action))
        os.rename(new, self._failpoint_file)

    def has_struck(self):
        """Whether what arm() was told of has happened."""
        return not os.path.exists(self._failpoint_file)

    def disarm(self):
        """Returns whether it has struck after all."""
        try:
            os.unlink(self._failpoint_file)
        except FileNotFoundError:
            return True
        return False

    def notify(self, raw_id):
        """As EpilogSlurmctld does; whether it is there to answer is another matter."""
        with contextlib.suppress(OSError):
            self._ask(b"POST", b"/v1/jobs/%d:notify" % raw_id)

    def log(self):
        return self._process.log()

    def _is_serving(self):
        assert not self.is_dead(), "%s has ended by itself:\n%s" % (self.name, self.log()[-4000:])
        try:
            answer = self._ask(b"GET", b"/v1/health")
            components = json.loads(answer.partition(b"\r\n\r\n")[2])["components"]
        except (OSError, ValueError, KeyError):
            return False
        return any(c["name"] == "store" and c["status"] == "OK" for c in components)

    def _ask(self, method, path):
        with socket.socket(socket.AF_UNIX) as http_socket:
            http_socket.settimeout(2)
            http_socket.connect(self._socket)
            http_socket.sendall(REQUEST % (method, path))
            return b"".join(iter(lambda: http_socket.recv(65536), b""))
