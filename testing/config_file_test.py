"""smonsvc with a configuration file: checked, printed, and read again at SIGHUP."""

import os
import signal
import subprocess
import unittest

from testing.service import program
from testing.standin_case import StandinCase
from testing.waiting import wait_for


class ConfigFileTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.logs, "smonsvc.yaml")

    def write(self, *lines):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def run_smonsvc(self, *args):
        return subprocess.run(
            [program("//server:smonsvc"), "--config=" + self.path, *args],
            env={"PATH": "/nonexistent"},
            capture_output=True,
            encoding="utf-8",
            timeout=20,
        )

    def test_a_good_file_is_said_to_be_good(self):
        self.write("interval: 60", "partitions: [batch, gpu]")
        done = self.run_smonsvc("--check_config")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "the settings are good\n")

    def test_the_file_in_the_manual_is_taken(self):
        manual = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "OPERATIONS.md")
        with open(manual, encoding="utf-8") as file:
            block = file.read().split("and nowhere else:\n\n", 1)[1].split("\n\n", 1)[0]
        self.write(block)
        done = self.run_smonsvc("--print_config")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('partitions: "batch gpu"  # %s:2\n' % self.path, done.stdout)

    def test_all_problems_are_listed_a_line_each(self):
        self.write("intervall: 60", "port: many", "store: /tmp/x", "tls_cert: /nonexistent/cert", "log_wait: soon")
        done = self.run_smonsvc("--check_config", "--result_rate=-1")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        at = "smonsvc: %s:" % self.path
        self.assertEqual(len(done.stderr.splitlines()), 7, done.stderr)
        for line in (
            at + "1: unknown setting 'intervall'; did you mean interval?",
            at + "2: port: 'many' is not a number",
            at + "3: --store: ",
            at + "4: --tls_cert: cannot read '/nonexistent/cert': No such file",
            at + "4: --tls_cert and --tls_key: give both",
            at + "5: --log_wait: 'soon' is no duration",
            "smonsvc: --result_rate: '-1' is not between",
        ):
            self.assertIn(line, done.stderr)

    def test_what_the_files_hold_is_looked_at(self):
        tokens = os.path.join(self.logs, "tokens")
        with open(tokens, "w", encoding="utf-8") as file:
            file.write("this is no token\n")
        os.chmod(tokens, 0o600)
        self.write("token_file: " + tokens)
        done = self.run_smonsvc("--check_config")
        self.assertEqual(done.returncode, 2)
        self.assertIn(tokens, done.stderr)

    def test_a_start_names_the_first_problem_and_how_many_more_there_are(self):
        self.write("intervall: 60", "port: many")
        done = self.run_smonsvc()
        self.assertEqual(done.returncode, 2)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn(":1: unknown setting 'intervall'", done.stderr)
        self.assertIn("(1 more: see --check_config)", done.stderr)

    def test_sighup_takes_what_can_change_and_names_the_rest(self):
        self.write("interval: 3600", "submit_rate: 5")
        service = self.new_service(self.start_attrsvc().url, "--config=" + self.path)
        # An argument would win over the file.
        service.command = [
            arg for arg in service.command if not arg.startswith(("--interval", "--submit_rate"))
        ]
        self._enter(service)

        def submit_rate():
            return service.get_json("/v1/stats")["lanes"][0]["maxRate"]

        self.assertEqual(submit_rate(), 5)
        self.write("interval: 1", "submit_rate: 7", "log_level: DEBUG", "shared_log: each")
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log(r'configuration read again changed="interval log_level submit_rate"')
        service.wait_for_log("settings changed that need a restart settings=shared_log")
        self.wait_for_polls(service, 3, deadline=20)
        wait_for(lambda: submit_rate() == 7, 20, "the new rate is taken")

        begin = len(service.log())
        self.write("interval: none")
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log("ERROR configuration not taken: the old settings stay", begin=begin)
        self.wait_for_polls(service, 2, deadline=20)
        self.assertIn("\nsmonsvc_config_last_reload_successful 0\n", service.get("/metrics")[1])
        doctor = service.smonctl("doctor", "-o", "json").stdout
        self.assertIn("1: interval: 'none' is not a number", doctor)
        begin = len(service.log())
        self.write("interval: 1")
        os.kill(service.pid, signal.SIGHUP)
        service.wait_for_log("configuration read again", begin=begin)
        self.assertIn("\nsmonsvc_config_last_reload_successful 1\n", service.get("/metrics")[1])


if __name__ == "__main__":
    unittest.main()
