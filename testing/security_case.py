"""What the tests of security have in common: a service with TLS and tokens.

    class TokenTest(SecurityCase):
        def test_who_may_do_what(self):
            service = self.start()
            service.request("/v1/jobs", headers=bearer("r-token"))
            self.code(self.channel(service), "ListJobs", token="r-token")
"""

import http.client
import os
import re
import ssl

import grpc

from testing.pki import Authority, read_file, token_line, write_file
from testing.service import Smonsvc
from testing.standin_case import StandinCase

SERVICE = "/smon.v1.MonitorService/"
RESUBMIT_1 = b"\x0a\x011"  # ResubmitJobRequest{job_id: "1"}


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
