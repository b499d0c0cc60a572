"""Names are bytes that users choose. None shifts a field, forges a job or breaks an answer."""

import json
import os
import re
import urllib.request

from testing.standin_case import OWNER, StandinCase

# Each also is a folder's name and a part of a path below.
TEXTS = {
    "pipes": b"a|b|FAILED|0:0|",
    "separator": b"\x1e0123456789abcdef\x1f1\x1e0123456789abcdef\x1f",
    "part_of_a_separator": b"x\x1e0123\x1f\x1e",
    "newline": b"first\nsecond",
    "carriage_return": b"tab\there\r\n99|FAILED",
    "escape_sequences": b"\x1b[31mred\x1b[0m\x07\x1b]0;title\x07",
    "binary": bytes(byte for byte in range(1, 256) if byte != ord("/")),
    "not_utf8": b"bad \xff\xfe utf-8 \xc3",
    "looks_escaped": rb"literal \xff \x5c \x4",
    "long": b"k" * 1024,
    "long_not_utf8": b"\xe9" * 1024,
    "forged_array": b"ArrayJobId=77 ArrayTaskId=3",
    "forged_path": b"x\nStdOut=/etc/passwd",
    "forged_state": b"JobState=FAILED UserId=evil",
    "right_to_left": "\u202egnp.exe\u2066\u200f\u061c".encode(),
    "quotes": b"quote \" back \\ slash ' {\"jobs\":[]}",
    "unicode": "ünïcode – 名前".encode(),
    "shell": b"$(reboot) `id` ; %j %x ~",
    "forged_row": b"train\n999\x1f999\x1fFAILED\x1f\n999|999|FAILED|\n",
}
TEXT_OF = {raw_id: text for raw_id, text in enumerate(TEXTS.values(), 1)}
NAMES = {**TEXT_OF, len(TEXTS) + 1: b""}


def shown(data):
    """As a name of these bytes is in the API; see Job.name in monitor.proto."""
    data = re.sub(rb"\\(?=x[0-9a-fA-F]{2})", rb"\\x5c", data)
    return data.decode("utf-8", errors="backslashreplace")


def is_utf8(data):
    return shown(data).encode() == re.sub(rb"\\(?=x[0-9a-fA-F]{2})", rb"\\x5c", data)


def as_folders(text):
    """The text as a path whose parts a file system takes."""
    return b"/".join(text[i : i + 200] for i in range(0, len(text), 200))


def as_pattern(path):
    """A filename pattern of sbatch that stands for just this path."""
    if b"\\" in path:
        return path.replace(b"\\", b"\\\\")
    return path.replace(b"%", b"%%")


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
            self.assertNotRegex(text.replace("\n", ""), r"[\x00-\x1f]")
        done = service.smonctl("jobs")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), count + 1)
        self.assertNotRegex(done.stdout.replace("\n", ""), r"[\x00-\x1f\x7f]")
        listed = json.loads(service.smonctl("jobs", "-o", "json").stdout)["jobs"]
        self.assertEqual(len(listed), count)

    def check_jobs(self, jobs, texts):
        for raw_id, text in texts.items():
            job = jobs[str(raw_id)]
            with self.subTest(text=text):
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
        self.check_jobs(jobs, NAMES)
        for raw_id, name in TEXT_OF.items():
            self.assertEqual(jobs[str(raw_id)]["name"], shown(name))
        self.check_answers(service, len(NAMES))
        self.assert_sent_once(attrsvc, NAMES)

    def test_names_that_only_accounting_knows(self):
        attrsvc = self.start_attrsvc()
        for raw_id, name in NAMES.items():
            self.add_ended_job(raw_id, name=name, in_queue=False)
        service = self.start_service(attrsvc.url)
        jobs = service.wait_until_phase([str(raw_id) for raw_id in NAMES])
        self.assertEqual(len(jobs), len(NAMES))
        self.check_jobs(jobs, NAMES)
        self.check_answers(service, len(NAMES))
        self.assert_sent_once(attrsvc, NAMES)

    def test_a_separator_that_was_seen_forges_nothing(self):
        """Who sees a command line in /proc knows the separator of that call, not of the next."""
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.wait_for_polls(service, 1)
        queue = self.slurm.calls("squeue")[-1]["argv"]
        fields = queue[queue.index("-O") + 1].split(",")
        accounting = self.slurm.calls("sacct")[-1]["argv"]
        delimiter = next(arg for arg in accounting if arg.startswith("--delimiter=")).split("=", 1)[1]
        forged_queue = "\n" + "".join("999" + field.split(":", 1)[1] for field in fields) + "\n"
        forged_accounting = "\n" + ("999" + delimiter) * accounting[-1].count(",") + "\n"
        self.add_ended_job(1, name=forged_queue, work_dir=self.logs + forged_queue)
        self.add_ended_job(2, name=forged_accounting, comment=forged_accounting)
        self.add_ended_job(3, name=forged_accounting, in_queue=False)
        jobs = service.wait_until_phase(["1", "2", "3"])
        self.assertEqual(set(jobs), {"1", "2", "3"})
        self.assertEqual(jobs["1"]["name"], forged_queue)
        self.assertEqual(jobs["1"]["workDir"], self.logs + forged_queue)
        self.assertEqual(jobs["2"]["name"], forged_accounting)
        self.assertEqual(service.get_json("/v1/stats")["slurm"]["malformedRecords"], "0")
        self.assert_sent_once(attrsvc, [1, 2, 3])

    def test_comments_folders_and_reasons(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id, text in TEXT_OF.items():
            folder = os.fsencode(self.logs) + b"/" + text
            self.add_ended_job(raw_id, comment=text, reason=text, work_dir=folder)
        jobs = service.wait_until_phase([str(raw_id) for raw_id in TEXT_OF])
        self.assertEqual(len(jobs), len(TEXT_OF))
        self.check_jobs(jobs, TEXT_OF)
        for raw_id, text in TEXT_OF.items():
            self.assertEqual(jobs[str(raw_id)]["workDir"], self.logs + "/" + shown(text))
            self.assertEqual(jobs[str(raw_id)]["reason"], shown(text))
        self.check_answers(service, len(TEXT_OF))
        self.assert_sent_once(attrsvc, TEXT_OF)

    def check_paths(self, attrsvc, service, paths):
        """That the exact paths are sent, and why the others are not."""
        sendable = {str(raw_id): path for raw_id, path in paths.items() if is_utf8(path)}
        refused = set(map(str, paths)) - set(sendable)
        service.wait_until_phase(refused, "NO_LOG")
        jobs = service.wait_until_phase(sendable)
        self.assertEqual(len(jobs), len(paths))
        sent = {post["job_id"]: post["log_path"] for post in attrsvc.requests("POST")}
        self.assertEqual(sent, {id: path.decode() for id, path in sendable.items()})
        for id, path in sendable.items():
            self.assertEqual(jobs[id]["stdoutPath"], path.decode())
            # attrsvc found the file, and read it.
            self.assertEqual(jobs[id]["verdict"]["action"], "CONTINUE")
        for id in refused:
            self.assertEqual(jobs[id].get("stdoutPath", ""), "")
            self.assertIn("is not valid UTF-8; JSON cannot carry it", jobs[id]["stdoutPathError"])
        self.assertEqual(len(refused), 3)  # binary, not_utf8, long_not_utf8

    def write_log(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("done\n")

    def test_hostile_text_in_a_path(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        paths = {}
        for raw_id, text in TEXT_OF.items():
            paths[raw_id] = os.fsencode(self.logs) + b"/%d/" % raw_id + as_folders(text) + b".out"
            self.write_log(paths[raw_id])
            self.add_ended_job(
                raw_id, log=None, stdout=as_pattern(paths[raw_id]), in_accounting=False
            )
        self.check_paths(attrsvc, service, paths)
        self.check_answers(service, len(paths))

    def test_hostile_text_in_the_folder_of_a_default_path(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        paths = {}
        for raw_id, text in TEXT_OF.items():
            folder = os.fsencode(self.logs) + b"/%d/" % raw_id + as_folders(text)
            paths[raw_id] = folder + b"/slurm-%d.out" % raw_id
            self.write_log(paths[raw_id])
            self.add_ended_job(
                raw_id, log=None, work_dir=folder, stdout="", submit_line="", in_accounting=False
            )
        self.check_paths(attrsvc, service, paths)

    def test_hostile_names_in_a_path(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        paths = {}
        for raw_id, text in TEXT_OF.items():
            paths[raw_id] = os.fsencode(self.logs) + b"/%d/" % raw_id + as_folders(text) + b".log"
            self.write_log(paths[raw_id])
            self.add_ended_job(
                raw_id,
                log=None,
                name=as_folders(text),
                stdout="%s/%%j/%%x.log" % self.logs,
                in_accounting=False,
            )
        self.check_paths(attrsvc, service, paths)

    def test_what_accounting_has_altered_is_not_guessed(self):
        attrsvc = self.start_attrsvc()
        output = os.fsencode(self.logs) + b"/bad\xff.out"
        self.add_ended_job(
            1, log=None, submit_line=b"sbatch --output=" + output + b" train.sh", in_queue=False
        )
        service = self.start_service(attrsvc.url)
        job = service.wait_until_phase(["1"], "NO_LOG")["1"]
        self.assertIn("which may stand for a byte that accounting cannot store", job["stdoutPathError"])
        self.assertEqual(attrsvc.requests("POST"), [])
