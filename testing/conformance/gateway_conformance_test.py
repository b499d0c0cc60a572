"""server/gateway against the real grpc-gateway v2: the same requests, the same answers.

Both stand before one gRPC server. That is first EchoService, which answers with
what it was asked and in any way that it is told to; and then smonsvc itself.
"""

import json
import os
import unittest

from testing.conformance import (
    answer_requests,
    body_requests,
    http_exchange,
    real_requests,
    typed_requests,
    url_requests,
)
from testing.conformance.comparison import compare
from testing.conformance.gateways import EchoGateway, GrpcGateway
from testing.conformance.go_tools import go_tool
from testing.conformance.http_exchange import Request, exchange
from testing.conformance.listed_differences import LISTED
from testing.standin_case import StandinCase
from testing.waiting import wait_for


class GatewayConformanceTest(StandinCase):
    def start_reference(self, grpc_address):
        return self._enter(GrpcGateway(go_tool("grpc-gateway"), grpc_address))

    def watch(self, service, query):
        """The messages of a stream until its deadline."""
        request = real_requests.bounded(Request("GET", "/v1/jobs:watch" + query))
        lines = map(json.loads, exchange(service.http_port, request).body.splitlines())
        return [line["result"] for line in lines if "result" in line]

    def assert_same(self, our_port, their_port, requests, attempts=1):
        """That only listed requests are answered differently; returns their names."""
        differences = compare(our_port, their_port, requests, attempts)
        unlisted = [d for d in differences if not any(l.covers(d.request) for l in LISTED)]
        names = {l.name for l in LISTED for d in differences if l.covers(d.request)}
        print(
            "\nrequests %d, differences %d (and %d that are listed: %s)"
            % (
                len(requests),
                len(unlisted),
                len(differences) - len(unlisted),
                "; ".join(sorted(names)),
            ),
            flush=True,
        )
        self.assertFalse(unlisted, "\n".join(map(str, unlisted)))
        return names

    def test_any_request_and_any_answer(self):
        go_tool("grpc-gateway")
        ours = self._enter(EchoGateway())
        theirs = self.start_reference(ours.grpc_address)
        requests = url_requests.ALL + body_requests.ALL + typed_requests.ALL + answer_requests.ALL
        seen = self.assert_same(ours.http_port, theirs.http_port, requests)
        # A difference that is gone has to leave the list.
        self.assertEqual(seen, {listed.name for listed in LISTED})

    def test_smonsvc_itself(self):
        go_tool("grpc-gateway")
        attrsvc = self.start_attrsvc()
        # Polls once: what it tells about itself then stays the same.
        service = self.start_service(
            attrsvc.url, interval=3600, allowed_hosts=http_exchange.HOST
        )
        first = wait_for(lambda: self.watch(service, ""), 30, "a first message")
        cursor = first[0]["cursor"]
        service.stop()
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        self.add_ended_job(3, state="TIMEOUT", exit_status=0, user="bob", name="a<b>&\u00e9", log="done\n")
        self.add_job(4, log=None)
        service.start()
        service.wait_until_phase(["1", "2", "3"])
        self.wait_until_known(service, ["4"])
        theirs = self.start_reference(service.grpc_address)

        def changed():
            lines = self.watch(service, "?cursor=" + cursor)
            return {line["job"]["jobId"] for line in lines if line["job"]}

        wait_for(lambda: set("1234") <= changed(), 30, "a stream tells all changes")
        requests = real_requests.ALL + real_requests.watch_from(cursor)
        self.assert_same(service.http_port, theirs.http_port, requests, attempts=5)

    def test_what_differs_is_in_the_docs(self):
        with open(os.path.join("docs", "GATEWAY.md"), encoding="utf-8") as file:
            rows = [line.split("|")[1].strip() for line in file if line.startswith("| ")]
        self.assertEqual(rows[1:], [listed.name for listed in LISTED])


if __name__ == "__main__":
    unittest.main()
