"""WatchJobs as programs use it: over gRPC with Debian's python3-grpcio, and with curl."""

import json
import queue
import subprocess
import threading
import time

import grpc

from testing.reflection_client import Client
from testing.standin_case import StandinCase
from testing.waiting import wait_for

SERVICE = "smon.v1.MonitorService"
FINAL = ("COMPLETED", "EXPIRED", "REJECTED", "NO_LOG")


class Watcher:
    """Reads a stream in a thread; goes on from its cursor when it is told to.

    Attributes:
      jobs: {job id: (state, phase)} as told last.
      cursor: of the last response.
      error: the grpc.RpcError that ended the stream, None while it goes on.
    """

    def __init__(self, address, cursor="", **fields):
        self._address = address
        self._fields = fields
        self.jobs = {}
        self.cursor = cursor
        self.responses = 0
        self.error = None
        self.start()

    def start(self):
        client = Client(self._address)
        client.learn(SERVICE)
        watch, request = client.stub("unary_stream", SERVICE, "WatchJobs")
        self.error = None
        self._client = client
        self._stream = watch(request(cursor=self.cursor, **self._fields))
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self):
        try:
            for response in self._stream:
                if response.HasField("job"):
                    job = response.job
                    names = job.delivery.DESCRIPTOR.fields_by_name["phase"].enum_type.values_by_number
                    states = job.DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number
                    self.jobs[job.job_id] = (
                        states[job.state].name,
                        names[job.delivery.phase].name,
                    )
                self.cursor = response.cursor
                self.responses += 1
        except grpc.RpcError as error:
            self.error = error
        self._client.channel.close()

    def wait_for_end(self):
        self._thread.join(30)
        assert self.error is not None, "the stream goes on"
        return self.error

    def stop(self):
        self._stream.cancel()
        self._thread.join(30)


class WatchTest(StandinCase):
    def watch(self, service, **fields):
        watcher = Watcher(service.grpc_address, **fields)
        self.addCleanup(watcher.stop)
        wait_for(lambda: watcher.responses, 10, "the first response")
        return watcher

    def test_changes_are_told_while_jobs_change(self):
        service = self.start_service(self.start_attrsvc().url)
        self.add_job(1)
        self.wait_until_known(service, ["1"])
        watcher = self.watch(service)
        failed = self.watch(service, states=["FAILED"])
        self.assertEqual(watcher.jobs, {})
        self.add_job(2)
        wait_for(lambda: watcher.jobs.get("2") == ("RUNNING", "WAITING"), 30, "2 came")
        self.end_job(1)
        wait_for(lambda: watcher.jobs.get("1") == ("FAILED", "COMPLETED"), 30, "1 is done")
        self.end_job(2, state="COMPLETED", exit_status=0)
        wait_for(lambda: watcher.jobs.get("2") == ("COMPLETED", "COMPLETED"), 30, "2 is done")
        wait_for(lambda: failed.jobs == {"1": ("FAILED", "COMPLETED")}, 30, "what matches")

    def test_after_a_kill_the_cursor_misses_no_final_state(self):
        service = self.start_service(self.start_attrsvc().url)
        everyone = self.watch(service)
        raw_ids = range(1, 41)
        ids = [str(raw_id) for raw_id in raw_ids]
        for raw_id in raw_ids:
            self.add_job(raw_id)
        wait_for(lambda: len(everyone.jobs) >= 20, 30, "jobs are told")
        for raw_id in raw_ids[:10]:
            self.end_job(raw_id)
        wait_for(
            lambda: any(phase == "COMPLETED" for _, phase in list(everyone.jobs.values())),
            30,
            "the first verdict",
        )
        service.kill()
        self.assertEqual(everyone.wait_for_end().code(), grpc.StatusCode.UNAVAILABLE)

        for raw_id in raw_ids[10:20]:
            self.end_job(raw_id)
        service.start()
        # It goes on while nobody watches.
        service.wait_until_phase(ids[:20])
        self.add_ended_job(41)
        service.wait_until_phase(["41"])
        everyone.start()
        for raw_id in raw_ids[20:]:
            self.end_job(raw_id)
        expected = {id: ("FAILED", "COMPLETED") for id in ids + ["41"]}
        wait_for(lambda: everyone.jobs == expected, 60, lambda: "all are seen: %s" % everyone.jobs)

    def test_a_stop_ends_the_stream_at_once_and_says_how_to_go_on(self):
        service = self.start_service(self.start_attrsvc().url)
        watcher = self.watch(service)
        service.stop()
        error = watcher.wait_for_end()
        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("cursor", error.details())

    def test_bad_cursors_and_filters_are_refused(self):
        service = self.start_service(self.start_attrsvc().url)
        for fields, word in (({"cursor": "nonsense"}, "cursor"), ({"name": "("}, "name")):
            watcher = Watcher(service.grpc_address, **fields)
            error = watcher.wait_for_end()
            self.assertEqual(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertIn(word, error.details())

    def test_over_http_each_change_comes_as_a_line_of_its_own(self):
        service = self.start_service(self.start_attrsvc().url)
        curl = subprocess.Popen(
            ["curl", "-sN", "http://127.0.0.1:%d/v1/jobs:watch?user=alice" % service.http_port],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(curl.stdout.close)
        self.addCleanup(curl.wait)
        self.addCleanup(curl.kill)
        lines = queue.Queue()

        def read():
            for line in curl.stdout:
                lines.put(json.loads(line)["result"])

        threading.Thread(target=read).start()
        first = lines.get(timeout=10)
        self.assertIsNone(first["job"])
        self.assertTrue(first["cursor"])
        # No later line pushes an earlier one out: each is there before the next is made.
        for raw_id in (1, 2):
            self.add_job(raw_id)
            self.assertEqual(lines.get(timeout=30)["job"]["jobId"], str(raw_id))
        self.assertTrue(lines.empty())
        self.end_job(1)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if lines.get(timeout=30)["job"]["delivery"]["phase"] in FINAL:
                return
        self.fail("the verdict was not told")
