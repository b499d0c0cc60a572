"""A stop while calls wait: for a store that another program holds, and for attrsvc."""

import contextlib
import sqlite3
import time

import grpc

from testing.standin_case import StandinCase
from testing.waiting import wait_for

SERVICE = "/smon.v1.MonitorService/"
JOB_1 = b"\x0a\x011"  # a request with job_id: "1"
# More than smonsvc's threads and queues take.
CALLS = 300


class StopTest(StandinCase):
    def start_calls(self, service, rpc, request, count):
        """The futures of so many calls, on connections with room for them."""
        channels = [
            grpc.insecure_channel(service.grpc_address, options=[("smon.connection", i)])
            for i in range(2)
        ]
        for channel in channels:
            self.addCleanup(channel.close)
        return [
            channels[i % 2].unary_unary(SERVICE + rpc).future(request, timeout=60)
            for i in range(count)
        ]

    def stop(self, service):
        """Stops it, which fails after five seconds; prints how long it took."""
        begin = time.monotonic()
        service.stop()
        print("stopped within %.2f s" % (time.monotonic() - begin))

    def test_writers_that_wait_for_the_store_hold_up_neither_readers_nor_a_stop(self):
        service = self.start_service(self.start_attrsvc().url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        database = service.folder + "/smon.db"
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            calls = self.start_calls(service, "ResubmitJob", JOB_1, CALLS)
            # As many as there is no room for are refused: the others wait now.
            wait_for(lambda: any(call.done() for call in calls), 20, "the queue is full")
            for path in ("/v1/jobs/1", "/v1/stats", "/livez"):
                begin = time.monotonic()
                self.assertEqual(service.get(path)[0], 200)
                self.assertLess(time.monotonic() - begin, 1)
            self.stop(service)
            codes = {call.code().name for call in calls if not call.cancelled()}
            self.assertLessEqual(codes, {"RESOURCE_EXHAUSTED", "UNAVAILABLE", "CANCELLED"})

    def test_those_who_wait_for_attrsvc_do_not_hold_up_a_stop(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        attrsvc.configure(latency_ms=60000)
        calls = self.start_calls(service, "GetAttrsvcStats", b"", 20)
        # Four may wait, the others are told so.
        wait_for(lambda: sum(call.done() for call in calls) == 16, 20, "the others are refused")
        self.stop(service)
