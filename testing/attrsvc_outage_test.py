"""attrsvc goes away and comes back, as it was, empty or in its other form, or smonsvc is
stopped in the middle of a batch: nothing is lost, and nothing is sent twice but what
attrsvc forgot or what was not answered."""

import contextlib
import json
import os
import signal
from collections import Counter

from testing.faulty_attrsvc import FaultyAttrsvc, Gate
from testing.service import MOST_SUBMITS_IN_FLIGHT, STOP_SECONDS, free_port
from testing.standin_case import StandinCase
from testing.waiting import wait_for

A_LONG_ANALYSIS_MS = 3600 * 1000


class AttrsvcOutageTest(StandinCase):
    def test_refuse(self):
        port = free_port()
        self.service = self.start_service("http://127.0.0.1:%d" % port)
        self.add_ended_job(1)
        self.add_ended_job(2)

        def failures():
            return int(self.service.get_json("/v1/stats")["httpErrors"]["unavailable"])

        # Until the breaker has opened, too.
        wait_for(lambda: failures() >= 3, 30, "three requests failed")
        jobs = self.service.jobs()
        for id in "12":
            self.assertEqual(jobs[id]["delivery"]["phase"], "PENDING")
            self.assertIn("Connection refused", jobs[id]["delivery"]["error"])
        status, text = self.service.get("/healthz")
        self.assertEqual((status, json.loads(text)["issues"]), (503, ["attrsvc_unreachable"]))

        attrsvc = self.start_attrsvc(port=port)
        self.service.wait_until_phase(["1", "2"])
        self.assert_sent_once(attrsvc, [1, 2])
        wait_for(lambda: self.service.get("/healthz")[0] == 200, 30, "healthy again")

    def take_in_one_and_judge_another(self, form, port):
        """Leaves log 1 with a verdict, and log 2 with attrsvc, which analyses it."""
        attrsvc = self.start_attrsvc(port=port, form=form)
        self.service = self.start_service(attrsvc.url, timeout=2)
        self.add_ended_job(1)
        self.service.wait_until_phase(["1"])
        attrsvc.configure(analysis_ms=A_LONG_ANALYSIS_MS)
        self.add_ended_job(2)
        self.service.wait_until_phase(["2"], "SUBMITTED")
        self.assert_sent_once(attrsvc, [1, 2])
        return attrsvc

    def check_restart(self, form, other_form):
        port = free_port()
        self.take_in_one_and_judge_another(form, port).kill()
        after = self.start_attrsvc(port=port, form=other_form)
        self.add_ended_job(3)
        jobs = self.service.wait_until_phase(["1", "2", "3"])
        # What has its verdict is not sent again; what was forgotten is, once.
        self.assert_sent_once(after, [2, 3])
        self.assertEqual(jobs["2"]["verdict"]["action"], "STOP")
        self.assertEqual(jobs["2"]["delivery"]["error"], "")
        return after

    def test_attrsvc_restarted_empty(self):
        self.check_restart("released", "released")

    def test_attrsvc_changes_from_the_released_form_to_the_documented_one(self):
        after = self.check_restart("released", "documented")
        answered = [r["path"] for r in after.requests("GET") if r["log_path"] and r["status"] == 200]
        self.assertEqual(set(answered), {"/logs/result"})

    def test_attrsvc_changes_from_the_documented_form_to_the_released_one(self):
        after = self.check_restart("documented", "released")
        answered = [r["path"] for r in after.requests("GET") if r["log_path"] and r["status"] == 200]
        self.assertEqual(set(answered), {"/logs"})


class StopTest(StandinCase):
    def test_sigterm_in_the_middle_of_a_batch(self):
        attrsvc = FaultyAttrsvc()
        self.addCleanup(attrsvc.close)
        raw_ids = range(1, 61)
        gates = {self.log_path(raw_id): Gate() for raw_id in raw_ids}
        service = self.new_service(attrsvc.url)
        for raw_id in raw_ids:
            self.add_ended_job(raw_id)

        def posts():
            return [request["log_path"] for request in attrsvc.requests("POST")]

        with contextlib.ExitStack() as faults:
            for path, gate in gates.items():
                faults.enter_context(attrsvc.faulty("POST", path, gate))
            self._enter(service)
            wait_for(lambda: len(posts()) == MOST_SUBMITS_IN_FLIGHT, 30, "as many as may be in flight")
            answered = posts()[:10]
            os.kill(service.pid, signal.SIGTERM)
            for path in answered:
                gates[path].open()
            self.assertTrue(service.ended(STOP_SECONDS))
            self.assertEqual(service.exit_status, 0)
            in_flight = set(posts()) - set(answered)

        service.start()
        jobs = service.wait_until_phase([str(raw_id) for raw_id in raw_ids])
        counts = Counter(posts())
        self.assertEqual(set(counts), set(gates))  # none is lost
        self.assertEqual({counts[path] for path in answered}, {1})
        self.assertEqual({counts[path] for path in in_flight}, {2})
        self.assertLessEqual(len(in_flight), MOST_SUBMITS_IN_FLIGHT)
        self.assertEqual(sum(counts.values()), len(raw_ids) + len(in_flight))
        self.assertEqual({job["delivery"]["submitAttempts"] for job in jobs.values()}, {1})
