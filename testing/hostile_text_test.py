"""Names are bytes that users choose. None shifts a field, forges a job or breaks an answer."""

import json
import urllib.request

from testing.standin_case import OWNER, StandinCase

NAMES = {
    1: b"first\nsecond",
    2: b"a|b|FAILED|0:0",
    3: b"\x1b[31mred\x1b[0m\x07",
    4: b"bad \xff\xfe utf-8 \xc3",
    5: b"JobState=FAILED UserId=evil",
    6: b'quote " back \\ slash \' {"jobs":[]}',
    7: b"tab\there\r\n99|FAILED",
    8: "ünïcode – 名前".encode(),
    9: b"$(reboot) `id` ; %j %x",
    10: b"",
}


class HostileTextTest(StandinCase):
    def get_bytes(self, service, path):
        url = "http://127.0.0.1:%d%s" % (service.http_port, path)
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()

    def check_answers(self, service, count):
        """That all forms of the list are valid, and no text is raw."""
        for path, key in (("/jobs", "job_id"), ("/jobs?pretty=true", "job_id"), ("/v1/jobs", "jobId")):
            text = self.get_bytes(service, path).decode("utf-8", errors="strict")
            jobs = json.loads(text)["jobs"]
            self.assertEqual(len({job[key] for job in jobs}), count)
            self.assertNotRegex(text.replace("\n", ""), r"[\x00-\x1f\x7f]")
        done = service.smonctl("jobs")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), count + 1)
        self.assertNotRegex(done.stdout.replace("\n", ""), r"[\x00-\x1f\x7f]")
        listed = json.loads(service.smonctl("jobs", "-o", "json").stdout)["jobs"]
        self.assertEqual(len(listed), count)

    def check_jobs(self, jobs):
        for raw_id in NAMES:
            job = jobs[str(raw_id)]
            with self.subTest(name=NAMES[raw_id]):
                self.assertEqual(job["user"], OWNER)
                self.assertEqual(job["partition"], "batch")
                self.assertEqual((job["state"], job["exitCode"]), ("FAILED", 1))
                self.assertEqual(job["stdoutPath"], self.log_path(raw_id))

    def test_names_in_the_queue(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id, name in NAMES.items():
            self.add_ended_job(raw_id, name=name)
        jobs = service.wait_until_phase([str(raw_id) for raw_id in NAMES])
        self.assertEqual(len(jobs), len(NAMES))
        self.check_jobs(jobs)
        self.assertEqual(jobs["1"]["name"], "first\nsecond")
        self.assertEqual(jobs["2"]["name"], "a|b|FAILED|0:0")
        self.assertEqual(jobs["4"]["name"], r"bad \xff\xfe utf-8 \xc3")
        self.assertEqual(jobs["8"]["name"], "ünïcode – 名前")
        self.check_answers(service, len(NAMES))
        self.assert_sent_once(attrsvc, NAMES)

    def test_names_that_only_accounting_knows(self):
        attrsvc = self.start_attrsvc()
        for raw_id, name in NAMES.items():
            self.add_ended_job(raw_id, name=name, in_queue=False)
        service = self.start_service(attrsvc.url)
        jobs = service.wait_until_phase([str(raw_id) for raw_id in NAMES])
        self.assertEqual(len(jobs), len(NAMES))
        self.check_jobs(jobs)
        self.check_answers(service, len(NAMES))
        self.assert_sent_once(attrsvc, NAMES)

    def test_hostile_text_in_a_path(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id, name in {1: "a b|c", 2: 'q"uo\'te', 3: "new\nline", 4: "StdOut=x"}.items():
            path = "%s/%s.out" % (self.logs, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("done\n")
            self.add_ended_job(raw_id, log=None, stdout=path, in_accounting=False)
        jobs = service.wait_until_phase(["1", "2", "3", "4"])
        sent = {post["job_id"]: post["log_path"] for post in attrsvc.requests("POST")}
        self.assertEqual(sent, {id: jobs[id]["stdoutPath"] for id in "1234"})
        self.assertEqual(sent["3"], self.logs + "/new\nline.out")
        self.assertEqual({jobs[id]["verdict"]["action"] for id in "1234"}, {"CONTINUE"})
