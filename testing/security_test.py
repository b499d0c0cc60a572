"""Tokens, what may be done without, and the audit log, as users meet them."""

import http.client
import json
import os
import re
import signal
import subprocess

import grpc

from testing.pki import read_file, token_line, write_file
from testing.security_case import RESUBMIT_1, SERVICE, SecurityCase, bearer
from testing.service import program
from testing.waiting import wait_for

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
LIST_SERVICES = b"\x3a\x00"  # ServerReflectionRequest{list_services: ""}


class TokenTest(SecurityCase):
    def test_who_may_do_what(self):
        self.add_ended_job(1)
        service = self.start()
        resubmit = "/v1/jobs/1:resubmit"
        table = [
            # path, method, without a token, ann (read), ops (write)
            ("/livez", "GET", 200, 200, 200),
            ("/healthz", "GET", 200, 200, 200),
            ("/metrics", "GET", 401, 200, 200),
            ("/openapi.json", "GET", 401, 200, 200),
            ("/stats", "GET", 401, 200, 200),
            ("/", "GET", 401, 200, 200),
            ("/jobs", "GET", 401, 200, 200),
            ("/v1/health", "GET", 401, 200, 200),
            ("/v1/jobs", "GET", 401, 200, 200),
            ("/v1/jobs/1", "GET", 401, 200, 200),
            (resubmit, "POST", 401, 403, 200),
        ]
        wait_for(
            lambda: service.request("/v1/jobs/1", headers=bearer("r-token"))[0] == 200, 30, "job 1"
        )
        for path, method, *expected in table:
            got = [
                service.request(path, method, headers)[0]
                for headers in ({}, bearer("r-token"), bearer("w-token"))
            ]
            self.assertEqual((path, got), (path, expected))

        channel = self.channel(service)
        for token, read, write in (
            (None, "UNAUTHENTICATED", "UNAUTHENTICATED"),
            ("wrong", "UNAUTHENTICATED", "UNAUTHENTICATED"),
            ("r-token", "OK", "PERMISSION_DENIED"),
            ("w-token", "OK", "OK"),
        ):
            self.assertEqual(self.code(channel, "GetStats", token), read)
            self.assertEqual(self.code(channel, "GetHealth", token), read)
            self.assertEqual(self.code(channel, "ListJobs", token), read)
            self.assertEqual(self.code(channel, "ResubmitJob", token, RESUBMIT_1), write)
            self.assertIn(self.code(channel, "NotifyJob", token, RESUBMIT_1), (write,))
        self.assertEqual(self.code(channel, "NotifyJob", "r-token", RESUBMIT_1), "PERMISSION_DENIED")
        watch = channel.unary_stream(SERVICE + "WatchJobs")
        with self.assertRaises(grpc.RpcError) as refused:
            next(watch(b"", timeout=20))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        stream = watch(b"", metadata=(("authorization", "Bearer r-token"),), timeout=20)
        self.assertTrue(next(stream))
        stream.cancel()
        self.assertEqual(self.code(channel, "ResubmitJobs", "r-token"), "PERMISSION_DENIED")

    def test_reflection_takes_a_token_and_the_health_check_none(self):
        service = self.start()
        channel = self.channel(service)
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(check(b"", timeout=20), b"\x08\x01")

        def reflect(**options):
            call = channel.stream_stream(REFLECTION)(iter([LIST_SERVICES]), timeout=20, **options)
            return b"".join(call)

        self.assertIn(b"smon.v1.MonitorService", reflect(metadata=(("authorization", "Bearer r-token"),)))
        with self.assertRaises(grpc.RpcError) as refused:
            reflect()
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        details = dict(refused.exception.trailing_metadata())["grpc-status-details-bin"]
        self.assertIn(b"google.rpc.ErrorInfo", details)
        answers = channel.stream_stream(REFLECTION)(iter([LIST_SERVICES]), timeout=20)
        self.assertNotIn(b"MonitorService", next(answers))

    def test_a_refusal_says_how_to_ask_and_nothing_else(self):
        service = self.start()
        status, headers, text = service.request("/v1/jobs")
        self.assertEqual(status, 401)
        self.assertEqual(headers["WWW-Authenticate"], 'Bearer realm="smonsvc"')
        self.assertEqual(json.loads(text)["code"], 16)
        self.assertIn("Authorization: Bearer TOKEN", json.loads(text)["message"])
        _, _, health = service.request("/healthz")
        version = subprocess.run(
            [program("//server:smonsvc"), "--version"], check=True, capture_output=True, text=True
        ).stdout.split()[1]
        for part in (text, str(headers), health):
            self.assertNotIn(version, part)
            self.assertNotIn(self.logs, part)

    def test_guessing_is_slowed_down_and_counted(self):
        service = self.start()
        known = {"ann": self.channel(service)}
        self.assertEqual(self.code(known["ann"], token="r-token"), "OK")
        answers = [service.request("/v1/stats", headers=bearer("x%d" % i))[0] for i in range(13)]
        self.assertEqual(answers[:10], [401] * 10)
        self.assertEqual(answers[-1], 429)
        # Not even with the right one, from where it was never used.
        self.assertEqual(service.request("/v1/stats", headers=bearer("w-token"))[0], 429)
        # Who was there before works on.
        self.assertEqual(self.code(known["ann"], token="r-token"), "OK")
        self.assertEqual(service.request("/livez")[0], 200)
        text = service.request("/metrics", headers=bearer("r-token"))[2]
        self.assertIn('smonsvc_authentications_total{outcome="invalid"} 10', text)
        self.assertRegex(text, r'smonsvc_authentications_total\{outcome="rate_limited"\} [34]')
        self.assertNotIn("w-token", service.log())
        self.assertIn("authentication failed peer=127.0.0.1", service.log())

    def test_each_change_is_in_the_audit_log_also_a_refused_one(self):
        self.add_ended_job(1)
        service = self.start()
        done = lambda headers: service.request("/v1/jobs/1:resubmit", "POST", headers)[0]
        wait_for(lambda: done(bearer("w-token")) == 200, 30, "job 1 can be resubmitted")
        done({})
        done(bearer("r-token"))
        lines = self.audit(service)[-3:]
        self.assertEqual(
            [(line["who"], line["what"], line["outcome"]) for line in lines],
            [
                ("token:ops", "ResubmitJob", "done"),
                ("peer:127.0.0.1", "ResubmitJob", "refused"),
                ("peer:127.0.0.1", "ResubmitJob", "refused"),
            ],
        )
        self.assertIn('job_id: \\"1\\"', lines[0]["request"])
        self.assertIn("RESUBMITTED", lines[0]["result"])
        self.assertIn("token:ann may read only", lines[2]["result"])

    def test_strangers_cannot_fill_the_log(self):
        service = self.start()
        channel = self.channel(service)
        for _ in range(300):
            self.assertEqual(self.code(channel, "ResubmitJob", None, RESUBMIT_1), "UNAUTHENTICATED")
        self.assertEqual(self.code(channel, "ResubmitJob", "r-token", RESUBMIT_1), "PERMISSION_DENIED")
        self.assertEqual(self.code(channel, "ResubmitJob", "w-token", RESUBMIT_1), "NOT_FOUND")
        lines = self.audit(service)
        self.assertGreaterEqual(len(lines), 100)
        self.assertLess(len(lines), 200)
        self.assertIn("token:ann may read only", lines[-2]["result"])
        self.assertEqual((lines[-1]["who"], lines[-1]["outcome"]), ("token:ops", "failed"))

        def told():
            self.code(channel, "ResubmitJob", None, RESUBMIT_1)
            return int(self.audit(service)[-1].get("left_out", 0)) > 0

        wait_for(told, 10, "it is told how many have no line", interval=1.1)

    def test_streams_end_with_the_token_that_they_were_begun_with(self):
        service = self.start()
        channel = self.channel(service)

        def watch(token):
            stream = channel.unary_stream(SERVICE + "WatchJobs")(
                b"", metadata=(("authorization", "Bearer " + token),), timeout=60
            )
            self.assertTrue(next(stream))
            return stream

        withdrawn, kept = watch("r-token"), watch("w-token")
        connection = http.client.HTTPSConnection(
            "localhost", service.http_port, timeout=60, context=service.context()
        )
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/jobs:watch", headers=bearer("r-token"))
        lines = connection.getresponse()
        self.assertIn("cursor", json.loads(lines.readline())["result"])

        # A new token under the name of the old one.
        write_file(
            self.token_file, token_line("ann", "read", "n-token") + token_line("ops", "write", "w-token")
        )
        with self.assertRaises(grpc.RpcError) as ended:
            next(withdrawn)
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        self.assertIn("withdrawn", ended.exception.details())
        self.assertEqual(json.loads(lines.readline())["error"]["code"], 16)
        self.assertEqual(lines.readline(), b"")
        self.add_job(1)
        self.assertTrue(next(kept))
        kept.cancel()

    def test_new_tokens_are_taken_while_it_runs_and_broken_ones_are_not(self):
        service = self.start()
        channel = self.channel(service)
        ask = lambda token: self.code(channel, token=token)
        self.assertEqual(ask("r-token"), "OK")
        write_file(self.token_file, token_line("ops", "write", "w-token"))
        wait_for(lambda: ask("r-token") == "UNAUTHENTICATED", 10, "the token is withdrawn")

        write_file(self.token_file, "ops:write:w-token\n")
        service.wait_for_log("the tokens not taken: what was read before stays")
        self.assertEqual(ask("w-token"), "OK")
        health = json.loads(service.request("/v1/health", headers=bearer("w-token"))[2])
        self.assertEqual(health["issues"][-1], "secrets_not_usable")
        self.assertIn("line 1", health["components"][-1]["lastError"])
        # Nothing that a restart would mend. What it is, is not for everybody.
        status, _, text = service.request("/healthz")
        self.assertEqual(status, 200)
        self.assertNotIn("line 1", text)
        self.assertIn("line 1", service.request("/healthz", headers=bearer("w-token"))[2])
        self.assertEqual(service.request("/livez")[0], 200)

        write_file(self.token_file, token_line("new", "read", "n-token"))
        os.kill(service.pid, signal.SIGHUP)
        wait_for(lambda: ask("n-token") == "OK", 10, "the new token is good")
        health = json.loads(service.request("/v1/health", headers=bearer("n-token"))[2])
        self.assertEqual(health["components"][-1]["status"], "OK")


class DocumentationTest(SecurityCase):
    def test_the_commands_of_security_md_make_a_server_that_can_be_reached(self):
        blocks = re.findall(r"(?:^    .+\n)+", read_file("docs/SECURITY.md"), re.MULTILINE)
        made = [block for block in blocks if "openssl" in block or block.startswith("    echo")]
        self.assertEqual(len(made), 3)
        folder = os.path.join(self.logs, "made")
        os.mkdir(folder)
        subprocess.run(["sh", "-e"], input="".join(made), text=True, check=True, cwd=folder)
        path = lambda name: os.path.join(folder, name)
        self.authority.ca = path("ca.pem")
        service = self.start(
            tls_cert=path("server.pem"), tls_key=path("server.key"), token_file=path("tokens")
        )
        service.grpc_address = service.grpc_address.replace("127.0.0.1", "localhost")
        options = ["--tls_ca=" + path("ca.pem"), "--token_file=" + path("ops.token")]
        done = service.smonctl("jobs", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        token = read_file(path("ops.token")).strip()
        self.assertEqual(service.request("/v1/jobs", headers=bearer(token))[0], 200)
