"""smonsvc may stop, be killed or find Slurm hanging at any time: nothing is lost."""

import os
import signal
from collections import Counter

from testing.service import MOST_SUBMITS_IN_FLIGHT
from testing.standin_case import StandinCase
from testing.waiting import wait_for


class RestartTest(StandinCase):
    def test_jobs_that_ended_and_were_purged_while_it_was_stopped_are_found_and_sent(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        self.add_job(2)
        self.add_job(3)
        service.wait_until_phase(["1"])
        self.wait_until_known(service, ["2", "3"])
        service.stop()
        self.assertEqual(service.exit_status, 0)

        self.end_job(2)
        self.slurm.purge_job(2)
        self.end_job(3, state="TIMEOUT", exit_status=0)
        self.add_ended_job(4, state="COMPLETED", exit_status=0)
        self.slurm.purge_job(4)
        service.start()
        jobs = service.wait_until_phase(["1", "2", "3", "4"])
        self.assertEqual(
            [jobs[id]["state"] for id in "1234"], ["FAILED", "FAILED", "TIMEOUT", "COMPLETED"]
        )
        self.assertEqual(jobs["4"]["stdoutPath"], self.log_path(4))
        self.wait_for_polls(service, 2)
        self.assert_sent_once(attrsvc, [1, 2, 3, 4])

    def test_a_kill_loses_no_job_and_repeats_only_what_was_in_flight(self):
        attrsvc = self.start_attrsvc("--latency_ms=200")
        service = self.new_service(attrsvc.url, submit_rate=20)
        raw_ids = list(range(1, 121))
        for raw_id in raw_ids:
            self.add_ended_job(raw_id)
        self._enter(service)

        def sent():
            phases = ((id, job["delivery"]["phase"]) for id, job in service.jobs().items())
            return [int(id) for id, phase in phases if phase in ("SUBMITTED", "COMPLETED")]

        before = wait_for(lambda: len(sent()) >= 10 and sent(), 30, "ten logs are sent")
        self.assertLess(len(before), len(raw_ids), "it was too fast to be killed in the middle")
        service.kill()
        service.start()
        service.wait_until_phase(list(map(str, raw_ids)))

        posts = Counter(post["log_path"] for post in attrsvc.requests("POST"))
        self.assertEqual(sorted(posts), sorted(map(self.log_path, raw_ids)))
        self.assertEqual({posts[self.log_path(raw_id)] for raw_id in before}, {1})
        self.assertLessEqual(sum(posts.values()) - len(posts), MOST_SUBMITS_IN_FLIGHT)

    def test_sigterm_ends_it_within_five_seconds_while_squeue_hangs(self):
        service = self.start_service(self.start_attrsvc().url)
        self.wait_for_polls(service, 1)
        self.slurm.clear_calls()
        self.slurm.set_fault("squeue", hang=True, ignore_sigterm=True)

        def hanging():
            """The pid of the squeue that came after the fault, as the last does not end."""
            pids = [call["pid"] for call in self.slurm.calls("squeue")]
            return [pid for pid in pids if self.is_hanging(pid)]

        pid = wait_for(hanging, 30, "squeue hangs")[0]
        service.stop()  # raises when that takes longer
        self.assertEqual(service.exit_status, 0)
        self.assertFalse(os.path.exists("/proc/%d" % pid))

    @staticmethod
    def is_hanging(pid):
        """Whether that process ignores SIGTERM, as the stand-in does once it hangs."""
        try:
            with open("/proc/%d/status" % pid, encoding="ascii") as status:
                fields = dict(line.split(":", 1) for line in status)
        except FileNotFoundError:
            return False
        return bool(int(fields["SigIgn"], 16) & 1 << signal.SIGTERM - 1)

    def test_sigterm_ends_it_within_five_seconds_while_attrsvc_does_not_answer(self):
        attrsvc = self.start_attrsvc("--latency_ms=60000")
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        wait_for(lambda: attrsvc.requests("POST"), 30, "a request is in flight")
        service.stop()
        self.assertEqual(service.exit_status, 0)
        attrsvc.configure(latency_ms=0)
        service.start()
        service.wait_until_phase(["1"])

    def test_sigint_ends_it_too(self):
        service = self.start_service(self.start_attrsvc().url)
        service.stop(signal.SIGINT)
        self.assertEqual(service.exit_status, 0)
