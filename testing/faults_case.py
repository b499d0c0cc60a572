"""What the tests of attrsvc's faults have in common: one service and one attrsvc for
all tests of a class, which goes wrong about the logs of single jobs.

    class AttrsvcFaultsTest(FaultsCase):
        FLAGS = {"timeout": 2}

        def test_500(self):
            self.check_that_it_passes(error(500, "internal_error"), "answered 500")

Jobs have ids of their own in each test, so that tests disturb each other as little
as a fault of one log may disturb the others.
"""

import contextlib
import itertools
import os
import shutil
import tempfile

from testing.faulty_attrsvc import FaultyAttrsvc
from testing.service import Smonsvc, program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.standin_case import StandinCase
from testing.waiting import wait_for

# The phase in which a log is tried, by the request that fails.
TRIED_IN = {"POST": "PENDING", "GET": "SUBMITTED"}
ATTEMPTS = {"POST": "submitAttempts", "GET": "resultAttempts"}


class FaultsCase(StandinCase):
    FLAGS = {}

    @classmethod
    def setUpClass(cls):
        cls.logs = tempfile.mkdtemp(prefix="smon-logs-", dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(shutil.rmtree, cls.logs)
        cls.slurm = SlurmStandin(program("//testing/slurm_standin:slurm_standin"))
        cls.addClassCleanup(cls.slurm.close)
        cls.attrsvc = FaultyAttrsvc()
        cls.addClassCleanup(cls.attrsvc.close)
        flags = {"partitions": "batch", "result_rate": 0, "submit_rate": 0, **cls.FLAGS}
        cls.service = Smonsvc(cls.slurm.env(), attrsvc_url=cls.attrsvc.url, **flags)
        cls.failed = False
        cls.service.__enter__()
        cls.addClassCleanup(cls._stop_service)
        cls.ids = itertools.count(1)

    @classmethod
    def _stop_service(cls):
        # With an exception it shows the end of the log.
        cls.service.__exit__(AssertionError if cls.failed else None, None, None)

    def setUp(self):
        pass  # the class has it all

    def run(self, result=None):
        done = super().run(result)
        if any(test is self for test, _ in result.failures + result.errors):
            type(self).failed = True
        return done

    def posts(self, raw_id):
        return self.attrsvc.requests("POST", self.log_path(raw_id))

    def wait_for_error(self, raw_id, text):
        """Waits until that log's delivery says so; returns the delivery."""

        def delivery():
            return self.service.jobs().get(str(raw_id), {}).get("delivery", {})

        wait_for(lambda: text in delivery().get("error", ""), 30, lambda: "%r in %s" % (text, delivery()))
        return delivery()

    def assert_healthy_log_went_through(self, raw_id):
        """Waits for the verdict of a log that nothing is wrong with: one request each."""
        self.service.wait_until_phase([str(raw_id)])
        requests = self.attrsvc.requests(log_path=self.log_path(raw_id))
        self.assertEqual([request["method"] for request in requests], ["POST", "GET"])

    def check_that_it_passes(self, fault, text, methods=("POST", "GET")):
        """A log that is answered so is tried, says why, holds up no other, and is
        delivered once that is over: accepted once, and all attempts counted."""
        other = next(self.ids)
        tried = {next(self.ids): method for method in methods}
        with contextlib.ExitStack() as faults:
            for raw_id, method in tried.items():
                faults.enter_context(self.attrsvc.faulty(method, self.log_path(raw_id), fault))
            for raw_id in (*tried, other):
                self.add_ended_job(raw_id)
            self.assert_healthy_log_went_through(other)
            for raw_id, method in tried.items():
                delivery = self.wait_for_error(raw_id, text)
                self.assertEqual(delivery["phase"], TRIED_IN[method])
                self.assertGreaterEqual(delivery[ATTEMPTS[method]], 1)
        jobs = self.service.wait_until_phase(list(map(str, tried)))
        for raw_id, method in tried.items():
            job = jobs[str(raw_id)]
            self.assertEqual((job["verdict"]["reason"], job["delivery"]["error"]), ("bad loss", ""))
            requests = self.attrsvc.requests(method, self.log_path(raw_id))
            self.assertEqual(len(requests), job["delivery"][ATTEMPTS[method]])
            self.assertEqual([r["faulty"] for r in requests], [True] * (len(requests) - 1) + [False])
            if method == "GET":
                self.assertEqual(len(self.posts(raw_id)), 1)

    def check_that_it_is_final(self, fault, text, problem, method="POST"):
        """A log that is answered so is REJECTED after one request, holds up no
        other, and can be sent again."""
        raw_id, other = next(self.ids), next(self.ids)
        with self.attrsvc.faulty(method, self.log_path(raw_id), fault):
            self.add_ended_job(raw_id)
            self.add_ended_job(other)
            job = self.service.wait_until_phase([str(raw_id)], "REJECTED")[str(raw_id)]
            self.assert_healthy_log_went_through(other)
            self.assertIn(text, job["delivery"]["error"])
            self.assertEqual(job["delivery"]["problem"], problem)
            self.assertEqual(len(self.attrsvc.requests(method, self.log_path(raw_id))), 1)
        self.assertEqual(self.service.smonctl("resubmit", str(raw_id)).returncode, 0)
        self.service.wait_until_phase([str(raw_id)])
        self.assertEqual(len(self.posts(raw_id)), 2)
