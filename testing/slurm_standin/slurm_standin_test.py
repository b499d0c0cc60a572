"""Runs the commands as a program would, against lines of a real cluster."""

import pathlib
import signal
import subprocess
import sys
import unittest

from slurm_standin import SlurmStandin

HERE = pathlib.Path(__file__).parent
BINARY = HERE / "slurm_standin"
TESTDATA = HERE / "testdata"

LONG_FORMAT = ",".join(
    f"{field}:|" for field in (
        "JobID JobArrayID ArrayJobID ArrayTaskID HetJobID HetJobOffset "
        "HetJobIDSet Name UserName Partition State Reason STDOUT STDERR STDIN "
        "WorkDir Command TimeUsed TimeLimit StartTime EndTime SubmitTime "
        "exit_code").split()) + ",Comment:"
SHORT_FORMAT = "%i|%j|%u|%P|%T|%r|%M|%l|%D|%R|%S|%e|%V|%Z|%o|%A|%F|%K"


class SlurmStandinTest(unittest.TestCase):

    def setUp(self):
        self.slurm = SlurmStandin(BINARY)
        self.addCleanup(self.slurm.close)

    def run_command(self, *argv, **env):
        base = {k: v for k, v in self.slurm.env().items() if k != "TZ"}
        return subprocess.run(argv, env={**base, "TZ": "UTC", **env},
                              capture_output=True, check=False, timeout=60)

    def use_captured_cluster(self):
        state = self.slurm.state_dir / "state.json"
        state.write_bytes((TESTDATA / "state.json").read_bytes())

    def expect_captured(self, name, *argv):
        self.assertEqual(
            self.run_command(*argv).stdout.decode(),
            (TESTDATA / name).read_text())

    def test_squeue_prints_long_fields_as_the_real_one(self):
        self.use_captured_cluster()
        self.expect_captured("squeue_long_format.txt", "squeue", "-h", "-t",
                             "all", "-O", LONG_FORMAT)

    def test_squeue_prints_short_fields_as_the_real_one(self):
        self.use_captured_cluster()
        self.expect_captured("squeue_short_format.txt", "squeue", "--noheader",
                             "--states=all", "-o", SHORT_FORMAT)

    def test_squeue_sorts_by_id_as_the_real_one(self):
        self.use_captured_cluster()
        self.expect_captured("squeue_by_id.txt", "squeue", "-htall", "-S", "i",
                             "-o", "%i|%A|%F|%K|%t|%T|%j")

    def test_sacct_finds_in_a_window_what_the_real_one_finds(self):
        self.use_captured_cluster()
        result = self.run_command("sacct", "-a", "-X", "-D", "-P", "-n", "-S",
                                  "now-1day", "-o",
                                  "JobID,JobIDRaw,State,ExitCode,Start,End")
        self.assertEqual(
            sorted(result.stdout.decode().splitlines()),
            sorted((TESTDATA / "sacct_window.txt").read_text().splitlines()))

    def share_with(self, name):
        other = SlurmStandin(BINARY, cluster=name)
        self.addCleanup(other.close)
        self.slurm.share_slurmdbd(other)
        return other

    def test_a_command_is_of_the_cluster_that_it_names(self):
        jura = self.share_with("jura")
        self.slurm.add_job(1)
        jura.add_job(7)
        for argv, shown in (
            (["squeue", "-h", "-o", "%i"], "1\n"),
            (["squeue", "-M", "jura", "-h", "-o", "%i"], "7\n"),
            (["squeue", "--clusters=jura", "-h", "-o", "%i"], "7\n"),
            (["squeue", "-M", "proof", "-h", "-o", "%i"], "1\n"),
            (["squeue", "-M", "jura", "-o", "%i"], "CLUSTER: jura\nJOBID\n7\n"),
            (["sinfo", "-M", "jura", "-o", "%R"], "CLUSTER: jura\nPARTITION\nbatch\n"),
            (["sacct", "-M", "jura", "-n", "-X", "-P", "-j", "7", "-o", "JobID"], "7\n"),
        ):
            with self.subTest(argv=argv):
                self.assertEqual(self.run_command(*argv).stdout.decode(), shown)
        self.assertIn(
            "ClusterName             = jura",
            self.run_command("scontrol", "-M", "jura", "show", "config").stdout.decode())
        self.assertEqual(len(jura.calls()), 6)
        self.assertEqual(len(self.slurm.calls()), 2)

    def test_a_cluster_that_slurmdbd_does_not_know_is_told_as_by_the_real_one(self):
        gone = ("{0}: error: 'no' can't be reached now, or it is an invalid entry for --cluster.  "
                "Use 'sacctmgr list clusters' to see available clusters.\n")
        for command in ("squeue", "sinfo", "scontrol"):
            result = self.run_command(command, "-M", "no")
            self.assertEqual(result.returncode, 1)
            self.assertEqual(
                result.stderr.decode(),
                ("{0}: error: No cluster 'no' known by database.\n" + gone).format(command))
        result = self.run_command("sacct", "-M", "no")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        jura = self.share_with("jura")
        jura.set_fault("squeue", preset="controller_down")
        result = self.run_command("squeue", "-M", "jura")
        self.assertEqual(
            result.stderr.decode(), gone.format("squeue").replace("'no'", "'jura'"))

    def test_sacct_lists_its_fields_as_the_real_one(self):
        self.expect_captured("sacct_helpformat.txt", "sacct", "--helpformat")

    def test_any_bytes_come_through_squeue_unchanged(self):
        name = bytes(range(1, 256))
        self.slurm.add_job(1, name=name)
        result = self.run_command("squeue", "-h", "-O", "Name:SEP")
        self.assertEqual(result.stdout, name + b"SEP\n")

    def test_a_preset_fails_with_the_real_message(self):
        self.slurm.set_fault("squeue", preset="controller_down")
        result = self.run_command("squeue", "-h")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(
            result.stderr,
            b"slurm_load_jobs error: Unable to contact slurm controller "
            b"(connect failure)\n")
        self.slurm.clear_faults()
        self.assertEqual(self.run_command("squeue", "-h").returncode, 0)

    def test_a_fault_may_be_for_some_calls_only(self):
        self.slurm.set_fault("sacct", args_contain="-B", exit=1, stderr="no\n")
        self.assertEqual(self.run_command("sacct", "-B", "-j", "1").stderr,
                         b"no\n")
        self.assertEqual(self.run_command("sacct", "-X").returncode, 0)

    def test_a_command_can_kill_itself_after_half_its_output(self):
        self.slurm.add_job(1234567)
        self.slurm.set_fault("squeue", signal=int(signal.SIGSEGV),
                             truncate_bytes=4)
        result = self.run_command("squeue", "-h", "-O", "JobID:|")
        self.assertEqual(result.returncode, -signal.SIGSEGV)
        self.assertEqual(result.stdout, b"1234")

    def test_a_command_that_hangs_ends_by_a_signal_only(self):
        self.slurm.set_fault("squeue", hang=True, stdout_before="some text\n",
                             ignore_sigterm=True)
        with subprocess.Popen(["squeue"], env=self.slurm.env(),
                              stdout=subprocess.PIPE) as process:
            self.assertEqual(process.stdout.readline(), b"some text\n")
            process.terminate()
            self.assertIsNone(process.poll())
            process.kill()
            self.assertEqual(process.wait(), -signal.SIGKILL)

    def test_each_call_is_in_the_journal(self):
        self.run_command("sacct", "-X", b"-o", b"JobID\xff",
                         SLURM_TIME_FORMAT="%s")
        self.run_command("sinfo", "-h", "-o", "%R")
        self.assertEqual([c["command"] for c in self.slurm.calls()],
                         ["sacct", "sinfo"])
        call, = self.slurm.calls("sacct")
        self.assertEqual(call["argv"], ["-X", "-o", "JobID\ufffd"])
        self.assertEqual(call["env"]["SLURM_TIME_FORMAT"], "%s")
        self.slurm.clear_calls()
        self.assertEqual(self.slurm.calls(), [])

    def test_a_purged_job_is_left_to_sacct(self):
        self.slurm.add_job(7, state="COMPLETED", submit=1, start=2, end=3)
        self.slurm.purge_job(7)
        result = self.run_command("squeue", "-h", "-t", "all", "-j", "7")
        self.assertEqual(result.stderr, b"slurm_load_jobs error: Invalid job "
                         b"id specified\n")
        result = self.run_command("sacct", "-X", "-n", "-P", "-j", "7", "-o",
                                  "JobID,State")
        self.assertEqual(result.stdout, b"7|COMPLETED\n")

    def test_an_earlier_run_shows_with_duplicates_only(self):
        self.slurm.add_run(7, state="REQUEUED", submit=1, start=2, end=3)
        self.slurm.add_job(7, state="COMPLETED", submit=4, start=5, end=6)
        query = ("sacct", "-X", "-n", "-P", "-j", "7", "-o", "State")
        self.assertEqual(self.run_command(*query).stdout, b"COMPLETED\n")
        self.assertEqual(
            self.run_command(*query, "-D").stdout, b"REQUEUED\nCOMPLETED\n")

    def test_generated_jobs_need_no_entry_each(self):
        self.slurm.generate_jobs(100000, 1000, user="alice", name="train")
        lines = self.run_command("squeue", "-h", "-O",
                                 "JobID:|,Name:|").stdout.splitlines()
        self.assertEqual(len(lines), 100000)
        self.assertEqual(lines[-1], b"100999|train|")

    def test_the_changes_of_a_batch_are_seen_at_its_end(self):
        query = ("squeue", "-h", "-t", "all", "-o", "%i")
        with self.slurm.batch():
            self.slurm.add_job(7, name="a")
            self.slurm.add_job(8, name="b")
            self.assertEqual(self.run_command(*query).stdout, b"")
        self.assertEqual(self.run_command(*query).stdout.split(), [b"7", b"8"])

    def test_a_misspelt_field_is_an_error(self):
        self.slurm.add_job(1, jobname="train")
        result = self.run_command("squeue")
        self.assertEqual(result.returncode, 99)
        self.assertIn(b'a job has no key "jobname"', result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
