"""Jobs of every kind, for a test that judges what is made of them."""

import os
import shutil
import subprocess

from testing.slurm_marked_jobs import (
    FILE, MARK, NO_FILE, NO_LOG, SHARED, SLEEP, TOLD, UNSURE, UNTOLD, MarkedJobs
)
from testing.waiting import wait_for

# Bytes that a user can choose, as Python passes them on.
HOSTILE = [
    os.fsdecode(text)
    for text in [
        b"a|b|FAILED|0:0|x",
        b"first\nsecond",
        b"carriage\rreturn",
        b"tab\tstop",
        b"\x1b[31mred\x1b]0;title\x07",
        b"bad \xff\xfe utf-8 \xc3",
        b"unit\x1fseparator",
        b"ArrayJobId=77 ArrayTaskId=3",
        b"JobState=FAILED UserId=evil",
        "right\u202eto\u200fleft".encode(),
        b"quotes ' \" `x` $(id)",
        b'{"jobs":[{"job_id":1}]}',
        "ünïcode 名前".encode(),
        b"%u-%j-%%-%x",
        b" blanks around ",
        b"?",
    ]
]


class Workload(MarkedJobs):
    """run() submits jobs of every kind, does things to them, and sees all of them end.

    The cluster has five nodes, and the partitions "other" on n1 and "late" on n3.
    """

    def add_slow(self):
        self.timeouts = [
            self.add("timeout", "--time=5", "-p", partition, body=SLEEP)
            for partition in ("batch", "batch_long", "debug")
        ]
        held = self.add("cancelled while held", "-H", log=NO_LOG)
        # A dependency or a hold would not do: the scheduler has to look at the job.
        blocker = self.add("blocker", "-p", "late", "--exclusive", body=SLEEP)
        self.cancel_last = [held, blocker]
        self.wait_until_running([blocker])
        for _ in range(2):
            self.add("deadline", "-p", "late", "--exclusive", "--time=1", "--deadline=now+62seconds",
                     log=NO_LOG)
        failing = [
            self.add("node fail", "-w", "n4", "--no-requeue", body=SLEEP),
            self.add("node fail, array", "-w", "n4", "--no-requeue", "--array=1-2", body=SLEEP),
        ]
        self.to_requeue("n4 fails, requeued", 1, "-w", "n4", "--requeue", by_node=True)
        preempted = [
            self.add("preempted", "-p", "scav", body=SLEEP),
            self.add("preempted, own name", "-p", "scav", "--output=%x-%j.pre", name="pre", body=SLEEP),
        ]
        requeued = [
            self.to_requeue("preempted and requeued", 1, "-p", "scavrq", "--requeue", by_node=True),
            self.to_requeue("preempted and requeued, append", 1, "-p", "scavrq", "--requeue",
                            "--open-mode=append", "--output=pre-%j.out", by_node=True),
        ]
        self.wait_until_marked(failing[:1] + preempted + requeued)
        self.wait_until_marked([failing[1] + "_1", failing[1] + "_2"])
        self.slurm.scontrol("update", "nodename=n4", "state=down", "reason=test")
        self.urgent = self.add("urgent", "-p", "urgent", "--exclusive", body="sleep 2")
        # It may be back by itself.
        self.slurm.run("scontrol", "update", "nodename=n4", "state=resume", check=False)

    def add_requeued(self):
        self.to_requeue("requeued once", 1)
        self.to_requeue("requeued once, fails", 1, body="exit 9")
        self.to_requeue("requeued twice", 2, "--output=twice-%j.out")
        self.to_requeue("requeued twice, append", 2, "--open-mode=append", "--output=twice-%x.out",
                        name="again")
        self.to_requeue("held and requeued", 1, hold=True)
        self.to_requeue(
            "a task requeued", 1, "--array=0-2",
            text="#!/bin/sh\n%s\n[ $SLURM_ARRAY_TASK_ID != 1 ] || [ -n \"$SLURM_RESTART_COUNT\" ] || %s\n"
            % (MARK, SLEEP),
        )  # fmt: skip
        self.special = self.add("special exit, then cancelled", count=1)

    def add_running(self):
        """Jobs to which something is done while they run."""
        self.cancelled = [self.add("cancelled while running", body=SLEEP) for _ in range(3)]
        self.cancelled.append(self.add("cancelled, traps", body="trap 'exit 5' TERM\n%s & wait" % SLEEP))
        array = self.add("array, cancelled while running", "--array=4-5", body=SLEEP)
        self.cancelled += [array + "_4", array + "_5"]
        self.renamed = self.add("renamed while running", "--output=%x-%j.ren", name="before",
                                body=SLEEP, accounting=UNTOLD)
        self.suspended = self.add("suspended and resumed", body="sleep 20; exit 6")
        self.killed = self.add("scancel of a signal", body=SLEEP)
        self.signalled = self.add("batch shell signalled", body=SLEEP)

    def add_exits(self):
        for code in (0, 1, 2, 3, 42, 126, 127, 128, 129, 130, 137, 139, 143, 200, 254, 255):
            self.add("exit %d" % code, exit_code=code)
        for number in (1, 2, 3, 6, 9, 10, 11, 15, 53):  # 53: as when the output cannot be opened
            self.add("signal %d" % number, body="kill -%d $$" % number)
        for _ in range(8):
            self.add("0 s", "--output=zero-%j.out")
        self.add("no shebang works", "--wrap=" + MARK, stdin=False)
        self.add("command is not there", body="no-such-command-here")

    def add_patterns(self):
        plain = [
            "%A", "%a", "%b", "%J", "%j", "%N", "%n", "%s", "%t", "%u", "%x", "%%", "%8j", "%4a", "%12j",
            "%0j", "%3u", "%5q", "%q", "%Q%y%z", "%%j", "%%%j", "%10A_%2a", "%5%", "%55555j", "%-3j", "x%",
            r"\%j", r"%j\.out", r"a\\b", "%j/../%x", "a b", "%x.%x", "%2t%3n%4s%5N", "%x%", "=%j", "%j,%u",
        ]  # fmt: skip
        for number, pattern in enumerate(plain):
            path = "p%d-%s" % (number, pattern)
            folder = path.rpartition("/")[0]
            log = FILE
            if folder:  # "%j/..": the folder has to be there
                log = NO_FILE
            # Accounting takes what follows the blank for the script.
            self.add("pattern " + pattern, "--output=" + path, name="n%d" % number, log=log,
                     accounting=UNTOLD if " " in pattern else TOLD)
        for folder in ("~", "$HOME", "sub dir"):
            self.folder(folder)
            self.add("literal " + folder, "-o", folder + "/lit-%j.out",
                     accounting=UNTOLD if " " in folder else TOLD)
        # %x is SLURM_JOB_NAME of the job's environment, which is not always its name.
        self.add("%x without a name", "--output=x0-%x-%j", queue=UNTOLD, accounting=UNTOLD)
        self.add("%x of the environment", "--output=x1-%x-%j", env={"SLURM_JOB_NAME": "outer"},
                 queue=UNTOLD, accounting=UNTOLD)
        self.add("absolute", "--output=%s/abs-%%j.out" % self.folder("abs"))
        self.add("relative with ..", "--output=abs/../abs/./dots-%j.out")
        self.add("double slashes", "--output=%s//abs//slash-%%j.out" % self.logs)
        self.add("folder with a pattern", "--output=fold-%u/in-%j.out")
        self.folder("fold-root")
        self.add("chdir with a pattern", chdir=self.folder("d-%u"))
        self.add("chdir with a pattern, output", "--output=o-%j.out", chdir=self.folder("d-%%"), log=NO_FILE)
        for number, pattern in enumerate(["%A_%a", "%j", "%A-%4a-%x", "%a.%J", "%A_%a_%N_%u_%s_%t_%n", "%5a%b"]):
            self.add("array pattern " + pattern, "--array=3,12", "--output=q%d-%s" % (number, pattern), name="arr")

    def add_arrays(self):
        self.add("array", "--array=0-3")
        self.add("array with a step", "--array=0-9:3")
        self.add("array with a limit", "--array=1-4%2")
        self.add("array, ranges", "--array=1,5,9-10%3", body="[ $SLURM_ARRAY_TASK_ID != 5 ] || exit 2")
        self.add("array of one", "--array=7")
        self.add("array in a script", text="#!/bin/sh\n#SBATCH --array=2-3\n#SBATCH -o arr-%A.%a\n" + MARK)
        for mode in ("append", "truncate"):
            self.add("array with one file, " + mode, "--array=1-4", "--output=all-%A.out",
                     "--open-mode=" + mode, body="sleep 0.$SLURM_ARRAY_TASK_ID", log=SHARED)
        self.add("array with one file, literal", "--array=1-3%1", "--output=all.out", log=SHARED)

    def add_het(self):
        for args in (
            ["--output=het-%j.out", "--ntasks=1", ":", "--ntasks=1"],
            ["--ntasks=1", ":", "--ntasks=1", ":", "--ntasks=1"],
            ["--output=%x.het", "--job-name=left", ":", "--job-name=right"],
        ):
            self.add("het " + " ".join(args), *args)
        self.add("het, two outputs", "--output=het1-%j.out", ":", "--output=het2-%j.out", accounting=UNTOLD)
        self.add("het, fails", "--ntasks=1", ":", "--ntasks=1", body="exit 4")

    def add_ways(self):
        """The ways to say where the output goes, and that it goes nowhere."""
        self.add("error apart", "--output=out-%j.o", "--error=err-%j.e", body="echo oops >&2")
        self.add("error only", "--error=only-%j.e", body="echo oops >&2")
        self.add("append", "--open-mode=append", "--output=log-%j.app")
        for target in ("/dev/null", "/dev//null", "/dev/stdout", "none", "NONE"):
            self.add("output " + target, "--output=" + target, log=NO_LOG)
        self.add("error to null", "--error=/dev/null")
        self.add("no such folder", "--output=no/such/folder/%j.out", log=NO_FILE)
        self.add("a folder", "--output=" + self.folder("a-folder"), log=NO_FILE)
        self.add("not writable", "--uid=nobody", "--output=%s/x-%%j.out" % self.folder("ro", 0o755), log=NO_FILE)
        self.add("nobody", "--uid=nobody")
        self.add("nobody, %u", "--uid=nobody", "--output=%u-%j.out", body="exit 8")
        self.add("nobody, array", "--uid=nobody", "--array=1-2")
        self.add("wrap", "--wrap=" + MARK, stdin=False)
        self.add("wrap with output", "--wrap=%s # -o x" % MARK, "-o", "wrap-%j.out", stdin=False, accounting=UNTOLD)
        self.add("environment", env={"SBATCH_OUTPUT": "env-%j.out"}, accounting=UNSURE)
        lines = "#!/bin/sh\n#SBATCH --job-name=lines\n#SBATCH -o \"lines %%x-%%j.out\"\n%s\n#SBATCH -o late\n"
        self.add("#SBATCH lines", text=lines % MARK)
        self.add("#SBATCH lines, default", text="#!/bin/sh\n#SBATCH --time=3\n # SBATCH -o x\n" + MARK)
        file = self.path("a script.sh")
        with open(file, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n#SBATCH --output=script-%j.out\n" + MARK)
        for label, args in (("script with arguments", [file, "-o", "no-option"]),
                            ("output before the script", ["-o", "over-%j.out", file])):
            self.add(label, *args, stdin=False, accounting=UNTOLD)
            plain = [arg.replace(" ", "_").replace("over", "plain") for arg in args]
            shutil.copy(file, self.path("a_script.sh"))
            self.add(label + " without a blank", *plain, stdin=False)
        self.add("no output at all", text="#!/bin/sh\n:\n", log=SHARED)
        self.add("two partitions", "--partition=batch,debug")
        self.add("two partitions, reversed", "-p", "debug,batch_long", "--output=two-%j.out")
        for user in ("root", "nobody"):
            self.add("unwatched", "-p", "other", "--uid=" + user)

    def add_hostile(self):
        for text in HOSTILE:
            self.add("named %r" % text, name=text)
        for text in HOSTILE[:12]:
            # JSON cannot carry a path that is not UTF-8.
            self.add("%%x of %r" % text, "--output=x-%j-%x.out", name=text.replace("/", "_"),
                     log=NO_LOG if "\udcff" in text else FILE,
                     accounting=UNTOLD if '"' in text else TOLD)
        long = "/".join("d" * 200 + str(i) for i in range(4))
        self.folder(long)
        self.add("long path", "--output=%s/%s-%%j" % (long, "f" * 200))
        self.add("long name", name="n" * 1000)
        self.add("passwd", name="x\nStdOut=/etc/passwd")
        for text in HOSTILE[:13]:
            folder = self.folder("h/" + text.replace("/", "_"))
            self.add("below %r" % text, "--output=%s/%%j.out" % folder,
                     log=NO_LOG if "\udcff" in text else FILE, accounting=UNTOLD)

    def add_srun(self):
        """Jobs without a script: what they print goes to the terminal."""
        for command in (["srun", "-n1", "true"], ["srun", "-n1", "sh", "-c", "exit 3"], ["salloc", "true"],
                        ["srun", "-p", "debug", "-J", "interactive", "sleep", "1"]):
            subprocess.run(command, env=self.slurm.env, cwd=self.logs, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def add_pending_and_cancelled(self):
        held = [
            self.add("cancelled while pending", "-H", log=NO_LOG),
            self.add("cancelled while pending, output", "-H", "--output=never-%j.out", log=NO_LOG),
            self.add("het, cancelled while pending", "-H", "--ntasks=1", ":", "--ntasks=1", log=NO_LOG),
            self.add("array, cancelled while pending", "-H", "--array=1-3", log=NO_LOG),
        ]
        array = self.add("a task, cancelled while pending", "-H", "--array=1-3", log=NO_LOG)
        failed = self.add("fails at once", exit_code=1)
        self.add("dependency that cannot be", "--dependency=afterok:" + failed,
                 "--kill-on-invalid-dep=yes", log=NO_LOG)
        moved = self.add("moved and renamed while pending", "-H", "--output=%x-%j.mov", name="old",
                         queue=UNSURE, accounting=UNTOLD)
        self.slurm.scontrol("update", "jobid=" + moved, "partition=debug", "name=new")
        self.jobs[moved] = self.jobs[moved]._replace(name="new")
        self.slurm.scontrol("release", moved)
        self.slurm.scancel(*held, array + "_2")
        self.slurm.scancel(array)

    def add_while_down(self):
        """Jobs that end while nobody looks, and are gone from slurmctld when somebody does."""
        first = set(self.jobs)
        for code in (0, 1, 77):
            self.add("down, exit %d" % code, exit_code=code)
        self.add("down, signal", body="kill -9 $$")
        self.add("down, pattern", "--output=down-%x-%j-%u-%N.out", name="while-down")
        self.add("down, array", "--array=1-3", "--output=down-%A-%a.out")
        self.add("down, array with one file", "--array=1-3", "--output=down-%A.out", log=SHARED)
        self.add("down, het", "--ntasks=1", ":", "--ntasks=1")
        self.add("down, #SBATCH", text="#!/bin/sh\n#SBATCH --output=down.%j\n" + MARK)
        self.add("down, null", "--output=/dev/null", log=NO_LOG)
        self.add("down, named", name="first\nsecond | third", body="exit 2")
        self.add("down, nobody", "--uid=nobody")
        self.add("down, error apart", "--output=down-%j.o", "--error=down-%j.e")
        self.slurm.scancel(self.add("down, cancelled", "-H", log=NO_LOG))
        self.to_requeue("down, requeued", 1)
        self.drive_requeues()
        down = set(self.jobs) - first
        wait_for(lambda: not down & self.known_to_slurmctld(), 60, "slurmctld forgets %s" % down)

    def act_on_running(self):
        self.wait_until_marked(self.cancelled + self.timeouts + [
            self.renamed, self.suspended, self.killed, self.signalled, self.special])  # fmt: skip
        wait_for(lambda: self.is_seen(self.renamed, 0), 30, "the service sees it run")
        for job_id in self.timeouts:
            self.slurm.time_out(job_id)
        self.slurm.scancel(*self.cancelled)
        self.slurm.scontrol("suspend", self.suspended)
        # slurmctld may send the node a suspend and a resume in the wrong order.
        wait_for(lambda: self.is_stopped(self.suspended), 30, "the suspended job's processes stop")
        self.slurm.scontrol("resume", self.suspended)
        self.slurm.scontrol("update", "jobid=" + self.renamed, "name=after")
        self.jobs[self.renamed] = self.jobs[self.renamed]._replace(name="after")
        self.slurm.scancel("--signal=KILL", self.killed)
        self.slurm.scontrol("requeuehold", "State=SpecialExit", self.special)
        self.signal_until_ended(self.signalled)

    def run(self, while_down):
        """Submits everything, and returns when all of it has ended.

        Args:
          while_down: a context in which the service is down.
        """
        self.add_slow()
        self.add_running()
        self.add_requeued()
        self.act_on_running()
        for add in (self.add_exits, self.add_patterns, self.add_arrays, self.add_het, self.add_ways,
                    self.add_hostile, self.add_pending_and_cancelled):
            add()
        self.drive_requeues()
        self.add_srun()
        self.slurm.scancel(self.renamed, self.special)
        with while_down:
            self.add_while_down()
        self.wait_until_gone(self.cancel_last)
        self.slurm.scancel(*self.cancel_last)
        self.wait_until_gone([])
        self.find_marks()
