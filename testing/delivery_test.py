"""An ended job's log reaches attrsvc once, through outages, and its verdict comes back."""

import http.server
import json
import os
import shutil
import tempfile
import threading
import time
from datetime import datetime

from testing.standin_case import OWNER, StandinCase
from testing.waiting import wait_for


class Answers(http.server.BaseHTTPRequestHandler):
    """An attrsvc of the released form that answers every result with RESULT."""

    # Unknown fields, odd spaces and escapes: none of it may be touched.
    RESULT = (
        b'{"status": "completed",  "recommendation":{"action":"STOP","reason":"caf\\u00e9 \xe2\x82\xac",'
        b'"source":"log_analyzer","confidence":1e-3},\n "new_field":{"deep":[1,2.50,null]} , "z":1}\n'
    )
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b'{"submitted": true, "mode": "SINGLE"}')

    def do_GET(self):
        if self.path.startswith("/logs?"):
            self.answer(200, self.RESULT)
        elif self.path == "/healthz":
            self.answer(200, b'{"status": "ok"}')
        else:
            self.answer(404, b'{"detail":"Not Found"}')

    def log_message(self, *args):
        pass


class DeliveryTest(StandinCase):
    def check_that_a_log_is_sent_once_and_its_verdict_kept(self, attrsvc, url):
        service = self.start_service(url)
        self.add_job(1)
        self.add_job(7, array_job_id=5, array_task_id=2)
        jobs = self.wait_until_known(service, ["1", "5_2"])
        self.assertEqual(jobs["1"]["delivery"]["phase"], "WAITING")
        self.assertEqual(attrsvc.requests("POST"), [])
        self.end_job(1)
        self.end_job(7, state="COMPLETED", exit_status=0)

        jobs = service.wait_until_phase(["1", "5_2"])
        self.wait_for_polls(service, 3)
        posts = attrsvc.requests("POST")
        self.assertEqual(
            sorted((p["path"], p["log_path"], p["user"], p["job_id"]) for p in posts),
            [("/logs", self.log_path(1), OWNER, "1"), ("/logs", self.log_path(7), OWNER, "5_2")],
        )
        self.assertEqual({p["analysis_intent"] for p in posts}, {"terminal"})
        self.assertEqual(jobs["1"]["state"], "FAILED")
        self.assertEqual(jobs["1"]["exitCode"], 1)
        self.assertEqual(jobs["5_2"]["state"], "COMPLETED")
        verdict = jobs["1"]["verdict"]
        self.assertEqual(verdict["action"], "STOP")
        self.assertIn("ValueError: bad loss", verdict["reason"])
        answer = service.get_json("/v1/jobs/1/result")
        self.assertEqual(answer["recommendation"]["reason"], verdict["reason"])

    def test_the_released_form_over_http(self):
        attrsvc = self.start_attrsvc(form="released")
        self.check_that_a_log_is_sent_once_and_its_verdict_kept(attrsvc, attrsvc.url)

    def test_the_documented_form_over_http(self):
        attrsvc = self.start_attrsvc(form="documented")
        self.check_that_a_log_is_sent_once_and_its_verdict_kept(attrsvc, attrsvc.url)

    def test_both_forms_over_a_unix_socket(self):
        # The path of a socket is short; TEST_TMPDIR is not.
        folder = tempfile.mkdtemp(prefix="smon-")
        self.addCleanup(shutil.rmtree, folder)
        for form in ("released", "documented"):
            with self.subTest(form=form):
                path = os.path.join(folder, form)
                attrsvc = self.start_attrsvc("--unix_socket=" + path, form=form)
                service = self.start_service("unix://" + path)
                raw_id = 1 if form == "released" else 2
                self.add_ended_job(raw_id)
                service.wait_until_phase([str(raw_id)])
                self.assertIn(self.log_path(raw_id), [p["log_path"] for p in attrsvc.requests("POST")])

    def test_rate_limits_slow_it_down_and_lose_nothing(self):
        attrsvc = self.start_attrsvc()
        attrsvc.configure(status=429, retry_after="2")
        service = self.start_service(attrsvc.url, submit_rate=20)
        self.add_ended_job(1)
        wait_for(lambda: len(attrsvc.requests("POST")) >= 2, 30, "a second try")
        first, second = [
            datetime.fromisoformat(post["time"].rstrip("Z")) for post in attrsvc.requests("POST")[:2]
        ]
        self.assertGreaterEqual((second - first).total_seconds(), 1.99)
        stats = service.get_json("/v1/stats")
        lane = [lane for lane in stats["lanes"] if lane["name"] == "submit"][0]
        self.assertLess(lane["currentRate"], lane["maxRate"])

        ids = range(2, 12)
        for raw_id in ids:
            self.add_ended_job(raw_id)
        attrsvc.configure(status=0)
        service.wait_until_phase(["1", *map(str, ids)])
        accepted = [p["log_path"] for p in attrsvc.requests("POST") if p["status"] == 200]
        self.assertEqual(sorted(accepted), sorted(map(self.log_path, [1, *ids])))
        self.assertGreaterEqual(service.get_json("/stats")["http_errors"]["rate_limited"], 2)
        self.assertIs(service.get_json("/healthz")["attrsvc_healthy"], True)

    def test_components_of_a_heterogeneous_job_share_one_log_and_its_verdict(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        het = {"het_job_id": 37}
        self.add_job(37, het_offset=0, **het)
        self.add_job(38, het_offset=1, log=None, **het)
        self.wait_until_known(service, ["37+0", "37+1"])
        self.end_job(37)
        self.end_job(38, state="COMPLETED", exit_status=0)

        def both():
            jobs = service.jobs()
            done = all(jobs[id].get("verdict") and jobs[id]["endTime"] for id in ("37+0", "37+1"))
            return jobs if done else None

        jobs = wait_for(both, 30, "both components show the verdict")
        self.assert_sent_once(attrsvc, [37])
        self.assertEqual(jobs["37+0"]["verdict"], jobs["37+1"]["verdict"])
        self.assertEqual(jobs["37+1"]["logJobId"], "37+0")
        self.assertEqual([jobs[id]["state"] for id in ("37+0", "37+1")], ["FAILED", "COMPLETED"])

    def test_each_run_of_a_requeued_job_is_sent(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        now = int(time.time())
        self.add_job(1, submit=now - 60)
        self.wait_until_known(service, ["1"])
        first = {key: self.slurm.job(1)[key] for key in ("name", "user", "work_dir", "stdout", "submit_line")}
        self.slurm.add_run(
            1, state="NODE_FAIL", submit=now - 60, start=now - 30, end=now, batch_host="node1", **first
        )
        self.slurm.update_job(1, submit=now, start=now, restart_count=1)
        wait_for(lambda: len(attrsvc.requests("POST")) == 1, 60, "the first run is sent")
        self.end_job(1)
        wait_for(lambda: len(attrsvc.requests("POST")) == 2, 30, "the second run is sent")

        def runs():
            jobs = service.get_json("/v1/jobs")["jobs"]
            return [(job["restartCount"], job["state"], job["delivery"]["phase"]) for job in jobs]

        wanted = [(1, "FAILED", "COMPLETED"), (0, "NODE_FAIL", "COMPLETED")]
        wait_for(lambda: runs() == wanted, 30, lambda: "both runs have verdicts: %s" % runs())

    def test_a_summary_of_waiting_array_tasks_is_no_job(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_job(
            33, log=None, state="PENDING", array_job_id=33, array_summary="2-10%2", start=0, batch_host=""
        )
        self.add_ended_job(34, array_job_id=33, array_task_id=0)
        self.add_job(35, array_job_id=33, array_task_id=1)
        service.wait_until_phase(["33_0"])
        self.assertEqual(sorted(service.jobs()), ["33_0", "33_1"])
        self.assertEqual(service.get_json("/v1/stats")["slurm"]["skippedSummaries"], "1")
        self.assert_sent_once(attrsvc, [34])

    def test_running_jobs_are_registered_once_where_that_is_wanted(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, "--track_running")
        self.add_job(1)
        self.add_job(2, stdout="/dev/null", submit_line="sbatch --output=/dev/null train.sh", log=None)
        self.add_job(38, het_job_id=37, het_offset=1, log=None)
        self.add_job(37, het_job_id=37, het_offset=0)

        def posts():
            return sorted((p["log_path"], p["analysis_intent"]) for p in attrsvc.requests("POST"))

        registered = [(self.log_path(raw_id), "track_only") for raw_id in (1, 37)]
        wait_for(lambda: posts() == registered, 30, lambda: "both are registered: %s" % posts())
        self.wait_for_polls(service, 2)
        self.assertEqual(service.get_json("/v1/stats")["jobTotals"]["logsTracked"], "2")
        service.stop()
        service.start()
        self.wait_for_polls(service, 2)
        self.assertEqual(posts(), registered)
        self.assertEqual(service.jobs()["1"]["delivery"]["phase"], "WAITING")

        self.end_job(1)
        job = service.wait_until_phase(["1"])["1"]
        self.assertEqual(posts(), sorted(registered + [(self.log_path(1), "terminal")]))
        self.assertEqual(job["verdict"]["action"], "STOP")
        history = service.get_json("/v1/jobs/1?view=FULL")["history"]
        self.assertIn("registered with attrsvc while the job runs", [entry["text"] for entry in history])

    def test_a_verdict_is_one_line_of_the_log(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, log_format="json")
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        lines = [json.loads(line) for line in service.log().splitlines() if '"verdict"' in line]
        self.assertEqual(len(lines), 1)
        self.assertEqual(lines[0]["job_id"], "1")
        self.assertEqual(lines[0]["action"], "STOP")
        self.assertIn("ValueError: bad loss", lines[0]["reason"])
        self.assertEqual((lines[0]["source"], lines[0]["mode"]), ("log_analyzer", "single"))
        self.assertGreater(float(lines[0]["seconds"]), 1)
        self.assertEqual(lines[0]["questions"], "1")
        # It was done when first asked for, after 2 s.
        self.assertLess(service.get_json("/v1/stats")["firstQuestionSeconds"], 2)

    def test_the_answer_of_attrsvc_is_served_byte_for_byte(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        service = self.start_service("http://127.0.0.1:%d" % server.server_port)
        self.add_ended_job(1)
        job = service.wait_until_phase(["1"])["1"]
        self.assertEqual(job["verdict"]["reason"], "café €")
        status, text = service.get("/v1/jobs/1/result")
        self.assertEqual((status, text.encode()), (200, Answers.RESULT))
        self.assertEqual(service.smonctl("result", "--raw", "1").stdout.encode(), Answers.RESULT)

    def test_a_forced_resubmission_sends_the_log_again(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        self.add_job(2)
        service.wait_until_phase(["1"])
        done = service.smonctl("resubmit", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        wait_for(lambda: len(attrsvc.requests("POST")) == 2, 30, "sent again")
        job = service.wait_until_phase(["1"])["1"]
        self.assertEqual(job["delivery"]["resubmitCount"], 1)
        self.assertEqual({p["log_path"] for p in attrsvc.requests("POST")}, {self.log_path(1)})
        # One that runs is sent when it has ended, not before.
        self.assertIn("not ended", service.smonctl("resubmit", "2").stdout)
        self.assertEqual(len(attrsvc.requests("POST")), 2)
