"""What smonsvc does with settings that cannot work: one line that names the value and the mend.

Exit status, as --help documents it: 1 when it cannot run, 2 when the command line
cannot be understood.
"""

import json
import os
import socket
import subprocess
import tempfile

from testing.service import program
from testing.standin_case import StandinCase

NOBODY = "http://127.0.0.1:9"


class BadInputTest(StandinCase):
    def run_service(self, *args, env=None):
        """Runs smonsvc with good settings and then these, until it ends by itself."""
        good = ["--partitions=batch", "--store=memory:", "--grpc_address=127.0.0.1:0"]
        return subprocess.run(
            [program("//server:smonsvc"), *good, *args],
            env=self.slurm.env(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=20,
        )

    def assert_refuses(self, status, words, *args, env=None):
        """That it ends with this status and one line on stderr that has these words."""
        with self.subTest(args=args, env=env):
            done = self.run_service(*args, env=env)
            self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertTrue(done.stderr.startswith("smonsvc: "), done.stderr)
            for word in words:
                self.assertIn(word, done.stderr)

    def listening_port(self):
        """A port that is in use until the test ends."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        return listener.getsockname()[1]

    def test_help_documents_the_exit_statuses(self):
        done = self.run_service("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("1 when it cannot run; 2 when", done.stdout)

    def test_a_command_line_that_cannot_be_understood(self):
        self.assert_refuses(2, ["'--no_such_thing=1'", "--help"], "--no_such_thing=1")
        self.assert_refuses(2, ["'--intervl=3'", "did you mean --interval?"], "--intervl=3")
        self.assert_refuses(2, ["'stray'", "--help"], "--user=alice", "stray")
        self.assert_refuses(2, ["--interval", "'soon'", "not a number"], "--interval=soon")
        self.assert_refuses(2, ["--interval", "value is missing"], "--interval")
        self.assert_refuses(
            2, ["NVRX_SMONSVC_INTERVAL", "'soon'", "not a number"], env={"NVRX_SMONSVC_INTERVAL": "soon"}
        )

    def test_a_bad_url(self):
        for url, why in (
            ("ftp://host", "http, https or unix"),
            ("http://host:99999", "HOST"),
            ("unix://relative.sock", "unix:///PATH"),
            ("http://", "HOST"),
        ):
            self.assert_refuses(1, ["--attrsvc_url", "'%s'" % url, why], "--attrsvc-url=" + url)

    def test_a_bad_regular_expression(self):
        self.assert_refuses(1, ["--job_pattern", "'train('", "missing )"], "--job-pattern=train(")

    def test_a_user_that_does_not_exist(self):
        self.assert_refuses(1, ["--user", "nosuchuser"], "--user=nosuchuser")

    def test_values_out_of_range(self):
        self.assert_refuses(1, ["--interval", "'0'", "between 1 and"], "--interval=0")
        self.assert_refuses(1, ["--port", "'70000'", "65535"], "--port=70000")
        self.assert_refuses(1, ["--log_wait", "'ten'", "10m"], "--log_wait=ten")
        self.assert_refuses(1, ["--grpc_address", "'8101'", "host:port"], "--grpc_address=8101")
        self.assert_refuses(1, ["--log_level", "'LOUD'", "WARNING"], "--log_level=LOUD")
        self.assert_refuses(1, ["--submit_rate", "'-1'", "no limit"], "--submit_rate=-1")
        self.assert_refuses(1, ["--store", "/tmp/x", "sqlite:///"], "--store=/tmp/x")
        self.assert_refuses(2, ["--store", "/tmp/x"], "--store=/tmp/x", "--check_config")
        self.assert_refuses(1, ["--partitions", "sinfo"], "--partitions=")

    def test_a_port_in_use(self):
        port = self.listening_port()
        self.assert_refuses(1, ["127.0.0.1:%d" % port, "another port"], "--port=%d" % port)
        address = "127.0.0.1:%d" % port
        self.assert_refuses(1, ["--grpc_address", address, "port 0"], "--grpc_address=" + address)

    def test_a_partition_that_slurm_does_not_have(self):
        self.slurm.set_cluster(partitions=["batch", "debug", "gpu"])
        self.assert_refuses(
            1, ["--partitions", "'batch_long'", "batch debug gpu"], "--partitions", "batch", "batch_long"
        )

    def test_a_machine_without_slurm(self):
        self.assert_refuses(1, ["Slurm is not available", "PATH"], env={"PATH": "/nonexistent"})

    def test_a_slurmctld_that_is_down_at_the_start(self):
        self.slurm.set_fault("scontrol", preset="controller_down")
        self.assert_refuses(1, ["Slurm is not available", "Unable to contact slurm controller"])

    def test_a_store_that_cannot_be_written(self):
        path = os.path.join(self.logs, "not a folder")
        with open(path, "w", encoding="utf-8"):
            pass
        self.assert_refuses(1, [path, "--store"], "--store=sqlite://%s/smon.db" % path)
        self.assert_refuses(1, ["/proc/none", "--store"], "--store=sqlite:///proc/none/smon.db")
        self.assert_refuses(1, [self.logs], "--store=sqlite://" + self.logs)

    def test_a_store_that_another_smonsvc_uses(self):
        service = self.start_service(NOBODY)
        path = "%s/smon.db" % service.folder
        self.assert_refuses(1, ["another smonsvc", path], "--store=sqlite://" + path)

    def test_a_store_that_is_no_database(self):
        path = os.path.join(self.logs, "smon.db")
        with open(path, "w", encoding="utf-8") as file:
            file.write("this is a text file, not a database\n" * 100)
        self.assert_refuses(1, [path], "--store=sqlite://" + path)

    def test_remote_addresses_without_leave(self):
        for flags in (["--host=0.0.0.0", "--port=0"], ["--grpc_address=0.0.0.0:0"], ["--grpc_address=[::]:0"]):
            self.assert_refuses(1, ["is no loopback address", "--insecure_allow_remote"], *flags)
        done = self.run_service("--host=0.0.0.0", "--port=0", "--insecure_allow_remote", "--check_config")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_hostile_values_are_shown_on_one_line(self):
        self.assert_refuses(1, [r"\n"], "--attrsvc_url=ftp://a\nb\x1b[31m")
        self.assert_refuses(2, [r"\n"], "--a\nb")


class SettingsTest(StandinCase):
    def print_config(self, *args, env=None):
        """The settings that --print_config prints."""
        done = subprocess.run(
            [program("//server:smonsvc"), "--print_config", *args],
            env={"PATH": "/nonexistent", **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=20,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [line.partition("  # ")[0] for line in done.stdout.splitlines()]
        return {key: json.loads(value) for key, value in (line.split(": ", 1) for line in lines)}

    def test_settings_are_printed_and_that_needs_no_slurm(self):
        settings = self.print_config()
        self.assertEqual(settings["attrsvc_url"], "http://localhost:8000")
        self.assertEqual(settings["partitions"], "batch batch_long")
        self.assertEqual((settings["interval"], settings["port"]), (180, -1))

    def test_arguments_win_over_the_environment_in_both_spellings(self):
        env = {
            "NVRX_SMONSVC_INTERVAL": "7", "NVRX_SMONSVC_JOB_PATTERN": "env",
            "NVRX_SMONSVC_PARTITIONS": "a b", "NVRX_ATTRSVC_URL": "http://env:1",
            "NVRX_SMONSVC_PORT": "8123",
        }  # fmt: skip
        settings = self.print_config(env=env)
        self.assertEqual(
            [settings[key] for key in ("interval", "job_pattern", "partitions", "attrsvc_url", "port")],
            [7, "env", "a b", "http://env:1", 8123],
        )
        for flag in ("--job-pattern", "--job_pattern"):
            for args in ([flag + "=arg"], [flag, "arg"]):
                self.assertEqual(self.print_config(*args, env=env)["job_pattern"], "arg")
        for flag in ("--attrsvc-url", "--attrsvc_url", "--attrsvc-endpoint", "--attrsvc_endpoint"):
            self.assertEqual(self.print_config(flag, "arg:2", env=env)["attrsvc_url"], "arg:2")
        for args in (["--partitions", "x", "y"], ["--partitions=x y"], ["--partitions", "x y"]):
            self.assertEqual(self.print_config(*args, "--interval=3", env=env)["partitions"], "x y")
        newer = {**env, "NVRX_ATTRSVC_ENDPOINT": "http://newer:1"}
        self.assertEqual(self.print_config(env=newer)["attrsvc_url"], "http://newer:1")

    def test_a_service_runs_on_settings_of_the_environment(self):
        attrsvc = self.start_attrsvc()
        user = "daemon"  # one that every host has
        env = {
            "NVRX_ATTRSVC_URL": attrsvc.url, "NVRX_SMONSVC_USER": user,
            "NVRX_SMONSVC_JOB_PATTERN": "tr.in",
        }  # fmt: skip
        service = self.new_service("unused", env=env)
        service.command = [arg for arg in service.command if not arg.startswith("--attrsvc_url")]
        self.slurm.set_cluster(users={user: 1, "bob": 1002})
        self._enter(service)
        self.add_ended_job(1, user=user, name="other")
        self.add_ended_job(2, user="bob")
        self.add_ended_job(3, user=user, name="retrain")  # matched from the start of the name
        self.add_ended_job(4, user=user, name="training")
        service.wait_until_phase(["4"])
        self.assertEqual(sorted(service.jobs()), ["4"])
        self.assert_sent_once(attrsvc, [4])

    def test_that_sinfo_fails_at_the_start_is_a_warning(self):
        self.slurm.set_fault("sinfo", args_contain="%R", preset="controller_timeout")
        service = self.start_service(NOBODY)
        service.wait_for_log(r"WARNING cannot check the partitions .*Socket timed out")
        self.add_job(1)
        self.wait_until_known(service, ["1"])

    def test_a_free_port_is_picked_for_port_0(self):
        service = self.start_service(NOBODY, grpc_address="127.0.0.1:0", host="localhost")
        picked = service.wait_for_log(r"INFO listening grpc_port=(\d+)").group(1)
        service.grpc_address = "127.0.0.1:" + picked
        self.assertEqual(service.smonctl("jobs").returncode, 0)

    def test_json_logs_are_json(self):
        service = self.start_service(NOBODY, log_format="json")
        for line in service.log().splitlines():
            self.assertLessEqual({"time", "level", "msg"}, set(json.loads(line)))
