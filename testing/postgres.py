"""A PostgreSQL server for tests, from Debian's package postgresql: its data in a
new directory, on a Unix socket there."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile

from testing.waiting import wait_for

NOBODY = 65534


def somebody():
    """What to run a program with, and the user that is then the real one: PostgreSQL
    refuses to run as root. To it, the user is somebody else; in a chroot, where there are
    no user namespaces, it really is."""
    if os.geteuid() != 0:
        return [], os.geteuid()
    command = ["unshare", "--user", "--map-user=%d" % NOBODY]
    if subprocess.call([*command, "true"], stderr=subprocess.DEVNULL) == 0:
        return command, 0
    return ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"], NOBODY


def program(name):
    """Path of one of its programs, of the newest version that is installed."""
    paths = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name))
    if not paths:
        raise FileNotFoundError("no %s; install postgresql" % name)
    return paths[-1]


class Postgres:
    def __enter__(self):
        # Short, for the name of the socket.
        self.folder = tempfile.mkdtemp(prefix="smon_pg_", dir="/tmp")
        self.process = None
        self._as_somebody, owner = somebody()
        os.chown(self.folder, owner, -1)
        subprocess.run(
            [
                *self._as_somebody, program("initdb"), "-D", self._data, "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--no-locale", "--no-sync",
            ],  # fmt: skip
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.start()
        return self

    def __exit__(self, exc_type, exc, traceback):
        self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self):
        return os.path.join(self.folder, "data")

    @property
    def url(self):
        """Its database, as a --store."""
        return "postgresql://postgres@/postgres?host=" + self.folder

    @property
    def socket(self):
        """Path of the socket that it listens on."""
        return os.path.join(self.folder, ".s.PGSQL.5432")

    def start(self):
        command = [program("postgres"), "-D", self._data, "-k", self.folder, "-h", ""]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([*self._as_somebody, *command], stdout=log, stderr=log)
        ready = [program("pg_isready"), "-q", "-h", self.folder]
        wait_for(lambda: subprocess.call(ready) == 0, 60, "PostgreSQL answers")

    def crash(self):
        """Ends it at once, without any clearing away (an immediate shutdown)."""
        self._end(signal.SIGQUIT)

    def stop(self):
        """Ends it in order, and all sessions with it (a fast shutdown)."""
        self._end(signal.SIGINT)

    def _end(self, number):
        if self.process is None:
            return
        self.process.send_signal(number)
        self.process.wait()
        self.process = None

    def execute(self, sql):
        """Runs a statement, and returns what it prints."""
        command = [program("psql"), "-X", "-A", "-t", "-h", self.folder, "-U", "postgres", "-c", sql]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
