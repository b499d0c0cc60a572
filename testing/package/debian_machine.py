"""A Debian that boots, by systemd-nspawn, from what tools/debian_base has made.

    with DebianMachine() as machine:
        machine.run("apt-get", "install", "-y", "/root/smonsvc.deb")
        machine.run("systemctl", "start", "smonsvc")

It shares the network and the users' numbers with the test. One thread.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

from testing.waiting import wait_for

_ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}


def debian_base(name):
    """Path of "machine.tar" or "image.tar" of tools/debian_base.

    Raises unittest.SkipTest, with a loud line, where there is none.
    """
    with open(os.path.join("..", "smon_debian_base", "path"), encoding="utf-8") as file:
        path = os.path.join(file.read(), name)
    if not os.path.isfile(path):
        skip("there is no small Debian; bazel test --repo_env=SMON_DEBIAN_BASE=\"$(tools/debian_base)\"")
    return path


def skip(why):
    """Raises unittest.SkipTest, after a line that nobody overlooks."""
    print("\n*** SKIPPED: %s\n" % why, flush=True)
    raise unittest.SkipTest(why)


class _Cgroups:
    """Groups of the machine's own, below the test's, for systemd to do with as it likes."""

    def __init__(self, name):
        self._folders = []
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            for line in file:
                _, controllers, path = line.rstrip("\n").split(":", 2)
                for mount in ("systemd",) if controllers == "name=systemd" else ("unified", ""):
                    parent = os.path.join("/sys/fs/cgroup", mount, path.lstrip("/"))
                    if controllers in ("name=systemd", "") and os.path.exists(parent + "/cgroup.procs"):
                        self._folders.append(os.path.join(parent, name))
                        break
        for folder in self._folders:
            os.mkdir(folder)

    def enter(self):
        """Moves the calling process there."""
        for folder in self._folders:
            with open(os.path.join(folder, "cgroup.procs"), "w", encoding="utf-8") as file:
                file.write(str(os.getpid()))

    def remove(self):
        for folder in self._folders:
            for below, _, _ in os.walk(folder, topdown=False):
                os.rmdir(below)


class DebianMachine:
    """Boots in __enter__; __exit__ ends it and removes all of it.

    Args:
      binds: {folder outside: folder inside}.

    Attributes:
      root: the machine's root folder.
    """

    def __init__(self, binds=None):
        self._binds = binds or {}
        self._base = debian_base("machine.tar")
        self._nspawn = self._leader = self._cgroups = None
        self.root = None

    def __enter__(self):
        # Not below TEST_TMPDIR, which may be small and in memory.
        self.root = tempfile.mkdtemp(prefix="smon-machine-", dir="/var/tmp")
        atexit.register(self._end)
        try:
            subprocess.run(["tar", "-xf", self._base, "-C", self.root, "--numeric-owner"], check=True)
            os.chmod(self.root, 0o755)
            self._boot()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *exc_info):
        self._end()

    def _boot(self):
        # systemd-nspawn takes host names only, and mkdtemp() gives underscores.
        name = os.path.basename(self.root).replace("_", "x")
        self._cgroups = _Cgroups(name)
        command = ["systemd-nspawn", "--quiet", "--boot", "--directory=" + self.root]
        command += ["--machine=" + name, "--register=no", "--keep-unit", "--console=pipe"]
        command += ["--bind=%s:%s" % item for item in self._binds.items()]
        self._nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=self._cgroups.enter
        )
        self._leader = wait_for(self._find_leader, 20, "systemd-nspawn has a child")
        wait_for(self._is_up, 40, lambda: "it is up: %s" % self.try_run("systemctl", "list-jobs").stdout)

    def _find_leader(self):
        if self._nspawn.poll() is not None:
            skip("systemd-nspawn boots nothing here: exit status %d" % self._nspawn.returncode)
        with open("/proc/%d/task/%d/children" % (self._nspawn.pid, self._nspawn.pid)) as file:
            children = file.read().split()
        return int(children[0]) if children else None

    def _is_up(self):
        # "degraded" where a unit of Debian's own cannot do what it wants in here.
        return self.try_run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def _end(self):
        atexit.unregister(self._end)
        if self._nspawn is not None:
            if self._leader is not None and self._nspawn.poll() is None:
                os.kill(self._leader, signal.SIGKILL)  # and with it all that it runs
            else:
                self._nspawn.kill()
            self._nspawn.wait()
            self._nspawn = None
        if self._cgroups is not None:
            self._cgroups.remove()
            self._cgroups = None
        if self.root is not None:
            shutil.rmtree(self.root)
            self.root = None

    def try_run(self, *command, timeout=120):
        """Runs a command inside, as root; a CompletedProcess with text."""
        return subprocess.run(
            ["nsenter", "--target=%d" % self._leader, "--mount", "--uts", "--ipc", "--pid", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=_ENVIRONMENT,
            timeout=timeout,
        )

    def run(self, *command, timeout=120):
        """As try_run(); returns what it prints. AssertionError when it fails."""
        done = self.try_run(*command, timeout=timeout)
        if done.returncode != 0:
            raise AssertionError(
                "%s: exit status %d:\n%s" % (" ".join(command), done.returncode, done.stdout)
            )
        return done.stdout

    def path(self, inside):
        """Where a file of the machine is for the test."""
        return os.path.join(self.root, inside.lstrip("/"))
