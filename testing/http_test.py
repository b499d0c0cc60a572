"""HTTP/JSON and smonctl: what the Python service offered stays valid, and /v1 is new."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

from testing.standin_case import OWNER, StandinCase

# contracts/python-service.md.
STATS_KEYS = {
    "jobs": {
        "total", "running", "terminal", "has_output_path", "logs_submitted",
        "logs_post_success", "results_fetched",
    },
    "job_totals": {
        "total", "has_output_path", "logs_submitted", "logs_post_success", "results_fetched",
    },
    "slurm": {
        "squeue_calls", "scontrol_calls", "sacct_calls", "squeue_failures", "scontrol_failures",
        "sacct_failures",
    },
    "path_errors": {"permission_denied", "not_found", "file_empty", "unexpanded_patterns", "other"},
    "http_errors": {"rate_limited"},
}  # fmt: skip
JOB_KEYS = {
    "job_id", "name", "user", "partition", "state", "stdout_path", "log_submitted",
    "post_success", "result_fetched", "last_state",
}  # fmt: skip


class HttpTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url)
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        self.add_ended_job(4, state="TIMEOUT", exit_status=0, user="bob", log="done\n")
        self.add_job(5, log=None)
        self.service.wait_until_phase(["1", "2", "3", "4"])
        self.wait_until_known(self.service, ["5"])

    def ask(self, path, method="GET"):
        """(status, headers, text)."""
        url = "http://127.0.0.1:%d%s" % (self.service.http_port, path)
        request = urllib.request.Request(url, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read().decode()

    def error(self, path, status):
        """The grpc-gateway error of a path that must answer with this status."""
        got, headers, text = self.ask(path)
        self.assertEqual((path, got), (path, status))
        self.assertEqual(headers.get_content_type(), "application/json")
        error = json.loads(text)
        self.assertEqual(set(error), {"code", "message", "details"})
        return error

    def listed(self, *args):
        done = self.service.smonctl("jobs", "-o", "json", *args)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return sorted(job["jobId"] for job in json.loads(done.stdout)["jobs"])

    def test_the_python_services_endpoints(self):
        status, headers, text = self.ask("/healthz")
        self.assertEqual((status, headers.get_content_type()), (200, "application/json"))
        health = json.loads(text)
        self.assertEqual(health["status"], "ok")
        self.assertLessEqual(
            {"squeue_calls", "squeue_failures", "slurm_healthy", "attrsvc_healthy"}, set(health)
        )

        for path in ("/stats", "/"):
            stats = json.loads(self.ask(path)[2])
            self.assertEqual({key: set(value) for key, value in stats.items()}, STATS_KEYS)
            numbers = [number for value in stats.values() for number in value.values()]
            self.assertEqual({type(number) for number in numbers}, {int})
        self.assertEqual(
            stats["jobs"],
            {
                "total": 5, "running": 1, "terminal": 4, "has_output_path": 5, "logs_submitted": 4,
                "logs_post_success": 4, "results_fetched": 4,
            },
        )  # fmt: skip
        self.assertEqual(stats["job_totals"]["results_fetched"], 4)
        self.assertEqual(stats["slurm"]["squeue_failures"], 0)
        self.assertEqual(set(stats["path_errors"].values()), {0})

        text = self.ask("/jobs?pretty=true")[2]
        self.assertIn('\n  "count": 5', text)
        answer = json.loads(text)
        self.assertEqual(set(answer), {"jobs", "count"})
        self.assertEqual({frozenset(job) for job in answer["jobs"]}, {frozenset(JOB_KEYS)})
        jobs = {job["job_id"]: job for job in answer["jobs"]}
        self.assertEqual(
            {key: jobs["1"][key] for key in JOB_KEYS - {"last_state"}},
            {
                "job_id": "1", "name": "train", "user": OWNER, "partition": "batch",
                "state": "FAILED", "stdout_path": self.log_path(1), "log_submitted": True,
                "post_success": True, "result_fetched": True,
            },
        )  # fmt: skip
        running = jobs["5"]
        self.assertEqual((running["state"], running["log_submitted"]), ("RUNNING", False))
        for value in ("1", "yes"):
            self.assertEqual(self.ask("/jobs?pretty=" + value)[2], text)
        self.assertEqual(json.loads(self.ask("/jobs")[2]), answer)
        self.assertNotIn("\n", self.ask("/jobs")[2])
        self.assertEqual(self.ask("/nothing/here")[0], 404)
        self.assertEqual(self.ask("/jobs", "POST")[0], 405)

    def test_v1_filters_pages_and_refuses(self):
        first = json.loads(self.ask("/v1/jobs?states=FAILED&pageSize=2")[2])
        self.assertEqual(len(first["jobs"]), 2)
        second = json.loads(
            self.ask("/v1/jobs?states=FAILED&page_size=2&pageToken=" + first["nextPageToken"])[2]
        )
        self.assertEqual(second["nextPageToken"], "")
        ids = [job["jobId"] for job in first["jobs"] + second["jobs"]]
        self.assertEqual(sorted(ids), ["1", "2", "3"])
        job = first["jobs"][0]
        self.assertIsInstance(job["rawJobId"], str)  # 64 bits
        self.assertEqual(job["history"], [])  # unpopulated fields are there

        self.assertEqual(self.error("/v1/jobs/none", 404)["code"], 5)
        self.assertIn("none", self.error("/v1/jobs/none", 404)["message"])
        self.assertEqual(self.error("/v1/jobs?states=BROKEN", 400)["code"], 3)
        self.assertEqual(self.error("/v1/jobs?pageToken=nonsense", 400)["code"], 3)
        self.assertEqual(self.error("/v1/jobs/5/result", 404)["code"], 5)
        self.assertEqual(self.error("/v1/nothing", 404)["code"], 5)

    def test_smonctl_lists_and_filters(self):
        done = self.service.smonctl("jobs", "--state=failed")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(rows[0][:2], ["JOBID", "NAME"])
        self.assertEqual(sorted(row[0] for row in rows[1:]), ["1", "2", "3"])
        self.assertIn("ValueError: bad loss", done.stdout)

        for state in ("F", "failed", "FAILED", "f,f"):
            self.assertEqual(self.listed("--state=" + state), ["1", "2", "3"])
        self.assertEqual(self.listed("--state=failed,TO"), ["1", "2", "3", "4"])
        self.assertEqual(self.listed("--state=active"), ["5"])
        self.assertEqual(self.listed("--state=ended"), ["1", "2", "3", "4"])
        self.assertEqual(self.listed("--state=unsuccessful"), ["1", "2", "3", "4"])
        self.assertEqual(self.listed("--user=bob"), ["4"])
        self.assertEqual(self.listed("--partition=nosuch"), [])
        self.assertEqual(self.listed("--partition=batch", "--user=" + OWNER, "--state=r"), ["5"])

    def test_smonctls_json_is_json(self):
        listed = self.service.smonctl("jobs", "-o", "json").stdout
        for args in (["jobs"], ["job", "1"], ["stats"], ["health"], ["result", "1"]):
            with self.subTest(args=args):
                text = self.service.smonctl(*args, "-o", "json").stdout
                tool = subprocess.run(
                    [sys.executable, "-m", "json.tool"], input=text, encoding="utf-8",
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                )  # fmt: skip
                self.assertEqual((tool.returncode, tool.stderr), (0, ""))
        self.assertEqual(len(json.loads(listed)["jobs"]), 5)

    def test_smonctl_shows_a_job_its_verdict_and_the_service(self):
        for args, words in (
            (["job", "1"], ["FAILED", OWNER, self.log_path(1)]),
            (["result", "1"], ["STOP", "ValueError: bad loss"]),
            (["stats"], ["squeue"]),
            (["health"], ["slurm", "attrsvc", "store"]),
        ):
            with self.subTest(args=args):
                done = self.service.smonctl(*args)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                for word in words:
                    self.assertIn(word, done.stdout)

    def test_smonctl_says_what_is_wrong_and_how_to_mend_it(self):
        for args, status, words in (
            (["job", "99"], 3, "99"),
            (["result", "5"], 3, "has not ended"),
            (["jobs", "--state=broken"], 2, "broken"),
            (["jobs", "--stat=failed"], 2, "--state"),
            (["jbos"], 2, "jobs"),
        ):
            with self.subTest(args=args):
                done = self.service.smonctl(*args)
                self.assertEqual((done.returncode, done.stdout), (status, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertIn(words, done.stderr)
        self.service.stop()
        done = self.service.smonctl("jobs")
        self.assertEqual((done.returncode, done.stdout), (5, ""))
        self.assertIn(self.service.grpc_address, done.stderr)
        self.service.start()
