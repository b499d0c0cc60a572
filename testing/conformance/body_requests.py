"""Requests that carry JSON, good, odd and broken."""

from testing.conformance.http_exchange import Request

JSON = ("Content-Type", "application/json")


def _posts(target, text):
    lines = [line.strip() for line in text.split("\n")]
    return [Request("POST", target, line.encode(), (JSON,)) for line in lines if line]


RESUBMIT = _posts(
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

EVERY_TYPE = _posts(
    "/t/echo",
    r"""
    {"flag":true,"i32":-1,"s32":-2,"u32":3,"x32":4,"i64":"-5","x64":-6,"u64":"7","f32":1.5,"f64":-2.5}
    {"u32":-1}
    {"u32":4294967296}
    {"u32":"4294967295"}
    {"i64":9223372036854775807}
    {"i64":9223372036854775808}
    {"i64":"9223372036854775807"}
    {"i64":1e18}
    {"i64":"abc"}
    {"u64":18446744073709551615}
    {"u64":18446744073709551616}
    {"u64":-1}
    {"f32":"1.5"}
    {"f32":3.5e38}
    {"f32":"NaN"}
    {"f32":"Infinity"}
    {"f32":"-Infinity"}
    {"f32":"inf"}
    {"f32":""}
    {"f64":1e400}
    {"f64":"1e5"}
    {"f64":" 1"}
    {"f64":"0x10"}
    {"f64":true}
    {"f64":null}
    {"data":"aGVsbG8="}
    {"data":"aGVsbG8"}
    {"data":"_-8="}
    {"data":"_-8"}
    {"data":"+/8="}
    {"data":"!"}
    {"data":"a"}
    {"data":5}
    {"data":"aGVs\nbG8="}
    {"colour":"RED"}
    {"colour":1}
    {"colour":-1}
    {"colour":77}
    {"colour":null}
    {"inner":{"text":"a","inner":{"text":"b","texts":["c"]}}}
    {"inner":null}
    {"inner":[]}
    {"inner":"x"}
    {"inner":{"nothing":1}}
    {"inner":{"text":"a"},"inner":{"number":1}}
    {"snakeCaseName":"a"}
    {"snake_case_name":"a"}
    {"snakeCaseName":"a","snake_case_name":"b"}
    {"renamed":"a"}
    {"Other-Name":"a"}
    {"flags":[true,false]}
    {"flags":[true,"x"]}
    {"inners":[{"text":"a"},{}]}
    {"inners":[null]}
    {"inners":{"text":"a"}}
    {"texts":["a",null]}
    {"texts":"a"}
    {"texts":null}
    {"datas":["YQ","_w"]}
    {"colours":["RED",2,-1]}
    {"colours":["RED",null]}
    {"maybeFlag":false,"maybeI32":0,"maybeText":"","maybeColour":0}
    {"maybeFlag":null}
    {"choiceText":"a"}
    {"choiceText":"a","choiceNumber":1}
    {"choiceText":"a","choiceNumber":null}
    {"choiceInner":{}}
    {"choiceInner":null}
    {"labels":{"a":"b","c":"d"}}
    {"labels":{"a":"b","a":"c"}}
    {"labels":{"a":null}}
    {"labels":{"a":5}}
    {"labels":{"":""}}
    {"labels":[]}
    {"labels":null}
    {"labels":{"\ud83d":"x"}}
    {"numbered":{"1":{"text":"a"},"-2":{}}}
    {"numbered":{"x":{}}}
    {"numbered":{"01":{}}}
    {"numbered":{"1.0":{}}}
    {"numbered":{"1e1":{}}}
    {"numbered":{"":{}}}
    {"numbered":{"2147483648":{}}}
    {"numbered":{"1":null}}
    {"sides":{"true":1,"false":"2"}}
    {"sides":{"True":1}}
    {"sides":{"1":1}}
    {"painted":{"1":"RED","2":2}}
    {"painted":{"1":99}}
    {"time":"2026-01-02T03:04:05.000001Z"}
    {"times":["2026-01-02T03:04:05Z","x"]}
    {"duration":"1.5s"}
    {"duration":"-1.5s"}
    {"duration":"1s"}
    {"duration":"1.s"}
    {"duration":".5s"}
    {"duration":"1"}
    {"duration":"s"}
    {"duration":""}
    {"duration":"1.5ms"}
    {"duration":"+1s"}
    {"duration":"1.1234567891s"}
    {"duration":"315576000000s"}
    {"duration":"315576000001s"}
    {"duration":"-315576000000.5s"}
    {"duration":"01s"}
    {"duration":1.5}
    {"duration":{"seconds":1}}
    {"mask":"a,bC.dE"}
    {"mask":""}
    {"mask":"a,,b"}
    {"mask":"a_b"}
    {"mask":"A"}
    {"mask":"a.B1"}
    {"mask":" a , b "}
    {"mask":["a"]}
    {"mask":{"paths":["a"]}}
    {"object":{"a":1,"b":[true,null,"x",{"c":-1.5e10}]}}
    {"object":{"b":1,"a":2,"a":3}}
    {"object":5}
    {"object":null}
    {"value":null}
    {"value":1.5}
    {"value":"x"}
    {"value":true}
    {"value":[1,[2]]}
    {"value":{"a":{}}}
    {"value":1e400}
    {"list":[1,"a",null,[],{}]}
    {"list":{}}
    {"null":null}
    {"null":"NULL_VALUE"}
    {"null":0}
    {"empty":{}}
    {"empty":{"a":1}}
    {"empty":5}
    {"any":{}}
    {"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}}
    {"any":{"@type":"type.googleapis.com/smon.testing.v1.Everything","text":"a","i32":5}}
    {"any":{"text":"a","@type":"type.googleapis.com/smon.testing.v1.Everything"}}
    {"any":{"@type":"type.googleapis.com/no.such.Type"}}
    {"any":{"@type":""}}
    {"any":{"text":"a"}}
    {"any":{"@type":5}}
    {"wrappedBool":true,"wrappedI32":-1,"wrappedU32":2,"wrappedI64":"-3","wrappedU64":"4"}
    {"wrappedF32":1.5,"wrappedF64":"NaN","wrappedText":"a","wrappedData":"YQ=="}
    {"wrappedBool":null}
    {"wrappedBool":{"value":true}}
    {"wrappedI32":"x"}
    {"wrappedText":5}
    """,
)

ALL = RESUBMIT + PATH_AND_BODY + EVERY_TYPE
