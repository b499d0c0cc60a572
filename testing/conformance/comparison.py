"""Sends the same requests to two gateways and tells where their answers differ."""

from typing import NamedTuple

from testing.conformance.http_exchange import exchange

# Headers that the gateways make. The rest is the HTTP server's (Date, Server,
# Content-Length, ...).
_HEADERS = {"content-type", "www-authenticate", "trailer"}
_PREFIXES = ("grpc-metadata-", "grpc-trailer-")
# Of HTTP/2 between a gateway and its gRPC server. smonsvc's is in one process.
_OF_TRANSPORT = {"grpc-metadata-content-type", "grpc-metadata-grpc-accept-encoding"}
# Whose clock is first, the Go client's or the C++ server's, is chance.
_DEADLINE = (b'"context deadline exceeded"', b'"Deadline Exceeded"')


class Difference(NamedTuple):
    request: object
    ours: str
    theirs: str

    def __str__(self):
        return "%s\n    ours   %s\n    theirs %s" % self


def _show(answer, is_head):
    # A set: grpc-gateway gives each twice where it cannot write its first answer.
    headers = sorted(
        {
            (name, value)
            for name, value in answer.headers
            if (name in _HEADERS or name.startswith(_PREFIXES)) and name not in _OF_TRANSPORT
        }
    )
    body = b"" if is_head else answer.body.replace(*_DEADLINE)
    return "%d %s %s" % (
        answer.status,
        " ".join("%s=%r" % pair for pair in headers),
        body.decode("utf-8", "backslashreplace"),
    )


def compare(our_port, their_port, requests, attempts=1):
    """The Differences, in order. With more attempts than one, a request whose
    answers differ is sent again: what it asks for may change at any time."""
    differences = []
    for request in requests:
        for _ in range(attempts):
            is_head = request.method == "HEAD"
            ours = _show(exchange(our_port, request), is_head)
            theirs = _show(exchange(their_port, request), is_head)
            if ours == theirs:
                break
        else:
            differences.append(Difference(request, ours, theirs))
    return differences
