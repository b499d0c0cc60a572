"""Who reaches the ports and the sockets where no token is asked for."""

import http.client
import os
import socket
import stat
import subprocess

import grpc

from testing.security_case import SecureSmonsvc, SecurityCase
from testing.service import program
from testing.standin_case import StandinCase
from testing.waiting import wait_for


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

    def test_clients_of_grpc_leave_files_to_polls_and_http(self):
        service = self.new_service(self.start_attrsvc().url, interval=1)
        service.command = ["prlimit", "--nofile=256:256"] + service.command
        self._enter(service)
        port = int(service.grpc_address.split(":")[1])

        def connect():
            """The connection, or None where it was closed at once."""
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            try:
                if client.recv(1):
                    return client
            except ConnectionError:
                pass
            client.close()
            return None

        def metric(name):
            line = [l for l in service.get("/metrics")[1].splitlines() if l.startswith(name + " ")]
            return float(line[0].split()[1])

        with grpc.insecure_channel(service.grpc_address) as channel:
            health = channel.unary_unary("/grpc.health.v1.Health/Check")
            self.assertEqual(health(b"", timeout=20), b"\x08\x01")
            clients = [connect() for _ in range(80)]
            served = [client for client in clients if client is not None]
            self.assertEqual(len(served), 63)  # a quarter of 256, and the channel
            self.assertEqual(metric("smonsvc_grpc_connections"), 64)
            self.assertEqual(metric("smonsvc_grpc_connections_refused_total"), 80 - 63)
            self.assertEqual(service.smonctl("health").returncode, 5)
            service.wait_for_log("a gRPC connection refused: there are too many at_most=64")
            # Who is connected goes on, and so do polls.
            self.assertEqual(health(b"", timeout=20), b"\x08\x01")
            self.add_ended_job(1)
            wait_for(lambda: service.get("/v1/jobs/1")[0] == 200, 30, "job 1")
            for client in served:
                client.close()
            wait_for(
                lambda: service.smonctl("health").returncode == 0, 30, "others are let in again"
            )

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
            command = [program("//server:smonsvc"), "--print_config", *args]
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
            self.assertEqual(status, 2)
            self.assertRegex(text, "no loopback address.*--insecure_allow_remote")
        self.assertEqual(error("--grpc_address=0.0.0.0:0", "--insecure_allow_remote"), (0, ""))
        secure = ["--tls_cert=/c", "--tls_key=/k", "--token_file=/t"]
        self.assertEqual(error("--grpc_address=0.0.0.0:0", *secure), (0, ""))
