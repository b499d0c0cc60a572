"""The clock of the machine is stepped by an hour while smonsvc runs: it goes on polling,
finds what ends, and gives up on no log, nor leaves one waiting for an hour."""

import glob
import os
import time

import grpc

from testing.faulty_attrsvc import FaultyAttrsvc, error
from testing.service import preload
from testing.standin_case import StandinCase
from testing.waiting import wait_for

# Of Debian's package faketime, whatever the processor is.
LIBFAKETIME = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
HOUR = 3600

# grpc.health.v1.HealthCheckRequest(service="slurm"), and NOT_SERVING of its answer.
CHECK_SLURM = b"\x0a\x05slurm"
NOT_SERVING = b"\x08\x02"


class ClockTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.offset = 0
        self.clock_file = os.path.join(self.logs, "clock")
        self.step(0)
        self.attrsvc = FaultyAttrsvc()
        self.addCleanup(self.attrsvc.close)

    def step(self, seconds):
        """Sets the machine's clock: smonsvc's and Slurm's. Not the monotonic one."""
        self.offset += seconds
        with open(self.clock_file + ".new", "w", encoding="ascii") as file:
            file.write("%+d" % self.offset)
        os.rename(self.clock_file + ".new", self.clock_file)

    def start(self):
        self.service = self.new_service(
            self.attrsvc.url,
            env={
                **preload(LIBFAKETIME),
                "FAKETIME_TIMESTAMP_FILE": self.clock_file,
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            },
        )
        self._enter(self.service)

    def add_ended_job(self, raw_id, **fields):
        now = int(time.time()) + self.offset
        super().add_ended_job(raw_id, submit=now - 60, start=now - 30, end=now, **fields)

    def phase(self, raw_id):
        return self.service.jobs()[str(raw_id)]["delivery"]["phase"]

    def wait_until_delivered(self, job_ids):
        """gRPC reckons deadlines by the time of day: a call may end while that is set."""

        def delivered():
            try:
                return self.service.wait_until_phase(job_ids)
            except AssertionError as error:
                if "'code': 4," not in str(error):
                    raise
                return None

        wait_for(delivered, 60, "jobs %s are delivered" % job_ids)

    def check_that_a_step_passes(self, seconds):
        self.start()
        self.add_ended_job(1)
        self.service.wait_until_phase(["1"])
        not_there, fails = self.log_path(2), self.log_path(3)
        with self.attrsvc.faulty("POST", not_there, error(404, "not_found")):
            with self.attrsvc.faulty("POST", fails, error(503, "job_limit_reached")):
                self.add_ended_job(2)
                self.add_ended_job(3)
                for path in (not_there, fails):
                    wait_for(lambda: self.attrsvc.requests("POST", path), 30, "it is tried")
                self.step(seconds)
                before = len(self.attrsvc.requests("POST", not_there))
                self.add_ended_job(4)
                self.add_ended_job(5)
                self.slurm.purge_job(5)  # left to accounting
                self.wait_until_delivered(["4", "5"])
                wait_for(
                    lambda: len(self.attrsvc.requests("POST", not_there)) > before, 30, "it is tried on"
                )
                self.assertEqual({self.phase(2), self.phase(3)}, {"PENDING"})
        self.service.wait_until_phase(["2", "3"])
        accepted = [r["log_path"] for r in self.attrsvc.requests("POST") if not r["faulty"]]
        self.assertEqual(sorted(accepted), [self.log_path(raw_id) for raw_id in range(1, 6)])

        # What is published each second is published still.
        self.slurm.set_fault("squeue", preset="controller_down")
        with grpc.insecure_channel(self.service.grpc_address) as channel:
            check = channel.unary_unary("/grpc.health.v1.Health/Check")
            wait_for(lambda: check(CHECK_SLURM) == NOT_SERVING, 30, "Slurm is told to be away")

    def test_the_clock_is_stepped_an_hour_forward(self):
        self.check_that_a_step_passes(HOUR)

    def test_the_clock_is_stepped_an_hour_back(self):
        self.check_that_a_step_passes(-HOUR)
