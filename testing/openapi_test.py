"""/openapi.json is right: it is valid OpenAPI, and what smonsvc answers is as it says.

schemathesis makes some thousand requests of what the document allows, and of what it
does not. None may end in a status of 500 or more, nor in an answer that is not as
described.
"""

import json
import os
import subprocess
import tempfile

from testing.python_tools import python_tool
from testing.standin_case import StandinCase

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
MOST_SECONDS = 40
# A stream without an end.
NOT_ASKED = {"/v1/jobs:watch"}


class OpenapiTest(StandinCase):
    def setUp(self):
        self.validator = python_tool("openapi-spec-validator")
        self.schemathesis = python_tool("schemathesis")
        super().setUp()
        attrsvc = self.start_attrsvc()
        self.service = self.start_service(attrsvc.url)
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        self.add_ended_job(4, state="TIMEOUT", exit_status=0, user="bob", log="done\n")
        self.add_job(5, log=None)
        self.service.wait_until_phase(["1", "2", "3", "4"])
        self.wait_until_known(self.service, ["5"])
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))

    def run_tool(self, *command):
        """(exit status, what it printed)"""
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=200,
        )
        return done.returncode, done.stdout

    def test_the_document_is_valid(self):
        path = os.path.join(self.folder, "openapi.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(self.service.get_json("/openapi.json"), file)
        status, text = self.run_tool(self.validator, path)
        self.assertEqual(status, 0, text)

    def test_what_it_describes_is_there(self):
        for path, operations in self.service.get_json("/openapi.json")["paths"].items():
            if "get" in operations and "{" not in path and path not in NOT_ASKED:
                with self.subTest(path=path):
                    self.assertEqual(self.service.get(path)[0], 200)

    def test_no_request_finds_a_server_error_or_an_answer_that_is_not_as_described(self):
        status, text = self.run_tool(
            self.schemathesis,
            "--config-file=" + os.path.abspath("testing/schemathesis.toml"),
            "run",
            "--no-color",
            "--checks=" + ",".join(CHECKS),
            "--max-time=%d" % MOST_SECONDS,
            "http://127.0.0.1:%d/openapi.json" % self.service.http_port,
        )
        print(text)
        self.assertEqual(status, 0)
        # It got as far as asking for jobs that there are.
        self.assertIn("job resubmitted", self.service.log())
