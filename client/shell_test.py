"""smonctl in people's shells, completed by TAB, in Slurm's hooks, and its manual page, as man and
mandoc see it."""

import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from testing.service import program

PAGE = "client/smonctl.1"


class Shell:
    """A shell on a terminal of its own."""

    def __init__(self, argv, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, env)
        self.text = ""

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def type(self, text):
        self.text = ""
        os.write(self.fd, text.encode())

    def shows(self, wanted, seconds=20):
        end = time.monotonic() + seconds
        while wanted not in self.text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return False
            # Without the bells of words that could go on in several ways.
            self.text += os.read(self.fd, 65536).decode(errors="replace").replace("\x07", "")
        return True


class CompletionTest(unittest.TestCase):
    def setUp(self):
        # Below /tmp: a long line would be shown in parts.
        self.home = tempfile.mkdtemp(prefix="smonctl-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.home)
        smonctl = program("//client:smonctl")
        self.env = {
            "HOME": self.home,
            "PATH": os.path.dirname(smonctl) + ":/usr/bin:/bin",
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
            "PS1": "ready> ",
        }
        # The clusters of a smonsvc, of which one has a name that a shell would run.
        self.clusters = os.path.join(self.home, "bin")
        os.mkdir(self.clusters)
        with open(self.clusters + "/smonctl", "w") as script:
            script.write(
                '#!/bin/sh\n[ "$1" = clusters ] || exec %s "$@"\n'
                "printf '%%s\\n' '$(touch %s/run)' '`touch %s/run`' tux-a gnu-1\n" % (smonctl, self.home, self.home)
            )
        os.chmod(self.clusters + "/smonctl", 0o755)
        self.env["PATH"] = self.clusters + ":" + self.env["PATH"]
        for context in ("prod-eu", "prod-us"):
            subprocess.run([smonctl, "config", "set-context", context], env=self.env, check=True)
        self.scripts = {}
        for shell in ("bash", "zsh", "fish"):
            self.scripts[shell] = os.path.join(self.home, shell)
            with open(self.scripts[shell], "w") as script:
                subprocess.run([smonctl, "completion", shell], stdout=script, env=self.env, check=True)

    def require(self, shell):
        if not shutil.which(shell):
            self.skipTest("no %s here: tools/install_deps test" % shell)

    def open(self, argv, *commands):
        shell = Shell(argv, self.env)
        self.addCleanup(shell.close)
        for command in commands:
            shell.type(command + "\r")
        # Only what is printed has the two parts together.
        shell.type("echo com''plete\r")
        self.assertTrue(shell.shows("complete"), shell.text)
        return shell

    def assert_completes(self, shell, begin, rest):
        shell.type(begin + "\t")
        self.assertTrue(shell.shows(begin + rest), "%r of %r" % (shell.text, begin + rest))
        shell.type("\x15")  # Ctrl-U: an empty line

    def assert_all_complete(self, shell):
        self.assert_completes(shell, "smonctl resub", "mit ")
        self.assert_completes(shell, "smonctl config use-", "context ")
        self.assert_completes(shell, "smonctl config use-context pr", "od-")
        self.assert_completes(shell, "smonctl jobs --state out", "_of_memory")
        self.assert_completes(shell, "smonctl jobs --state=failed,tim", "eout")
        self.assert_completes(shell, "smonctl --color alw", "ays")
        self.assert_completes(shell, "smonctl jobs --cluster tu", "x-a")
        self.assertFalse(os.path.exists(self.home + "/run"))

    def test_bash(self):
        self.require("bash")
        shell = self.open(["bash", "--norc", "--noprofile", "-i"], "source " + self.scripts["bash"])
        self.assert_all_complete(shell)

    def test_bash_completes_files_for_options_that_take_them(self):
        self.require("bash")
        shell = self.open(["bash", "--norc", "--noprofile", "-i"], "source " + self.scripts["bash"])
        self.assert_completes(shell, "smonctl jobs --tls_ca=%s/zs" % self.home, "h")

    def test_zsh(self):
        self.require("zsh")
        shell = self.open(
            ["zsh", "-f", "-i"],
            "autoload -U compinit; compinit -u -D",
            "source " + self.scripts["zsh"],
        )
        self.assert_all_complete(shell)

    def test_fish(self):
        self.require("fish")

        def complete(line):
            done = subprocess.run(
                ["fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]', self.scripts["fish"], line],
                env=self.env,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                check=True,
            )
            return [entry.split("\t")[0] for entry in done.stdout.splitlines()]

        self.assertEqual(complete("smonctl resub"), ["resubmit"])
        self.assertEqual(complete("smonctl config use-"), ["use-context"])
        self.assertEqual(complete("smonctl config use-context pr"), ["prod-eu", "prod-us"])
        self.assertEqual(complete("smonctl jobs --state out"), ["out_of_memory"])
        self.assertIn("--state", complete("smonctl jobs --"))
        self.assertEqual(complete("smonctl jobs --cluster "), ["gnu-1", "tux-a"])


class HooksTest(unittest.TestCase):
    """deploy/slurm/, with programs that note how they are called."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="smonctl-hooks-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {"PATH": "/usr/bin:/bin"}
        for variable in ("SMONCTL", "MAIL_PROGRAM"):
            path = os.path.join(self.folder, variable)
            with open(path, "w") as script:
                script.write('#!/bin/sh\necho "$SMONCTL_ADDRESS$SMONCTL_CLUSTER $*" >>"$0.calls"\nexit 7\n')
            os.chmod(path, 0o755)
            self.env[variable] = path

    def calls(self, variable):
        """The address with the cluster, and the arguments, of each call."""
        try:
            with open(os.path.join(self.folder, variable + ".calls")) as calls:
                return calls.read().splitlines()
        except FileNotFoundError:
            return []

    def run_hook(self, name, *args, **env):
        done = subprocess.run(
            [program("//deploy/slurm:" + name), *args],
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.assertEqual(done.stdout, b"")
        return done.returncode

    def test_the_epilog_notifies_and_is_a_success_whatever_comes_of_it(self):
        self.assertEqual(self.run_hook("epilog-slurmctld", SLURM_JOB_ID="12"), 0)
        self.run_hook("epilog-slurmctld", SLURM_JOB_ID="13", SMONCTL_ADDRESS="mon-1:1")
        self.assertEqual(
            self.calls("SMONCTL"),
            [
                "127.0.0.1:8101 notify --nonblock --timeout=10 12",
                "mon-1:1 notify --nonblock --timeout=10 13",
            ],
        )
        self.assertEqual(self.run_hook("epilog-slurmctld", SLURM_JOB_ID="1", SMONCTL="/no/such"), 0)

    def test_the_epilog_says_of_which_cluster_the_job_is(self):
        self.run_hook("epilog-slurmctld", SLURM_JOB_ID="12", SLURM_CLUSTER_NAME="tux")
        self.run_hook("epilog-slurmctld", SLURM_JOB_ID="12", SLURM_CLUSTER_NAME="tux", SMONCTL_CLUSTER="all")
        self.assertEqual(
            [call.split()[0] for call in self.calls("SMONCTL")], ["127.0.0.1:8101tux", "127.0.0.1:8101all"]
        )

    def test_mail_of_an_end_notifies_and_is_sent(self):
        for ended in (
            "Slurm Job_id=12 Name=x Ended, Run time",
            "Slurm Array Summary Job_id=14_* (14) Name=Job_id=3 Ended",
        ):
            self.assertEqual(self.run_hook("mailprog", "-s", ended, "alice"), 7)
        self.run_hook("mailprog", "-s", "Slurm Job_id=15 Name=x Ended", "alice", SLURM_JOB_ID="16")
        self.assertEqual([call.split()[-1] for call in self.calls("SMONCTL")], ["12", "14", "16"])
        self.assertEqual(len(self.calls("MAIL_PROGRAM")), 3)
        self.assertIn("-s Slurm Job_id=12 Name=x Ended, Run time alice", self.calls("MAIL_PROGRAM")[0])

    def test_mail_of_a_beginning_is_sent_only(self):
        self.run_hook("mailprog", "-s", "Slurm Job_id=12 Name=x Began, Queued time 1", "alice")
        self.assertEqual(self.calls("SMONCTL"), [])
        self.assertEqual(len(self.calls("MAIL_PROGRAM")), 1)


class ManualTest(unittest.TestCase):
    def run_quietly(self, *argv):
        """The output of a program that has nothing to complain about."""
        if not shutil.which(argv[0]):
            self.skipTest("no %s here: tools/install_deps test" % argv[0])
        done = subprocess.run(
            argv,
            env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_man_shows_it_without_a_warning(self):
        text = self.run_quietly("man", "--warnings", "-E", "UTF-8", "-l", "-P", "cat", PAGE)
        for wanted in ("smonctl config use-context", "--token_file", "EXIT STATUS", "SMONCTL_ADDRESS"):
            self.assertIn(wanted, text)

    def test_mandoc_finds_nothing(self):
        self.assertEqual(self.run_quietly("mandoc", "-Tlint", "-Wwarning", PAGE), "")

    def test_it_has_every_command_that_help_has(self):
        smonctl = program("//client:smonctl")
        shown = subprocess.run([smonctl, "--help"], stdout=subprocess.PIPE, encoding="utf-8").stdout
        commands = shown.split("\nCommands:\n")[1].split("\n\n")[0]
        names = [line.split()[0] for line in commands.splitlines() if line[2:3].strip()]
        self.assertIn("doctor", names)
        with open(PAGE) as page:
            text = page.read().replace("\\-", "-")
        for name in names:
            self.assertIn(".SS \\fBsmonctl %s\\fR" % name, text)


if __name__ == "__main__":
    unittest.main()
