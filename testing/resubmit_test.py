"""Logs are sent again when somebody asks for it: from every phase, once, and as many as asked for."""

import json
import os
import pty
import subprocess
import uuid

from testing.service import http, program
from testing.standin_case import StandinCase
from testing.waiting import wait_for

OLD_LOG = "step 1\nNCCL error: unhandled system error\n"
NEW_LOG = "step 1\nTraceback (most recent call last):\n  File x\nValueError: bad loss\n"


def post(service, path, **body):
    """(status, JSON) of a POST to the HTTP port."""
    url = "http://127.0.0.1:%d%s" % (service.http_port, path)
    status, text = http(url, json.dumps(body))
    return status, json.loads(text)


class ResubmitTest(StandinCase):
    def sent(self, attrsvc, raw_id):
        """How often attrsvc took that job's log."""
        path = self.log_path(raw_id)
        return sum(p["log_path"] == path and p["status"] == 200 for p in attrsvc.requests("POST"))

    def resubmit_jobs(self, service, **body):
        status, answer = post(service, "/v1/jobs:resubmit", **body)
        self.assertEqual(status, 200, answer)
        return answer

    def assert_refused(self, service, pattern, http_status=400, **body):
        status, answer = post(service, "/v1/jobs:resubmit", **body)
        self.assertEqual(status, http_status, answer)
        self.assertRegex(answer["message"], pattern)

    def add_rejected_jobs(self, attrsvc, service, raw_ids, error_code):
        attrsvc.configure(status=403, error_code=error_code)
        for raw_id in raw_ids:
            self.add_ended_job(raw_id)
        service.wait_until_phase(list(map(str, raw_ids)), "REJECTED")
        attrsvc.configure(status=0)

    def test_from_every_phase_also_when_slurm_has_forgotten_the_job(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, verdict_wait="2s")
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        self.add_rejected_jobs(attrsvc, service, [2], "not_readable")
        attrsvc.configure(analysis_ms=3600000)
        self.add_ended_job(3)
        service.wait_until_phase(["3"], "EXPIRED")
        attrsvc.configure(status=503, error_code="job_limit_reached", retry_after="3600")
        self.add_ended_job(4)
        wait_for(lambda: service.jobs().get("4", {}).get("delivery", {}).get("submitAttempts"), 30, "4 is tried")
        attrsvc.configure(status=0, retry_after="", analysis_ms=0)
        for raw_id in (1, 2, 3, 4):
            self.slurm.remove_job(raw_id)
        self.wait_for_polls(service, 2)

        outcomes = {"1": "RESUBMITTED", "2": "RESUBMITTED", "3": "RESUBMITTED", "4": "ALREADY_PENDING"}
        for job_id, outcome in outcomes.items():
            before = self.sent(attrsvc, int(job_id))
            status, answer = post(service, "/v1/jobs/%s:resubmit" % job_id)
            self.assertEqual((status, answer["outcome"]), (200, outcome))
            wait_for(lambda: self.sent(attrsvc, int(job_id)) == before + 1, 10, job_id + " is sent again")
        service.wait_until_phase(["1", "2", "4"])

    def test_the_old_verdict_is_shown_until_the_new_one_is_there_and_is_history_then(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1, log=OLD_LOG)
        old = service.wait_until_phase(["1"])["1"]["verdict"]
        self.assertEqual(old["action"], "RESTART")
        old_result = service.get("/v1/jobs/1/result")

        with open(self.log_path(1), "w", encoding="utf-8") as log:
            log.write(NEW_LOG)
        attrsvc.configure(analysis_ms=5000)
        post(service, "/v1/jobs/1:resubmit")
        service.wait_until_phase(["1"], "SUBMITTED")
        # From SUBMITTED, too.
        self.assertEqual(post(service, "/v1/jobs/1:resubmit")[1]["outcome"], "RESUBMITTED")
        self.assertEqual(service.jobs()["1"]["verdict"], old)
        self.assertEqual(service.get("/v1/jobs/1/result"), old_result)

        new = service.wait_until_phase(["1"])["1"]["verdict"]
        self.assertEqual(new["action"], "STOP")
        self.assertIn(new["reason"], service.get("/v1/jobs/1/result")[1])
        history = [e["text"] for e in service.get_json("/v1/jobs/1?view=FULL")["history"]]
        self.assertIn("verdict until now: RESTART, " + old["reason"], history)
        self.assertEqual(self.sent(attrsvc, 1), 3)

    def test_a_repeat_with_the_same_request_id_does_nothing_also_after_a_restart(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        service.wait_until_phase(["1", "2"])
        one = {"requestId": str(uuid.uuid4())}
        many = {"states": ["FAILED"], "requestId": str(uuid.uuid4())}
        self.assertEqual(post(service, "/v1/jobs/1:resubmit", **one)[1]["outcome"], "RESUBMITTED")
        service.wait_until_phase(["1"])
        answer = self.resubmit_jobs(service, **many)
        self.assertEqual((answer["resubmitted"], answer["jobIds"]), (2, ["1", "2"]))
        service.wait_until_phase(["1", "2"])
        posts = len(attrsvc.requests("POST"))
        self.assertEqual(posts, 5)

        service.kill()
        service.start()
        self.assertEqual(post(service, "/v1/jobs/1:resubmit", **one)[1]["outcome"], "RESUBMITTED")
        self.assertEqual(self.resubmit_jobs(service, **many), answer)
        self.wait_for_polls(service, 2)
        self.assertEqual(len(attrsvc.requests("POST")), posts)
        self.assert_refused(service, "request_id: .* something else", **{**many, "user": "bob"})

    def test_a_dry_run_a_cap_and_an_empty_filter_change_nothing(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        self.add_job(4)
        service.wait_until_phase(["1", "2", "3"])
        before = service.jobs()

        preview = self.resubmit_jobs(service, partition="batch", dryRun=True)
        self.assertEqual(preview["jobIds"], ["1", "2", "3"])
        self.assertEqual((preview["resubmitted"], preview["skippedNotEnded"]), (3, 1))
        self.assert_refused(service, "max_jobs: 4 jobs match", partition="batch", maxJobs=3)
        self.assert_refused(service, "max_jobs", partition="batch", maxJobs=100001)
        self.assert_refused(service, "the filter is empty")
        self.assert_refused(service, "request_id", partition="batch", requestId="once")
        self.wait_for_polls(service, 2)
        self.assertEqual(service.jobs(), before)
        self.assertEqual(len(attrsvc.requests("POST")), 3)

        self.assertEqual(self.resubmit_jobs(service, partition="batch", maxJobs=4), preview)
        wait_for(lambda: len(attrsvc.requests("POST")) == 6, 30, "all are sent again")

    def test_logs_that_were_not_there_are_replayed_when_they_are(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, log_wait="1s")
        self.add_rejected_jobs(attrsvc, service, [1], "not_readable")
        for raw_id in (2, 3):
            self.add_ended_job(raw_id, log=None)
        service.wait_until_phase(["2", "3"], "REJECTED")
        listed = service.jobs("phases=REJECTED&problems=NOT_FOUND")
        self.assertEqual(sorted(listed), ["2", "3"])
        self.assertEqual(service.jobs()["1"]["delivery"]["problem"], "PERMISSION_DENIED")
        self.assertIn("NOT_FOUND", service.smonctl("job", "2").stdout)
        shown = service.smonctl("jobs", "--problem=permission-denied").stdout
        self.assertEqual([line.split()[0] for line in shown.splitlines()], ["JOBID", "1"])

        for raw_id in (2, 3):
            with open(self.log_path(raw_id), "w", encoding="utf-8") as log:
                log.write(NEW_LOG)
        done = service.smonctl("resubmit", "--phase=rejected", "--problem=not_found", "--yes")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("2 jobs resubmitted\n", done.stdout)
        jobs = service.wait_until_phase(["2", "3"])
        self.assertEqual(jobs["1"]["delivery"]["phase"], "REJECTED")
        self.assertEqual(jobs["2"]["delivery"]["problem"], "PROBLEM_UNSPECIFIED")

    def test_smonctl_asks_before_it_resubmits_what_matches(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])

        def answered(answer):
            controller, terminal = pty.openpty()
            with os.fdopen(controller, "wb"), os.fdopen(terminal, "rb"):
                os.write(controller, answer)
                return subprocess.run(
                    [program("//client:smonctl"), "--address=" + service.grpc_address, "resubmit", "--state=failed"],
                    stdin=terminal,
                    stdout=subprocess.PIPE,
                    stderr=terminal,
                    encoding="utf-8",
                    timeout=30,
                )

        refused = answered(b"n\n")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        agreed = answered(b"y\n")
        self.assertEqual(agreed.returncode, 0)
        self.assertIn("1 job resubmitted", agreed.stdout)
        wait_for(lambda: self.sent(attrsvc, 1) == 2, 30, "sent again, once")
