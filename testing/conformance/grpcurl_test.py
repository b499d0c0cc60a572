"""The gRPC API as people and orchestrators use it: grpcurl and grpc_health_probe.

grpcurl knows nothing of the API but what reflection tells it.
"""

import json
import subprocess

from testing.conformance.go_tools import go_tool
from testing.standin_case import StandinCase

SERVICE = "smon.v1.MonitorService"
# What to call each rpc with. An rpc that is not here is a test that is missing.
REQUESTS = {
    "GetAttrsvcStats": {},
    "GetCluster": {"cluster": "proof"},
    "GetDiagnosis": {},
    "GetHealth": {},
    "GetJob": {"job_id": "1", "view": "FULL"},
    "GetResult": {"jobId": "1"},
    "GetStats": {},
    "ListClusters": {},
    "ListJobs": {"states": ["FAILED"], "page_size": 1},
    "ListReplicas": {},
    "NotifyJob": {"job_id": "1"},
    "ResubmitJob": {"job_id": "1"},
    "ResubmitJobs": {"user": "alice", "dry_run": True},
    "WatchJobs": {"user": "alice"},
}
# A stream has no end of its own: the client's patience ends it.
STREAMS = {"WatchJobs"}


class GrpcurlTest(StandinCase):
    def setUp(self):
        self.grpcurl_path = go_tool("grpcurl")
        super().setUp()
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url)
        self.add_ended_job(1)
        self.service.wait_until_phase(["1"])

    def grpcurl(self, *args):
        """(exit status, stdout, stderr)."""
        options = [arg for arg in args if arg.startswith("-")]
        words = [arg for arg in args if not arg.startswith("-")]
        done = subprocess.run(
            [self.grpcurl_path, "-plaintext", *options, self.service.grpc_address, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    def rpcs(self):
        status, text, errors = self.grpcurl("list", SERVICE)
        self.assertEqual((status, errors), (0, ""))
        return [name[len(SERVICE) + 1 :] for name in text.split()]

    def test_lists_the_services_and_every_rpc(self):
        status, text, errors = self.grpcurl("list")
        self.assertEqual((status, errors), (0, ""))
        self.assertLessEqual({SERVICE, "grpc.health.v1.Health"}, set(text.split()))
        self.assertEqual(self.rpcs(), sorted(REQUESTS))

    def test_describes_every_rpc_and_what_it_takes_and_gives(self):
        for rpc in self.rpcs():
            with self.subTest(rpc=rpc):
                status, text, errors = self.grpcurl("describe", "%s.%s" % (SERVICE, rpc))
                self.assertEqual((status, errors), (0, ""))
                self.assertRegex(text, r"rpc %s \( \.smon\.v1\.%sRequest \)" % (rpc, rpc))
                self.assertIn("google.api.http", text)
                status, text, errors = self.grpcurl("describe", "smon.v1.%sRequest" % rpc)
                self.assertEqual((status, errors), (0, ""))
                self.assertIn("message %sRequest {" % rpc, text)

    def test_calls_every_rpc(self):
        for rpc in self.rpcs():
            with self.subTest(rpc=rpc):
                patience = ["-max-time=2"] if rpc in STREAMS else []
                status, text, errors = self.grpcurl(
                    *patience, "-d=" + json.dumps(REQUESTS[rpc]), "%s/%s" % (SERVICE, rpc)
                )
                if rpc in STREAMS:
                    self.assertIn("Code: DeadlineExceeded", errors)
                else:
                    self.assertEqual((status, errors), (0, ""))
                    self.assertIsInstance(json.loads(text), dict)

    def test_an_error_has_its_code_and_words(self):
        status, _, errors = self.grpcurl('-d={"job_id": "none"}', SERVICE + "/GetJob")
        self.assertNotEqual(status, 0)
        self.assertIn("Code: NotFound", errors)
        self.assertIn("none", errors)

    def test_grpc_health_probe_passes(self):
        self.wait_for_polls(self.service, 1)
        for service in ("", SERVICE, "slurm", "attrsvc", "store"):
            with self.subTest(service=service):
                done = subprocess.run(
                    [
                        go_tool("grpc_health_probe"),
                        "-addr=" + self.service.grpc_address,
                        "-service=" + service,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    encoding="utf-8",
                    timeout=60,
                )
                self.assertEqual((done.returncode, done.stdout), (0, "status: SERVING\n"))
