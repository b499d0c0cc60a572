"""TLS, client certificates, tokens, unix sockets and the audit log, as users meet them."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import stat
import subprocess

import grpc

from testing.pki import Authority, read_file, token_line, write_file
from testing.service import Smonsvc, program
from testing.service import http as http_request
from testing.standin_case import StandinCase
from testing.waiting import wait_for

SERVICE = "/smon.v1.MonitorService/"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
RESUBMIT_1 = b"\x0a\x011"  # ResubmitJobRequest{job_id: "1"}
LIST_SERVICES = b"\x3a\x00"  # ServerReflectionRequest{list_services: ""}


class SecureSmonsvc(Smonsvc):
    """A service whose ports speak TLS; `ca` signs its certificate, if set."""

    ca = None

    def context(self, certificate=None, ca=None):
        context = ssl.create_default_context(cafile=ca or self.ca)
        if certificate is not None:
            context.load_cert_chain(*certificate)
        return context

    def request(self, path, method="GET", headers=None, certificate=None):
        """(status, headers, text) over HTTPS."""
        connection = http.client.HTTPSConnection(
            "localhost", self.http_port, timeout=20, context=self.context(certificate)
        )
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def get(self, path, timeout=30):
        status, _, text = self.request(path)
        return status, text


def bearer(token):
    return {"Authorization": "Bearer " + token}


class SecurityCase(StandinCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.logs)
        self.tls_cert, self.tls_key = self.authority.issue("server", "mon-1")
        self.token_file = os.path.join(self.logs, "tokens")
        write_file(
            self.token_file, token_line("ann", "read", "r-token") + token_line("ops", "write", "w-token")
        )
        self.attrsvc = self.start_attrsvc()

    def start(self, **flags):
        flags = {
            "tls_cert": self.tls_cert, "tls_key": self.tls_key, "token_file": self.token_file,
            "partitions": "batch", "result_rate": 0, "submit_rate": 0, **flags,
        }  # fmt: skip
        service = SecureSmonsvc(self.slurm.env(), attrsvc_url=self.attrsvc.url, **flags)
        service.ca = self.authority.ca
        return self._enter(service)

    def channel(self, service, certificate=None, ca=None):
        key = cert = None
        if certificate is not None:
            cert, key = (read_file(path).encode() for path in certificate)
        credentials = grpc.ssl_channel_credentials(
            read_file(ca or self.authority.ca).encode(), key, cert
        )
        channel = grpc.secure_channel(
            service.grpc_address.replace("127.0.0.1", "localhost"), credentials
        )
        self.addCleanup(channel.close)
        return channel

    def code(self, channel, rpc="GetStats", token=None, request=b"", metadata=()):
        """The name of the status with which an rpc of MonitorService ends."""
        metadata = list(metadata)
        if token is not None:
            metadata.append(("authorization", "Bearer " + token))
        try:
            channel.unary_unary(SERVICE + rpc)(request, metadata=metadata, timeout=20)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    def audit(self, service):
        """The fields of each line of the audit log."""
        lines = [line for line in service.log().splitlines() if " INFO audit " in line]
        return [dict(re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', line)) for line in lines]


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


class TlsTest(SecurityCase):
    def test_both_ports_speak_tls_of_today_only(self):
        service = self.start()
        for port in (service.http_port, int(service.grpc_address.split(":")[1])):
            for version, good in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)):
                context = service.context()
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = version
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.set_alpn_protocols(["h2"])
                with socket.create_connection(("localhost", port)) as plain:
                    try:
                        context.wrap_socket(plain, server_hostname="localhost").close()
                        shaken = True
                    except OSError:
                        shaken = False
                self.assertEqual((port, version, shaken), (port, version, good))
        with self.assertRaises(OSError):
            http_request("http://127.0.0.1:%d/livez" % service.http_port)

    def test_a_client_certificate_says_who_it_is(self):
        client_folder = os.path.join(self.logs, "clients")
        other_folder = os.path.join(self.logs, "others")
        os.mkdir(client_folder)
        os.mkdir(other_folder)
        clients = Authority(client_folder, "clients")
        someone = clients.issue("someone", "someone", "DNS:someone.example")
        epilog = clients.issue("epilog", "slurmctld", "DNS:ctl.example")
        stranger = Authority(other_folder, "others").issue("x", "slurmctld", "DNS:ctl.example")
        write_file(self.token_file, "epilog:write:cert:ctl.example\n")
        self.add_ended_job(1)
        service = self.start(tls_client_ca=clients.ca)

        wait_for(
            lambda: service.request("/v1/jobs/1", certificate=someone)[0] == 200, 30, "job 1"
        )
        resubmit = lambda who: service.request("/v1/jobs/1:resubmit", "POST", None, who)[0]
        self.assertEqual([resubmit(someone), resubmit(epilog), resubmit(None)], [403, 200, 401])
        with self.assertRaises(OSError):
            resubmit(stranger)
        self.assertEqual(service.request("/livez")[0], 200)

        write = lambda who: self.code(self.channel(service, who), "ResubmitJob", None, RESUBMIT_1)
        self.assertEqual(
            [write(someone), write(epilog), write(None), write(stranger)],
            ["PERMISSION_DENIED", "OK", "UNAUTHENTICATED", "UNAVAILABLE"],
        )
        self.assertEqual(self.code(self.channel(service, someone), "GetStats"), "OK")
        who = [line["who"] for line in self.audit(service)]
        self.assertEqual(who.count("cert:epilog"), 2)
        # What the gateway tells the service cannot be told by a client.
        forged = {"Grpc-Metadata-Smon-Peer-Bin": "NDp1bml4", "Grpc-Metadata-x509_common_name": "ctl"}
        self.assertEqual(service.request("/v1/jobs", "GET", forged)[0], 401)
        self.assertEqual(
            self.code(self.channel(service), metadata=[("smon-peer-bin", b"0:4:unix0:0:")]),
            "UNAUTHENTICATED",
        )

    def test_a_new_certificate_is_taken_and_open_connections_stay(self):
        service = self.start()
        channel = self.channel(service)
        self.assertEqual(self.code(channel, token="r-token"), "OK")
        open_http = http.client.HTTPSConnection(
            "localhost", service.http_port, timeout=20, context=service.context()
        )
        open_http.request("GET", "/livez")
        self.assertEqual(open_http.getresponse().read(), b"ok\n")
        sock = open_http.sock

        # A broken one changes nothing.
        good = read_file(self.tls_cert)
        write_file(self.tls_cert, "broken")
        service.wait_for_log("the certificate not taken: what was read before stays")
        self.assertEqual(service.request("/livez")[0], 200)
        self.assertEqual(self.code(self.channel(service), token="r-token"), "OK")
        write_file(self.tls_cert, good)

        folder = os.path.join(self.logs, "new")
        os.mkdir(folder)
        new = Authority(folder, "new-ca")
        certificate, key = new.issue("server", "mon-1")
        write_file(self.tls_key, read_file(key))
        write_file(self.tls_cert, read_file(certificate))
        old_ca, service.ca = service.ca, new.ca

        def taken():
            try:
                return service.request("/livez")[0] == 200
            except ssl.SSLError:
                return False

        wait_for(taken, 10, "the new certificate is shown over HTTP")
        self.assertEqual(self.code(self.channel(service, ca=new.ca), token="r-token"), "OK")
        self.assertEqual(self.code(self.channel(service, ca=old_ca), token="r-token"), "UNAVAILABLE")
        # Those from before are the same connections.
        self.assertEqual(self.code(channel, token="r-token"), "OK")
        open_http.request("GET", "/livez")
        self.assertEqual(open_http.getresponse().read(), b"ok\n")
        self.assertIs(open_http.sock, sock)
        open_http.close()

    def test_smonctl_comes_in_with_a_token_or_a_certificate(self):
        service = self.start(tls_client_ca=self.authority.ca)
        service.grpc_address = service.grpc_address.replace("127.0.0.1", "localhost")
        token = os.path.join(self.logs, "ann.token")
        write_file(token, "r-token\n")
        tls = "--tls_ca=" + self.authority.ca
        done = service.smonctl("health", tls, "--token_file=" + token)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        certificate, key = self.authority.issue("ann", "ann")
        done = service.smonctl("health", tls, "--tls_cert=" + certificate, "--tls_key=" + key)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = service.smonctl("health", tls)
        self.assertEqual(done.returncode, 4)
        self.assertIn("a token is wanted", done.stderr)
        done = service.smonctl("resubmit", "1", tls, "--token_file=" + token)
        self.assertEqual(done.returncode, 4)
        self.assertIn("may read only", done.stderr)
        self.assertEqual(service.smonctl("health").returncode, 5)


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


class UnixSocketTest(SecurityCase):
    def setUp(self):
        super().setUp()
        self.sockets = subprocess.run(
            ["mktemp", "-d", "/tmp/smon-XXXXXX"], check=True, capture_output=True, text=True
        ).stdout.strip()  # short enough for a socket
        self.addCleanup(subprocess.run, ["rm", "-r", self.sockets], check=True)
        self.grpc_socket = self.sockets + "/grpc.sock"
        self.http_socket = self.sockets + "/http.sock"

    def curl(self, path, *args):
        return subprocess.run(
            ["curl", "-sS", "--unix-socket", self.http_socket, "http://smonsvc" + path, *args],
            check=True, capture_output=True, text=True, timeout=30,
        ).stdout  # fmt: skip

    def test_the_mode_of_a_socket_says_who_may_do_everything(self):
        self.add_ended_job(1)
        for path in (self.grpc_socket, self.http_socket):
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(path)  # as after a crash
        service = self.start(
            grpc_socket=self.grpc_socket, http_socket=self.http_socket, unix_socket_mode="0660"
        )
        for path in (self.grpc_socket, self.http_socket):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o660)
        service.grpc_address = "unix:" + self.grpc_socket
        wait_for(
            lambda: service.smonctl("resubmit", "1").returncode == 0, 30, "job 1 can be resubmitted"
        )
        self.assertIn('"outcome":', self.curl("/v1/jobs/1:resubmit", "-X", "POST"))
        who = [line["who"].strip('"') for line in self.audit(service)]
        self.assertEqual(who[-2:], ["unix:", "unix:uid=%d" % os.getuid()])

        second = SecureSmonsvc(
            self.slurm.env(), attrsvc_url=self.attrsvc.url, partitions="batch",
            http_socket=self.http_socket,
        )  # fmt: skip
        with self.assertRaisesRegex(AssertionError, "a program listens there"):
            second.start()
        service.stop()
        self.assertEqual(os.listdir(self.sockets), [])


class OpenServiceTest(StandinCase):
    """Without tokens, on loopback."""

    def test_a_browser_is_no_way_in(self):
        service = self.start_service(self.start_attrsvc().url, allowed_hosts="mon-1")

        def ask(host, method="GET", **headers):
            connection = http.client.HTTPConnection("127.0.0.1", service.http_port, timeout=20)
            connection.request(method, "/v1/stats", headers={"Host": host, **headers})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer

        self.assertEqual(ask("evil.example:%d" % service.http_port).status, 403)
        for host in ("localhost", "127.0.0.1:80", "[::1]", "mon-1"):
            self.assertEqual((host, ask(host).status), (host, 200))
        self.assertEqual(ask("localhost", "POST", Origin="http://evil.example").status, 403)
        headers = ask("localhost").headers
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(headers["X-Frame-Options"], "DENY")
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertNotIn("Server", headers)

    def test_it_does_not_start_where_others_would_come_in(self):
        def error(*args):
            command = [program("//server:smonsvc"), "--check_config", *args]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30)
            self.assertLessEqual(len(done.stderr.splitlines()), 1)
            return done.returncode, done.stderr

        for args in (
            ["--grpc_address=0.0.0.0:0"],
            ["--grpc_address=[::]:0"],
            ["--host=0.0.0.0", "--port=0"],
            ["--host=::", "--port=0", "--token_file=/tokens"],
        ):
            status, text = error(*args)
            self.assertEqual(status, 1)
            self.assertRegex(text, "no loopback address.*--insecure_allow_remote")
        self.assertEqual(error("--grpc_address=0.0.0.0:0", "--insecure_allow_remote"), (0, ""))
        secure = ["--tls_cert=/c", "--tls_key=/k", "--token_file=/t"]
        self.assertEqual(error("--grpc_address=0.0.0.0:0", *secure), (0, ""))
