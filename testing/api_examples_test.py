"""The examples in docs/API.md work, word for word."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from testing.conformance.go_tools import go_tool
from testing.python_tools import python_tool
from testing.service import Process
from testing.standin_case import StandinCase

TOKEN = "a-token-of-the-test"
STREAM_BEGUN = r'grpc_server_started_total{[^}]*grpc_method="WatchJobs"[^}]*} 1'


def blocks(language):
    """The texts of the fenced blocks of that language, in order."""
    with open("docs/API.md", encoding="utf-8") as manual:
        return re.findall(r"^```%s\n(.*?)^```$" % re.escape(language), manual.read(), re.M | re.S)


class ApiExamplesTest(StandinCase):
    def setUp(self):
        super().setUp()
        attrsvc = self.start_attrsvc()
        self.service = self.start_service(attrsvc.url)
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        self.add_ended_job(4, state="TIMEOUT", exit_status=0, user="bob", log="done\n")
        self.add_ended_job(5, state="COMPLETED", exit_status=0, log="done\n")
        self.service.wait_until_phase(["1", "2", "3", "4", "5"])
        # Where the reader is: at the root of a clone.
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        shutil.copytree("proto", os.path.join(self.folder, "proto"))

    def environment(self, path=None):
        """What a reader has set. `path` is a folder to look for programs in first."""
        env = dict(
            os.environ,
            SMON_TOKEN=TOKEN,
            SMON_GRPC=self.service.grpc_address,
            SMON_HTTP="http://127.0.0.1:%d" % self.service.http_port,
        )
        if path is not None:
            env["PATH"] = path + ":" + env["PATH"]
        return env

    def run_example(self, *command, path=None):
        """What it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=100,
        )
        self.assertEqual(done.returncode, 0, "%s\n%s" % (command, done.stdout))
        return done.stdout

    def run_blocks(self, which, path=None):
        """Runs the blocks for bash with a line that begins so; returns what they printed."""
        chosen = [b for b in blocks("bash") if re.search("^" + re.escape(which), b, re.MULTILINE)]
        self.assertTrue(chosen, which)
        return [self.run_example("bash", "-euo", "pipefail", "-c", block, path=path) for block in chosen]

    def test_the_examples_with_curl(self):
        one, many, watch = self.run_blocks("curl ")
        self.assertIn('"jobId":"4"', one)
        self.assertIn('"history":[{', one)
        self.assertIn('"outcome":"RESUBMITTED"', one)
        self.assertNotIn('"jobId":"5"', one)
        # Job 1 was resubmitted just before, and may not have been sent yet.
        self.assertRegex(many, r'"jobIds":\[.*"2","3"')
        self.assertRegex(watch, r'^{"result":{"job":null,"cursor":"[^"]+"}}\n')

    def test_the_examples_with_grpcurl(self):
        (out,) = self.run_blocks("grpcurl ", path=os.path.dirname(go_tool("grpcurl")))
        self.assertIn("smon.v1.MonitorService.WatchJobs", out)
        self.assertIn('"job_id": "4"', out)
        self.assertIn('"history": [', out)

    def test_the_examples_with_a_token(self):
        programs = os.path.dirname(go_tool("grpcurl"))
        tokens = os.path.join(self.folder, "tokens")
        with open(tokens, "w", encoding="utf-8", opener=lambda *a: os.open(*a, mode=0o600)) as file:
            file.write("reader:read:sha256:%s\n" % hashlib.sha256(TOKEN.encode()).hexdigest())
        self.service.stop()
        self.service.command.append("--token_file=" + tokens)
        self.service.start()
        self.assertEqual(self.service.get("/v1/health")[0], 401)
        (example,) = blocks("bash token")
        out = self.run_example("bash", "-euo", "pipefail", "-c", example, path=programs)
        self.assertIn('"squeueCalls":', out)
        self.assertIn('"squeue_calls":', out)

    def test_the_examples_in_python(self):
        programs = os.path.dirname(python_tool("python3"))
        self.run_blocks("python3 -m grpc_tools.protoc", path=programs)
        for name, script in zip(("list.py", "watch.py"), blocks("python"), strict=True):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(script)

        lines = self.run_example(os.path.join(programs, "python3"), "list.py").splitlines()
        self.assertEqual(
            sorted(lines[:4]),
            ["1 train FAILED STOP", "2 train FAILED STOP", "3 train FAILED STOP", "4 train TIMEOUT CONTINUE"],
        )
        self.assertRegex(lines[4], "^NOT_FOUND .*99_1")
        self.assertEqual(len(lines), 5)

        script = os.path.join(self.folder, "watch.py")
        with Process([os.path.join(programs, "python3"), script], self.environment()) as watcher:
            watcher.wait_while_alive(
                lambda: re.search(STREAM_BEGUN, self.service.get("/metrics")[1]), 30, "watches"
            )
            self.add_ended_job(6)
            watcher.wait_for_log("^6 STOP .*ValueError", deadline=60)
            self.service.stop()
            self.add_ended_job(7)
            self.service.start()
            watcher.wait_for_log("^7 STOP .*ValueError", deadline=60)
            watcher.kill()

    def test_what_the_example_in_python_installs_is_what_is_tested(self):
        (install,) = blocks("bash install")
        with open("testing/python_requirements.txt", encoding="utf-8") as file:
            tested = re.findall(r"^([\w-]+)==", file.read(), re.MULTILINE)
        self.assertLessEqual(set(install.split()[2:]), set(tested))

    def test_the_setting_up_is_of_the_variables_that_the_examples_use(self):
        (setup,) = blocks("bash setup")
        self.assertEqual(re.findall(r"(\w+)=", setup), ["SMON_GRPC", "SMON_HTTP"])
