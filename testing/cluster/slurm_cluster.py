"""A real Slurm of this machine for a test, started and stopped by start.sh.

    with SlurmCluster() as slurm:
        job = slurm.sbatch("--output=/tmp/%j.out", script="#!/bin/sh\\nexit 3\\n")
        self.assertEqual(slurm.wait_until_ended(job), ("FAILED", "3:0"))

One thread; several clusters may run side by side.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile

from testing.waiting import wait_for

_SCRIPTS = os.path.dirname(os.path.abspath(__file__))
_SLURM_VARIABLES = ("SLURM", "SBATCH", "SALLOC", "SRUN", "SQUEUE", "SACCT", "SINFO", "SCONTROL")

# States that a job can still leave (squeue(1), "JOB STATE CODES").
_NOT_ENDED = frozenset(
    "PENDING RUNNING SUSPENDED CONFIGURING COMPLETING REQUEUED RESIZING REQUEUE_HOLD"
    " SPECIAL_EXIT STAGE_OUT SIGNALING STOPPED".split()
)


class SlurmCluster:
    """A cluster between __enter__ and __exit__ (or start() and stop()).

    Args:
      options: what start.sh takes by environment, in lower case: nodes=4,
        min_job_age=2, dbd=0, extra_conf="...", cgroup=1, rest=1. With
        join=OTHER.state_dir it is one more cluster of the other one's slurmdbd,
        and needs a name: cluster="jura". Stop it first.

    Attributes:
      state_dir: the cluster's folder; its logs are below log/.
      env: environment in which Slurm's commands talk to this cluster.
    """

    def __init__(self, **options):
        self._options = {name.upper(): str(value) for name, value in options.items()}
        self.state_dir = None
        self.env = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        # Below /tmp: a unix socket's path is short, and TEST_TMPDIR is not.
        self.state_dir = tempfile.mkdtemp(prefix="smon-slurm-", dir="/tmp")
        atexit.register(self.stop)  # a test that is interrupted runs no class clean-ups
        try:
            subprocess.run(
                [os.path.join(_SCRIPTS, "start.sh"), self.state_dir],
                check=True,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self._options},
                timeout=180,
            )
        except BaseException:
            self.stop()  # start.sh had no chance to, if it was killed
            raise
        self.env = {
            # What would change the output of Slurm's commands.
            **{k: v for k, v in os.environ.items() if not k.startswith(_SLURM_VARIABLES)},
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin",
            "SLURM_CONF": os.path.join(self.state_dir, "etc", "slurm.conf"),
        }

    def stop(self):
        """Stops every process of the cluster and removes its folder."""
        if self.state_dir is None:
            return
        atexit.unregister(self.stop)
        self._script("stop.sh")
        shutil.rmtree(self.state_dir)
        self.state_dir = None

    def _script(self, name, *args):
        return subprocess.run(
            [os.path.join(_SCRIPTS, name), self.state_dir, *args],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=180,
        ).stdout.decode()

    @property
    def rest_socket(self):
        """slurmrestd's unix socket, for callers known to munge (rest=1)."""
        return os.path.join(self.state_dir, "rest", "sock")

    @property
    def rest_url(self):
        """slurmrestd's address for callers with a token (rest=1)."""
        with open(self.env["SLURM_CONF"]) as conf:
            port = int(re.search(r"^SlurmctldPort=(\d+)", conf.read(), re.MULTILINE).group(1))
        return "http://127.0.0.1:%d" % (port + 3)

    def token(self, seconds):
        """A token of this user's for slurmrestd, as `scontrol token` prints it."""
        return self.scontrol("token", "lifespan=%d" % seconds)

    def daemon(self, name, action):
        """Acts on one daemon, as ctl.sh does; returns what it prints."""
        return self._script("ctl.sh", name, action).strip()

    def run(self, *command, stdin="", check=True, timeout=60):
        """Runs one of Slurm's commands and returns what it prints.

        Raises AssertionError with what the command says when it fails, unless
        check is False.
        """
        done = subprocess.run(
            command,
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.env,
            cwd=self.state_dir,
            timeout=timeout,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                "%s: exit status %d: %s"
                % (" ".join(command), done.returncode, done.stderr.decode(errors="replace"))
            )
        return done.stdout.decode(errors="replace")

    def sbatch(self, *args, script=None):
        """Submits a job and returns its id ("123").

        The script is a whole file's text; without one, args name a file or have
        --wrap. The job's folder is the cluster's, unless --chdir says otherwise.
        """
        return self.run("sbatch", "--parsable", *args, stdin=script or "").strip().split(";")[0]

    def squeue(self, *args):
        return self.run("squeue", *args)

    def scontrol(self, *args):
        return self.run("scontrol", *args)

    def scancel(self, *args):
        return self.run("scancel", *args)

    def sacct(self, *args):
        return self.run("sacct", *args)

    def final_state(self, job_id):
        """(state, exit code) of a job that accounting knows as ended, or None.

        The state is Slurm's word without what follows it ("CANCELLED by 0"); the
        exit code is Slurm's "1:0". job_id as Slurm displays it.
        """
        rows = self.sacct("-X", "-P", "-n", "-j", job_id, "-o", "JobID,State,ExitCode,End")
        for row in rows.splitlines():
            shown, state, exit_code, end = row.split("|")
            state = state.split()[0]
            if shown == job_id and state not in _NOT_ENDED and end != "Unknown":
                return state, exit_code
        return None

    def wait_until_ended(self, job_id, deadline=60):
        """Waits until accounting has the job's end; returns final_state()."""
        return wait_for(
            lambda: self.final_state(job_id),
            deadline,
            lambda: "job %s ended; squeue: %r, sacct: %r"
            % (job_id, self.run("squeue", check=False), self.run("sacct", "-X", check=False)),
        )

    def wait_until_state(self, job_id, state, deadline=60):
        """Waits until squeue shows the job in a state, e.g. "RUNNING"."""
        wait_for(
            lambda: self.run("squeue", "-h", "-t", "all", "-j", job_id, "-o", "%T", check=False).split()
            == [state],
            deadline,
            lambda: "job %s %s; squeue: %r" % (job_id, state, self.run("squeue", check=False)),
        )

    def time_out(self, job_id):
        """Makes a running job end as TIMEOUT, within about 30 seconds.

        Submit it with --time=5; Slurm takes no limit below a minute from sbatch.
        """
        self.scontrol("update", "jobid=" + job_id, "TimeLimit=0")
