"""Starts this project's programs for a test, reads what they say, stops them.

    with AttrsvcStandin() as attrsvc:
        with Smonsvc(slurm.env, attrsvc_url=attrsvc.url, interval=1) as service:
            self.assertEqual(service.get_json("/healthz")["status"], "ok")
            done = service.smonctl("jobs", "--state=failed")

The programs are looked for in the runfiles of the test, so its target has them
in `data`. Every one listens on loopback, on a port that was free just before.
"""

import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from testing.waiting import wait_for

# Requests to attrsvc that a kill may leave unanswered, so that they are sent again:
# Submitter::Options::max_submits_in_flight.
MOST_SUBMITS_IN_FLIGHT = 32
# A program must have ended this many seconds after SIGTERM.
STOP_SECONDS = 5


def program(label):
    """Path of a built program, e.g. program("//server:smonsvc").

    In a test of Bazel's from the runfiles (the working directory), otherwise
    from bazel-bin.
    """
    path = label.lstrip("/").replace(":", "/")
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for candidate in (os.path.abspath(path), os.path.join(root, "bazel-bin", path)):
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError("%s is not in the test's data, nor built" % label)


def free_port():
    """A TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def http(url, body=None, timeout=30):
    """(status, text) of a GET, or of a POST of a body; an error status, too.

    Raises OSError when there is no answer.
    """
    request = urllib.request.Request(url, data=None if body is None else body.encode())
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def preload(library):
    """What to add to the environment of a program so that it has a library before all
    others; AddressSanitizer would not let it."""
    options = filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"])
    return {"LD_PRELOAD": library, "ASAN_OPTIONS": ":".join(options)}


class Process:
    """A program that runs until stop(); its output goes to a log file.

    Args:
      command: program and arguments.
      env: the whole environment; the test's own when None.

    Attributes:
      folder: a folder of its own, removed by __exit__.
      exit_status: as of subprocess, once it has ended.
    """

    def __init__(self, command, env=None):
        self.command = command
        self.env = env
        self.folder = tempfile.mkdtemp(prefix="smon-test-", dir=os.environ.get("TEST_TMPDIR"))
        self.log_path = os.path.join(self.folder, "log")
        self.exit_status = None
        self._process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, exc_type, exc, traceback):
        try:
            if exc_type is None:
                self.stop()
            else:
                self.kill()
                print("--- end of the log of %s" % self.command[0])
                print(self.log()[-4000:])
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Starts it, again after a stop(); the log goes on. Returns when ready."""
        assert self._process is None, "%s already runs" % self.command[0]
        self.exit_status = None
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            atexit.register(self.kill)  # an interrupted test runs no class clean-ups
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env
            )
        self.wait_until_ready(begin)

    def wait_until_ready(self, log_begin):
        """For subclasses: returns when the program serves. See wait_while_alive."""

    def wait_while_alive(self, condition, deadline, what):
        """As wait_for(), but fails at once when the program has ended."""

        def condition_or_death():
            status = self._process.poll()
            if status is not None:
                raise AssertionError(
                    "%s ended with status %d:\n%s" % (self.command[0], status, self.log()[-4000:])
                )
            return condition()

        return wait_for(
            condition_or_death, deadline, lambda: "%s; log:\n%s" % (what, self.log()[-4000:])
        )

    @property
    def pid(self):
        return self._process.pid

    def log(self, begin=0):
        """What it has written so far, from byte `begin` on."""
        with open(self.log_path, "rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def wait_for_log(self, pattern, deadline=10, begin=0):
        """Waits until a line matches the regular expression; returns the match."""
        return self.wait_while_alive(
            lambda: re.search(pattern, self.log(begin), re.MULTILINE),
            deadline,
            "a line that matches %r" % pattern,
        )

    def stop(self, number=signal.SIGTERM):
        """SIGTERM, or another signal. Raises AssertionError when it does not end it
        within STOP_SECONDS."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._end(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                "%s has not ended %g s after %s"
                % (self.command[0], STOP_SECONDS, signal.Signals(number).name)
            ) from None

    def ended(self, timeout=0):
        """Whether it has ended by itself, within so many seconds."""
        try:
            self._end(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def is_running(self):
        return self._process is not None and not self.ended()

    def kill(self):
        """SIGKILL, as a crash would be."""
        if self._process is None:
            return
        self._process.kill()
        self._end(None)

    def _end(self, timeout):
        self.exit_status = self._process.wait(timeout)
        self._process = None
        atexit.unregister(self.kill)


class AttrsvcStandin(Process):
    """testing/attrsvc_standin on a free port; .url is where it listens.

    Args:
      form: "released" or "documented".
      args: more arguments.
    """

    def __init__(self, *args, form="released", port=None):
        self.port = port or free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        super().__init__(
            [
                program("//testing/attrsvc_standin:attrsvc_standin"),
                "--port=%d" % self.port,
                "--form=" + form,
                *args,
            ]
        )

    def wait_until_ready(self, log_begin):
        self.wait_for_log(r"listening on " + re.escape(self.url), begin=log_begin)

    def requests(self, method=None):
        """What it was asked since it started, oldest first: a list of
        {"time", "method", "path", "log_path", "user", "job_id", "status", ...}."""
        requests = json.loads(http(self.url + "/_standin/requests")[1])
        return [r for r in requests if method in (None, r["method"])]

    def configure(self, **knobs):
        """Changes how it behaves: latency_ms=100, status=503, fail_rate=0.5, ..."""
        status, text = http(self.url + "/_standin/config", json.dumps(knobs))
        assert status == 200, text


class Smonsvc(Process):
    """The service, with its store in a file of its own that outlives a restart.

    Args:
      env: environment in which it finds Slurm (SlurmCluster.env).
      args: more arguments.
      flags: --name=value for each; interval=1 by default.

    Attributes:
      http_port, grpc_address: where it listens.
    """

    def __init__(self, env, *args, **flags):
        self.http_port = free_port()
        self.grpc_address = "127.0.0.1:%d" % free_port()
        super().__init__([program("//server:smonsvc")], env)
        flags = {
            "interval": 1,
            "store": "sqlite://%s/smon.db" % self.folder,
            "grpc_address": self.grpc_address,
            "port": self.http_port,
            **flags,
        }
        self.command += ["--%s=%s" % item for item in flags.items()] + list(args)

    def wait_until_ready(self, log_begin):
        self.wait_while_alive(self._answers, 30, "answers /healthz")

    def _answers(self):
        try:
            return self.get("/healthz")[0] in (200, 503)
        except OSError:
            return False

    def get(self, path, timeout=30):
        """(status, text) of a GET over HTTP."""
        return http("http://127.0.0.1:%d%s" % (self.http_port, path), timeout=timeout)

    def get_json(self, path):
        """The JSON of a GET, whatever its status is."""
        return json.loads(self.get(path)[1])

    def runs(self, query=""):
        """The runs of GET /v1/jobs, newest first, with all pages read."""
        runs = []
        token = ""
        while True:
            page = self.get_json("/v1/jobs?pageSize=1000&pageToken=%s&%s" % (token, query))
            assert "jobs" in page, page
            runs += page["jobs"]
            token = page["nextPageToken"]
            if not token:
                return runs

    def jobs(self, query=""):
        """The newest run of each job, as {job id: job}."""
        return {job["jobId"]: job for job in reversed(self.runs(query))}

    def wait_until_phase(self, job_ids, phase="COMPLETED", deadline=60):
        """Waits until the delivery of all these jobs is in a phase; returns jobs()."""

        def all_there():
            jobs = self.jobs()
            there = all(jobs.get(id, {}).get("delivery", {}).get("phase") == phase for id in job_ids)
            return jobs if there else None

        return self.wait_while_alive(all_there, deadline, "jobs %s %s" % (job_ids, phase))

    def smonctl(self, *args, timeout=90):
        """Runs smonctl against this service; returns a CompletedProcess with text."""
        return subprocess.run(
            [program("//client:smonctl"), "--address=" + self.grpc_address, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=timeout,
        )
