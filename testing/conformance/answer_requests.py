"""Requests for whose answers the backend is told what to say: EchoService."""

from testing.conformance.http_exchange import Request

JSON = ("Content-Type", "application/json")
UNARY = "/v1/jobs/1"
STREAM = "/v1/jobs:watch"


def _ask(target=UNARY, *headers, **fake):
    given = tuple(("Grpc-Metadata-Fake-" + key.replace("_", "-"), str(v)) for key, v in fake.items())
    return Request("GET", target, b"", given + headers)


CODES = [
    _ask(target, code=code, message="no <luck> & \"more\"")
    for code in range(1, 18)
    for target in (UNARY, STREAM)
] + [
    _ask(UNARY, code=5),
    _ask(STREAM, code=5),
    _ask(UNARY, code=16, message="Bearer realm=\"x\""),
    _ask(UNARY, code=16, message_bin="YQ1iCmPigqw="),
    _ask(UNARY, code=3, message_bin="4oKs8J+YgAA="),
    _ask(UNARY, code=3, message_bin="/w=="),
    _ask(STREAM, code=3, message_bin="/w=="),
    _ask("/v1/jobs/1/result", code=5, message="none"),
    _ask("/v1/health", code=14, message="away"),
    Request("POST", "/v1/jobs:resubmit", b"{}", (JSON, ("Grpc-Metadata-Fake-Code", "9"))),
]

DETAILS = [
    _ask(target, code=3, message="bad", details=details)
    for details in (
        "error_info",
        "bad_request",
        "retry_info",
        "error_info,bad_request,retry_info",
        "timestamp",
        "job",
        "empty",
        "other_url",
        "unknown",
        "cut",
        "bad_timestamp",
        "error_info,unknown",
    )
    for target in (UNARY, STREAM)
]

FILLED = [
    _ask(target, fill=seed)
    for seed in range(1, 16)
    for target in (UNARY, "/v1/jobs", "/v1/stats", "/v1/health", STREAM)
] + [
    Request("POST", target, b"{}", (JSON, ("Grpc-Metadata-Fake-Fill", "3")))
    for target in ("/v1/jobs/1:resubmit", "/v1/jobs:resubmit", "/v1/jobs/1:notify")
]

BODIES = [
    _ask(target, **options)
    for target in ("/v1/jobs/1/result", "/v1/attrsvc/stats")
    for options in (
        {},
        {"fill": 1},
        {"fill": 1, "content_type": "application/json"},
        {"fill": 1, "content_type": "text/html; charset=utf-8"},
        {"content_type": "a/b"},
    )
]

STREAMS = [
    _ask(STREAM, count=0),
    _ask(STREAM, count=1),
    _ask(STREAM, count=3),
    _ask(STREAM, count=3, fill=2),
    _ask(STREAM, count=200, fill=1),
    _ask(STREAM, count=0, code=14, message="over"),
    _ask(STREAM, count=1, code=14, message="over"),
    _ask(STREAM, count=3, code=8, message="slow <reader>", details="error_info,retry_info"),
    _ask(STREAM, count=1, code=8, details="unknown"),
    _ask(STREAM, count=2, headers=1, trailers=1),
    _ask(STREAM, ("TE", "trailers"), count=2, headers=1, trailers=1),
    _ask(STREAM, ("TE", "trailers"), code=5, headers=1, trailers=1),
    _ask("/t/stream?text=a<b>&f64=NaN&labels[x]=y", count=2),
    _ask("/t/stream?i32=x", count=2),
    Request("POST", "/t/stream", b'{"text":"a","inner":{}}', (JSON, ("Grpc-Metadata-Fake-Count", "2"))),
    Request("POST", "/t/stream", b"{broken", (JSON,)),
]

METADATA = [
    _ask(UNARY, headers=1),
    _ask(UNARY, headers=1, trailers=1),
    _ask(UNARY, ("TE", "trailers"), headers=1, trailers=1),
    _ask(UNARY, ("TE", "Trailers, deflate"), trailers=1),
    _ask(UNARY, ("TE", "deflate"), trailers=1),
    _ask(UNARY, ("TE", "trailers")),
    _ask(UNARY, headers=1, code=5),
    _ask(UNARY, ("TE", "trailers"), headers=1, trailers=1, code=5),
] + [
    Request("GET", UNARY, b"", headers)
    for headers in (
        (("Authorization", "Bearer abc"),),
        (("authorization", "Bearer abc"),),
        (("Authorization", "Bearer a"), ("Authorization", "Bearer b")),
        (("Authorization", "Bearer \u00e9"),),
        (("Authorization", ""),),
        (("Grpc-Metadata-A", "1"),),
        (("grpc-metadata-a", "1"), ("Grpc-Metadata-a", "2")),
        (("Grpc-Metadata-", "1"),),
        (("Grpc-Metadata-A-b_c.d", "1"),),
        (("Grpc-Metadata-a!b", "1"),),
        (("Grpc-Metadata-a", ""),),
        (("Grpc-Metadata-a", "  x  y  "),),
        (("Grpc-Metadata-a", "a,b;c=\"d\""),),
        (("Grpc-Metadata-a", "\u00e9"),),
        (("Grpc-Metadata-a", "a\tb"),),
        # Not with Authorization as well: which of the two comes first is chance in Go.
        (("Grpc-Metadata-Authorization", "x"),),
        (("Grpc-Metadata-a-bin", "AQI="),),
        (("Grpc-Metadata-a-bin", "AQI"),),
        (("Grpc-Metadata-a-bin", "/w=="),),
        (("Grpc-Metadata-a-bin", "_w=="),),
        (("Grpc-Metadata-a-bin", "!"),),
        (("Grpc-Metadata-a-bin", "AQIDBA=="),),
        (("Grpc-Metadata-a-bin", "A"),),
        (("Grpc-Metadata-a-bin", ""),),
        (("Grpc-Metadata-a-Bin", "AQI="),),
        (("Grpcgateway-a", "1"),),
        (("Grpc-a", "1"),),
        (("X-Anything", "1"),),
        (("Accept", "a/b"), ("Accept-Language", "de"), ("Accept-Charset", "x"), ("Accept-Ranges", "none")),
        (("Cache-Control", "no-cache"), ("Pragma", "x"), ("Date", "today"), ("Expect", "")),
        (("Cookie", "a=b"), ("Cookie", "c=d"), ("From", "me"), ("Max-Forwards", "3")),
        (("If-Match", "a"), ("If-None-Match", "b"), ("If-Modified-Since", "c"), ("If-Unmodified-Since", "d")),
        (("If-Schedule-Tag-Match", "a"), ("Via", "b"), ("Warning", "c"), ("Referer", "d"), ("Origin", "e")),
        (("User-Agent", "curl"), ("Accept-Encoding", "gzip"), ("Range", "bytes=0-1")),
        (("Content-Type", "text/plain"), ("Content-Language", "de")),
        (("X-Forwarded-For", "1.2.3.4"),),
        (("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-For", "5.6.7.8")),
        (("X-Forwarded-For", ""),),
        (("X-Forwarded-Host", "a"),),
        (("X-Forwarded-Host", "a"), ("X-Forwarded-Host", "b")),
        (("X-Forwarded-Proto", "https"), ("Forwarded", "for=x")),
        (("Connection", "Grpc-Metadata-a"), ("Grpc-Metadata-a", "1")),
    )
]

DEADLINES = [
    _ask(UNARY, ("Grpc-Timeout", timeout), wait=1) for timeout in ("1m", "20m", "1u", "1n")
] + [
    _ask(STREAM, ("Grpc-Timeout", "20m"), wait=1),
    _ask(STREAM, ("Grpc-Timeout", "200m"), count=1, wait=1),
] + [
    _ask(UNARY, ("Grpc-Timeout", timeout), deadline=1)
    for timeout in ("3630S", "7230000m", "99999990S", "+3630S", "003630S")
] + [
    _ask(target, ("Grpc-Timeout", timeout))
    for target in (UNARY, STREAM)
    for timeout in ("x", "5", "S", "5s", "5 S", "5.5S", "0x5S", "-5S", "99999999999999999999S", "5 parsecs", "5X")
] + [
    _ask(UNARY, ("Grpc-Timeout", "")),
    _ask(UNARY, ("Grpc-Timeout", "1H"), ("Grpc-Timeout", "x")),
]

ALL = CODES + DETAILS + FILLED + BODIES + STREAMS + METADATA + DEADLINES
