"""The Debian package: what its user does with it, on a machine that systemd boots."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.package.debian_machine import DebianMachine, debian_base, skip
from testing.package.make_package import make_package
from testing.package.private_network import enter_private_network
from testing.service import AttrsvcStandin, http, program
from testing.waiting import wait_for

_HTTP = "http://127.0.0.1:8100"
_SETTINGS = "/etc/default/smonsvc"
_FILE = "/etc/smonsvc/smonsvc.yaml"
_STORE = "/var/lib/smonsvc/smon.db"


def with_next_revision(package, folder):
    """A copy of the package whose revision is 2, with other words in the default file."""
    tree = os.path.join(folder, "tree")
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control, encoding="utf-8") as file:
        text = file.read()
    with open(control, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^(Version: .*)-1$", r"\1-2", text))
    with open(tree + _SETTINGS, "a", encoding="utf-8") as file:
        file.write("# New in revision 2.\n")
    path = os.path.join(folder, "next.deb")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", "-Znone", tree, path], check=True)
    return path


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        debian_base("machine.tar")
        try:
            enter_private_network()  # the machine has the ports of a real one
        except OSError as error:
            skip("this test wants a network of its own: %s" % error)
        cls.folder = tempfile.mkdtemp(prefix="smon-package-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.package = make_package(cls.folder)
        cls.attrsvc = cls.enterClassContext(AttrsvcStandin("--analysis_ms=100", port=8000))
        cls.slurm = cls.enterClassContext(SlurmCluster(nodes=2, min_job_age=300))
        # smonsvc's user, as any user, has to reach munge's socket.
        os.chmod(cls.slurm.state_dir, 0o755)
        cls.machine = cls.enterClassContext(DebianMachine({cls.slurm.state_dir: "/srv/slurm"}))

    def unit(self, name):
        return self.machine.run("systemctl", "show", "--property=" + name, "--value", "smonsvc").strip()

    def install(self, package):
        inside = "/root/" + os.path.basename(package)
        shutil.copy(package, self.machine.path(inside))
        keep = "Dpkg::Options::=--force-confold"
        command = ("apt-get", "install", "-q", "-y", "-o", keep, "--no-install-recommends", inside, "slurm-client")
        return self.machine.run(*command)

    def write_slurm_conf(self):
        """As a site's own configuration management does."""
        with open(self.slurm.env["SLURM_CONF"], encoding="utf-8") as file:
            text = file.read().replace(self.slurm.state_dir, "/srv/slurm")
        with open(self.machine.path("/etc/slurm/slurm.conf"), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self):
        """Two lines."""
        path = self.machine.path(_SETTINGS)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = text.replace("#NVRX_ATTRSVC_URL=http://localhost:8000", "NVRX_ATTRSVC_URL=" + self.attrsvc.url)
        text = text.replace("#NVRX_SMONSVC_PARTITIONS=batch batch_long", "NVRX_SMONSVC_PARTITIONS=batch")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def settings(self):
        with open(self.machine.path(_SETTINGS), encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if not line.startswith("#") and line]

    def start(self):
        done = self.machine.try_run("systemctl", "start", "smonsvc")
        log = self.machine.run("journalctl", "--no-pager", "--unit=smonsvc")
        self.assertEqual(done.returncode, 0, log)
        self.assertEqual(self.unit("ActiveState"), "active", log)

    def jobs(self):
        return {job["jobId"]: job for job in json.loads(http(_HTTP + "/v1/jobs")[1])["jobs"]}

    def assert_verdict(self, job):
        wait_for(
            lambda: self.jobs().get(job, {}).get("delivery", {}).get("phase") == "COMPLETED",
            30,
            lambda: "the verdict of %s: %s" % (job, self.jobs()),
        )
        # Anybody who is on the machine may ask.
        shown = self.machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--reset-env", "smonctl", "jobs")
        self.assertRegex(shown, r"(?m)^%s .* COMPLETED +\w+" % job)

    def write(self, path, text):
        with open(self.machine.path(path), "w", encoding="utf-8") as file:
            file.write(text)

    def check_settings(self):
        """The command of docs/OPERATIONS.md that looks at what the service would read."""
        with open("docs/OPERATIONS.md", encoding="utf-8") as file:
            (command,) = re.findall(r"(?m)^    (systemd-run .*)$", file.read())
        return self.machine.try_run(*command.split())

    def assert_reloads_only_what_is_good(self):
        pid = self.unit("MainPID")
        self.assertEqual(self.check_settings().stdout, "the settings are good\n")
        self.machine.run("systemctl", "reload", "smonsvc")
        self.write(_FILE, "intervall: 5\n")
        problem = _FILE + ":1: unknown setting 'intervall'; did you mean interval?"
        checked = self.check_settings()
        self.assertEqual(checked.returncode, 2)
        self.assertIn(problem, checked.stdout)
        self.assertNotEqual(self.machine.try_run("systemctl", "reload", "smonsvc").returncode, 0)
        journal = ("journalctl", "--no-pager", "--unit=smonsvc")
        self.assertIn(problem, self.machine.run(*journal))
        self.assertNotIn("configuration not taken", self.machine.run(*journal), "it was not asked")
        self.assertEqual((self.unit("ActiveState"), self.unit("MainPID")), ("active", pid))

        # Who does not ask systemd finds out, too.
        self.machine.run("systemctl", "kill", "--signal=HUP", "smonsvc")
        wait_for(
            lambda: self.unit("StatusText").startswith("settings not taken at "),
            30,
            lambda: "the status: " + self.unit("StatusText"),
        )
        errors = self.machine.run(*journal, "-p", "err", "-o", "cat")
        self.assertIn("ERROR configuration not taken", errors)
        self.assertNotIn(" INFO ", errors)
        self.assertIn("smonsvc_config_last_reload_successful 0\n", http(_HTTP + "/metrics")[1])
        self.write(_FILE, "interval: 5\n")
        self.machine.run("systemctl", "reload", "smonsvc")
        successful = "smonsvc_config_last_reload_successful 1\n"
        wait_for(lambda: successful in http(_HTTP + "/metrics")[1], 30, "the file is taken")
        self.assertEqual((self.unit("ActiveState"), self.unit("MainPID")), ("active", pid))

    def assert_commands_of_the_runbooks_work(self):
        with open("docs/OPERATIONS.md", encoding="utf-8") as file:
            runbooks = file.read().partition("\n## Alerts\n")[2]
        commands = sorted(set(re.findall(r"(?m)^    (.*)$", runbooks)))
        self.assertGreater(len(commands), 20)
        for command in commands:
            with self.subTest(command=command):
                if "/etc/smonsvc/cert.pem" in command:
                    continue  # there is no TLS here
                done = self.machine.try_run("bash", "-c", "set -o pipefail; " + command)
                if command.startswith("curl") and done.returncode == 127:
                    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, encoding="utf-8")
                # grep finds nothing where nothing was killed; doctor, warnings.
                fine = (0, 1) if "| grep" in command else (0,)
                self.assertIn(done.returncode, fine, done.stdout)

    def load_oldest_store(self):
        with open("server/store/testdata/version1.sql", encoding="utf-8") as dump:
            path = self.machine.path("/root/smon.db")
            subprocess.run(["sqlite3", path], stdin=dump, check=True)
        self.machine.run("sh", "-c", "rm -f %s*" % _STORE)
        self.machine.run("install", "-o", "smonsvc", "-g", "smonsvc", "-m", "600", "/root/smon.db", _STORE)

    def test_it_is_installed_configured_run_upgraded_removed_and_purged(self):
        job = self.slurm.sbatch(
            "--output=%s/%%j.out" % self.slurm.state_dir, script="#!/bin/sh\necho NCCL WARN bad; exit 3\n"
        )
        self.slurm.wait_until_ended(job)

        self.install(self.package)
        self.assertEqual(self.unit("ActiveState"), "inactive", "it has not been told of attrsvc yet")
        self.assertEqual(self.unit("UnitFileState"), "disabled")
        self.assertEqual(
            self.machine.run("stat", "-c", "%U:%G %a", "/etc/smonsvc").strip(), "root:smonsvc 750"
        )
        self.write_slurm_conf()
        self.configure()
        self.assert_unit_is_sound()
        moved = self.machine.try_run("smonctl", "admin", "migrate-store", "memory:", "sqlite:///root/a.db")
        self.assertEqual(moved.returncode, 2, "the program that moves stores is found")
        self.start()
        self.assertEqual(self.unit("User"), "smonsvc")
        self.assert_verdict(job)
        self.assertEqual(self.machine.run("stat", "-c", "%U %a", _STORE).strip(), "smonsvc 600")

        # A third line: the rest stands in a file of its own.
        self.write(_FILE, "interval: 10\n")
        with open(self.machine.path(_SETTINGS), "a", encoding="utf-8") as file:
            file.write("NVRX_SMONSVC_CONFIG=%s\n" % _FILE)
        self.machine.run("systemctl", "restart", "smonsvc")
        self.assert_reloads_only_what_is_good()
        pid = self.unit("MainPID")

        self.assert_commands_of_the_runbooks_work()
        settings = self.settings()
        self.install(with_next_revision(self.package, self.folder))
        self.assertEqual(self.unit("ActiveState"), "active")
        self.assertNotEqual(self.unit("MainPID"), pid, "the new one runs")
        self.assertEqual(self.settings(), settings)
        self.assertTrue(os.path.exists(self.machine.path(_SETTINGS + ".dpkg-dist")))
        self.assert_verdict(job)
        self.assertEqual(len(self.attrsvc.requests("POST")), 1, "an upgrade sends nothing again")

        self.machine.run("systemctl", "stop", "smonsvc")
        self.load_oldest_store()
        self.start()
        self.assertIn("due", self.jobs(), "what the oldest store had still to send")
        self.assert_verdict(job)

        self.machine.run("apt-get", "remove", "-q", "-y", "smonsvc")
        self.assertNotEqual(self.machine.try_run("systemctl", "is-active", "smonsvc").stdout.strip(), "active")
        self.assertFalse(os.path.exists(self.machine.path("/usr/sbin/smonsvc")))
        self.assertTrue(os.path.exists(self.machine.path(_STORE)), "a removal keeps the store")
        self.assertEqual(self.settings(), settings, "and the settings")
        self.assertTrue(os.path.exists(self.machine.path(_FILE)), "and those in a file of their own")
        self.install_again_after_a_removal()
        self.machine.run("apt-get", "purge", "-q", "-y", "smonsvc")
        self.assertNotEqual(self.machine.try_run("systemctl", "is-active", "smonsvc").stdout.strip(), "active")
        for path in (_SETTINGS, "/etc/smonsvc", "/var/lib/smonsvc", "/etc/systemd/system/smonsvc.service"):
            self.assertFalse(os.path.lexists(self.machine.path(path)), path)

    def install_again_after_a_removal(self):
        os.unlink(self.machine.path(_FILE))
        self.machine.run("rmdir", "/etc/smonsvc")  # as dpkg does with an empty one
        self.install(self.package)
        self.assertEqual(
            self.machine.run("stat", "-c", "%U:%G %a", "/etc/smonsvc").strip(), "root:smonsvc 750"
        )
        self.assertEqual(self.unit("ActiveState"), "inactive")
        self.write(_FILE, "interval: 10\n")
        self.start()

    def assert_unit_is_sound(self):
        verified = self.machine.try_run("systemd-analyze", "verify", "--man=no", "smonsvc.service")
        self.assertEqual((verified.returncode, verified.stdout), (0, ""))
        # In tenths: an exposure of 2.0 at most.
        self.machine.run("systemd-analyze", "security", "--offline=yes", "--threshold=20", "smonsvc.service")

    def test_it_is_as_debian_wants_packages(self):
        ignored = [
            # Fresh from Bazel's quick build, which has no debug information, and never
            # uploaded to Debian.
            "debug-file-with-no-debug-symbols",
            "initial-upload-closes-no-bugs",
        ]
        done = subprocess.run(
            ["lintian", "--allow-root", "--suppress-tags=" + ",".join(ignored), self.package],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.returncode, 0)

    def test_its_manual_is_complete_and_free_of_warnings(self):
        tree = os.path.join(self.folder, "manual")
        subprocess.run(["dpkg-deb", "--extract", self.package, tree], check=True)
        done = subprocess.run(
            ["man", "--warnings", "--local-file", tree + "/usr/share/man/man8/smonsvc.8.gz"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "200"},
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        usage = subprocess.run(
            [program("//server:smonsvc"), "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True
        ).stdout
        flags = set(re.findall(r"(?m)^  (--\w+)", usage))
        self.assertGreater(len(flags), 30)
        self.assertEqual(flags - set(re.findall(r"--\w+", done.stdout)), set())


if __name__ == "__main__":
    unittest.main()
