"""Requests that carry JSON, good, odd and broken."""

from testing.conformance.http_exchange import Request

JSON = ("Content-Type", "application/json")


def posts(target, text):
    lines = [line.strip() for line in text.split("\n")]
    return [Request("POST", target, line.encode(), (JSON,)) for line in lines if line]


IN_CLUSTER = [
    request
    for target in (
        "/v1/clusters/none/jobs:resubmit",
        "/v1/clusters/none/jobs/1:resubmit",
        "/v1/clusters/none/jobs/1:notify",
        "/v1/clusters/a%20%22b%5C/jobs/1_2:notify",
        "/v1/clusters/a%2Fb/jobs/1:resubmit",
        "/v1/clusters//jobs/1:notify",
        "/v1/clusters/none/jobs/:notify",
    )
    for request in posts(
        target,
        """
        {}
        {"cluster":"other"}
        {"cluster":null}
        {"cluster":5}
        {"jobId":"7","cluster":"other"}
        {"requestId":"x"}
        {"user":"a"}
        [
        """,
    )
]

RESUBMIT = posts(
    "/v1/jobs:resubmit",
    r"""
    {}
    {"user":"a"}
    { "user" : "a" , "states" : [ "FAILED" , 22 ] }
    {"states":["FAILED","TIMEOUT"],"dryRun":true,"maxJobs":5}
    {"states":["FAILED"],"dry_run":true,"max_jobs":5,"request_id":"x"}
    {"dryRun":true,"dry_run":true}
    {"user":"a","user":"b"}
    {"states":["FAILED"],"states":["TIMEOUT"]}
    {"states":[]}
    {"states":null}
    {"states":[null]}
    {"states":"FAILED"}
    {"states":21}
    {"states":{}}
    {"states":[["FAILED"]]}
    {"states":[21.0]}
    {"states":[21.5]}
    {"states":[2.1e1]}
    {"states":["21"]}
    {"states":[99]}
    {"states":[-1]}
    {"states":[9999999999]}
    {"states":[true]}
    {"states":["failed"]}
    {"user":null}
    {"user":5}
    {"user":true}
    {"user":["a"]}
    {"user":{}}
    {"user":""}
    {"user":"\u0041\n\t\"\\\/\b\f\r"}
    {"user":"\ud83d\ude00"}
    {"user":"\ud83d"}
    {"user":"\ude00"}
    {"user":"\ud83dx"}
    {"user":"\ud83d\u0041"}
    {"user":"\u00"}
    {"user":"\x41"}
    {"user":"\u0000"}
    {"user":"\uFFFF\u2028"}
    {"user":"€😀"}
    {"us\u0065r":"a"}
    {"dryRun":"true"}
    {"dryRun":1}
    {"dryRun":null}
    {"dryRun":True}
    {"maxJobs":"5"}
    {"maxJobs":" 5"}
    {"maxJobs":"5 "}
    {"maxJobs":""}
    {"maxJobs":"five"}
    {"maxJobs":5.0}
    {"maxJobs":5.5}
    {"maxJobs":5e1}
    {"maxJobs":50e-1}
    {"maxJobs":55e-1}
    {"maxJobs":"5e1"}
    {"maxJobs":0.5e1}
    {"maxJobs":-0}
    {"maxJobs":-5}
    {"maxJobs":+5}
    {"maxJobs":05}
    {"maxJobs":0x5}
    {"maxJobs":.5}
    {"maxJobs":5.}
    {"maxJobs":5e}
    {"maxJobs":-}
    {"maxJobs":2147483647}
    {"maxJobs":2147483648}
    {"maxJobs":-2147483648}
    {"maxJobs":1e100}
    {"maxJobs":1e-100}
    {"maxJobs":0e999999999999}
    {"maxJobs":NaN}
    {"maxJobs":"NaN"}
    {"maxJobs":true}
    {"maxJobs":[]}
    {"endedAfter":"2026-01-02T03:04:05Z"}
    {"endedAfter":"2026-01-02T03:04:05.5+01:00"}
    {"endedAfter":"2026-01-02T03:04:05.1234567891Z"}
    {"endedAfter":"2026-01-02"}
    {"endedAfter":""}
    {"endedAfter":null}
    {"endedAfter":5}
    {"endedAfter":{"seconds":5}}
    {"endedAfter":"0000-01-01T00:00:00Z"}
    {"endedAfter":"0001-01-01T00:00:00Z"}
    {"endedAfter":"9999-12-31T23:59:59.999999999Z"}
    {"endedAfter":"9999-12-31T23:59:59-01:00"}
    {"endedAfter":"2026-01-02t03:04:05z"}
    {"endedAfter":"2026-01-02T03:04:05,5Z"}
    {"unknown":1}
    {"unknown":{"a":[1,{"b":null}],"c":"\ud83d"}}
    {"unknown":[1,2,"x",true,null,1e5,-0.5]}
    {"unknown":"\x"}
    {"unknown":1.}
    {"":1}
    {"User":"a"}
    {"USER":"a"}
    {"max-jobs":1}
    {"@type":"x"}
    {"user":"a"} garbage
    {"user":"a"}{"user":"b"}
    {"user":"a"},
    {"user":"a",}
    {"user":"a" "partition":"b"}
    {"user":"a" x
    {"user" "a"}
    {"user":}
    {"user"}
    {"user":"a"
    {"user":"a
    {"user":
    {"user"
    {"us
    {
    }
    [
    ]
    []
    [{}]
    null
    true
    false
    5
    -5
    "x"
    nul
    nulll
    tru
    truex
    falsy
    x
    ,
    :
    {,}
    {1:2}
    {'user':'a'}
    {user:"a"}
    {"user":'a'}
    // comment
    {/* comment */}
    {"user":"a"}//
    {"user":undefined}
    {"a":[1,2}
    {"a":[1 2]}
    {"a":[,1]}
    {"a":[1,]}
    {"a":{"b":}}
    {"a":-x}
    {"a":1.x}
    {"a":1ex}
    {"a":1e+x}
    {"a":01}
    {"a":tRue}
    {"a":fAlse}
    {"a":nUll}
    {"a":"\q"}
    {"a":"\u12g4"}
    """,
) + [
    Request("POST", "/v1/jobs:resubmit", body, (JSON,))
    for body in (
        b"",
        b" ",
        b"\n\n",
        b"\xef\xbb\xbf{}",
        b'\n {\n "user": "a",\n  "maxJobs": "x"}\n',
        b'  {"user":5}',
        b'{"user":"a\nb"}',
        b'{"user":"a\tb"}',
        b'{"user":"\x7f"}',
        b'{"user":"\xff"}',
        b'{"user":"\xc3"}',
        b'{"user":"\xed\xa0\x80"}',
        b'{"unknown":"\xff"}',
        b'{"\xff":1}',
        b"\xff",
        b"{\xff}",
        b"\x00",
        b"{}\x00",
        b'{"user":"\x00"}',
        b'{"user":"a"}' + b" " * 5000,
        b" " * 5000 + b'{"user":5}',
        b'{"user":"' + b"x" * 9000 + b'"}',
        b'{"unknown":' + b"[" * 50 + b"]" * 50 + b"}",
        b'{"unknown":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"[" * 20000,
        b'{"unknown":' + b'{"a":' * 20000,
        b'{"unknown":' + b"9" * 5000 + b"}",
        b'{"maxJobs":' + b"9" * 500 + b"}",
        b"user=a",
        b"<xml/>",
    )
]

PATH_AND_BODY = [
    Request("POST", "/v1/jobs/1:resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit", b"", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit", b"", ()),
    Request("POST", "/v1/jobs/1:resubmit", b'{"jobId":"2"}', (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit", b'{"restartCount":0}', (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit", b'{"restartCount":null}', (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit", b'{"restart_count":"3","cluster":"c"}', (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit?cluster=x", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit?nothing=x", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit?cluster=%zz", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/a%2Fb:resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/%ff:resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit:resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/:resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:resubmit/", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:Resubmit", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:notify", b"{}", (JSON,)),
    Request("POST", "/v1/jobs/1:notify", b'{"cluster":"c"}', (JSON,)),
    Request("PUT", "/t/echo/a", b'{"text":"b","number":1}', (JSON,)),
    Request("PUT", "/t/echo/a", b"", (JSON,)),
    Request("PUT", "/t/echo/a", b"null", (JSON,)),
    Request("PUT", "/t/echo/a", b'{"number":"x"}', (JSON,)),
    Request("PUT", "/t/echo/a?i32=5&inner.number=7&text=z", b'{"text":"b"}', (JSON,)),
    Request("PUT", "/t/echo/a?i32=x", b"{}", (JSON,)),
    Request("GET", "/v1/jobs/1", b'{"view":"FULL"}', (JSON,)),
    Request("GET", "/v1/jobs/1", b"{broken", (JSON,)),
] + [
    Request("POST", "/v1/jobs:resubmit", b'{"user":"a"}', (("Content-Type", kind),))
    for kind in (
        "",
        "text/plain",
        "application/xml",
        "application/json; charset=utf-8",
        "application/json; charset=latin1",
        "application/grpc",
        "multipart/form-data; boundary=x",
        "nonsense",
        "a/b; c",
        "*/*",
    )
] + [
    Request("POST", "/v1/jobs:resubmit", b'{"user":"a"}'),
    Request("GET", "/v1/jobs", b"", (("Accept", "text/html"),)),
    Request("GET", "/v1/jobs", b"", (("Accept", "application/xml"),)),
    Request("GET", "/v1/jobs", b"", (("Accept", "*/*"),)),
]

ALL = RESUBMIT + IN_CLUSTER + PATH_AND_BODY
