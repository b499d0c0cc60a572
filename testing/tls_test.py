"""TLS on both ports and client certificates, as users meet them."""

import http.client
import os
import re
import socket
import ssl
import time

from testing.pki import Authority, read_file, write_file
from testing.security_case import RESUBMIT_1, SecurityCase, bearer
from testing.service import http as http_request
from testing.waiting import wait_for


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
        metrics = service.request("/metrics", headers=bearer("r-token"))[2]
        self.assertIn("\nsmonsvc_secrets_usable 0\n", metrics)
        # As testing/pki.py makes it: for two days.
        expiry = re.search(
            r"^smonsvc_certificate_expiry_timestamp_seconds (\S+)$", metrics, re.MULTILINE
        )
        self.assertAlmostEqual(float(expiry.group(1)), time.time() + 2 * 86400, delta=3600)
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
