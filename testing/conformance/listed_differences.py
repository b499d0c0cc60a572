"""Where smonsvc answers otherwise than grpc-gateway, on purpose.

docs/GATEWAY.md has the same list for users; the test compares the two.
"""

import re
from typing import NamedTuple


class Listed(NamedTuple):
    name: str  # as in docs/GATEWAY.md
    requests: str  # regular expression, searched for in str(request)

    def covers(self, request):
        return re.search(self.requests, str(request)) is not None


LISTED = [
    Listed("HEAD", r"^HEAD "),
    Listed("OPTIONS", r"^OPTIONS "),
    Listed("an escape that is none in the path", r"^GET /v1/jobs/(%|%4|%zz|a%2)$"),
    Listed("text that is not UTF-8", r"=%(ff|C3)$|/(%ff|\u00e9)(:resubmit .*)?$"),
    Listed("an enum's value of an unknown name in a body", r'\{"states":\["(failed|21)"\]\}'),
    Listed("an empty field in a path that has a shorter form (`/v1/clusters//jobs:resubmit`)", r"/v1/clusters//jobs"),
    Listed("google.protobuf.Any, Struct and Value in a request", r'\{"any":|/t/echo\?(object|value)='),
    Listed("google.protobuf.Timestamp in a path", r"/t/typed/7/RED/(yesterday)?$"),
    Listed("a time before the year 1", r"endedAfter=000[01]-"),
    Listed("times of which Go 1.19 has another idea than Go 1.26", r"endedAfter=2026-01-02T03:04:05(\.\d{10,}Z|\.5\+|%2B25:00|%2B01:61)"),
    Listed("HttpBody without a content type", r"^GET /v1/((clusters/none/)?jobs/1?/result|attrsvc/stats)(\?[^%]*)?( \[Grpc-Metadata-Fake-fill: 1\])?$"),
    Listed("an error that has no JSON form", r"details: \S*(unknown|cut|bad_timestamp)|message-bin: /w=="),
    Listed("trailing metadata", r"TE: [Tt]railers(, deflate)?\]$|trailers: 1, .*TE: [Tt]railers"),
    Listed("a stream without messages", r"Fake-count: 0\]$"),
    Listed("headers that cannot be metadata", r"Authorization: Bearer \u00e9|Grpc-Metadata-: 1"),
]
