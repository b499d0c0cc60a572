"""Requests that say what they want in their first line: paths, queries, methods."""

from testing.conformance.http_exchange import Request

FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/json")


def gets(text, prefix=""):
    return [Request("GET", prefix + line.strip()) for line in text.split("\n") if line.strip()]


PATHS = gets(
    """
    /v1/health
    /v1/stats
    /v1/jobs
    /v1/jobs:watch
    /v1/jobs/123
    /v1/jobs/123_4
    /v1/jobs/123+4
    /v1/jobs/123%2B4
    /v1/jobs/a%20b
    /v1/jobs/a%2Fb
    /v1/jobs/a%2fb/result
    /v1/jobs/%E2%82%AC
    /v1/jobs/%e2%82%ac
    /v1/jobs/%ff
    /v1/jobs/%00
    /v1/jobs/%25
    /v1/jobs/%2525
    /v1/jobs/%
    /v1/jobs/%4
    /v1/jobs/%zz
    /v1/jobs/a%2
    /v1/jobs/%2e%2e/x
    /v1/jobs/../health
    /v1/jobs/./1
    /v1/jobs/a:b
    /v1/jobs/a:b:c
    /v1/jobs/a:resubmit
    /v1/jobs/:resubmit
    /v1/jobs/a:notify
    /v1/jobs/:watch
    /v1/jobs/:
    /v1/jobs/::
    /v1/jobs:
    /v1/jobs:Watch
    /v1/jobs:watch:watch
    /v1/jobs%3Awatch
    /v1/jobs:wat%63h
    /v1/jobs:watch/
    /v1/jobs/1/result
    /v1/jobs//result
    /v1/jobs/1//result
    /v1/jobs/1/result/
    /v1/jobs/1/results
    /v1/jobs/1/Result
    /v1/jobs/1/result:x
    /v1/jobs/
    /v1/jobs//
    //v1/jobs
    /v1//jobs
    /V1/jobs
    /v1
    /v1/
    /v1/nothing
    /nothing
    /v1/jobs;x=1
    /v1/jobs/1;x=1
    /v1/jobs/a,b
    /v1/jobs/a@b!$&'()*=~
    /v1/jobs/"
    /v1/jobs/a|b^c`{}
    /v1/jobs/<x>
    /v1/attrsvc/stats
    /v1/attrsvc/stats/
    /v1/replicas
    /v1/replicas/
    /v1/clusters
    /v1/clusters/
    /v1/clusters/none
    /v1/clusters/none/
    /v1/clusters/none?cluster=other
    /v1/clusters/none/jobs
    /v1/clusters/none/jobs/
    /v1/clusters/none/jobs?user=a&cluster=other
    /v1/clusters/none/jobs:watch
    /v1/clusters/none/jobs:watch?cluster=other
    /v1/clusters/none/jobs/1
    /v1/clusters/none/jobs/1?cluster=other
    /v1/clusters/none/jobs/1?job_id=2&view=FULL
    /v1/clusters/none/jobs/1_2
    /v1/clusters/none/jobs/1%2B2
    /v1/clusters/none/jobs/1/result
    /v1/clusters/none/jobs/1/results
    /v1/clusters/none/job/1
    /v1/clusters/jobs
    /v1/clusters//jobs
    /v1/clusters//jobs/1
    /v1/clusters/jobs/jobs
    /v1/clusters/jobs/jobs/jobs
    /v1/clusters/none/jobs/1:resubmit
    /v1/clusters/none/jobs/:resubmit
    /v1/clusters/none/jobs:
    /v1/clusters/:watch
    /v1/clusters/none:watch
    /v1/clusters/a:b/jobs:watch
    /v1/clusters/a:b/jobs/c:d
    /v1/clusters/a%20b/jobs
    /v1/clusters/a%2Fb/jobs/1
    /v1/clusters/a%2fjobs%2f1
    /v1/clusters/%2e%2e/jobs
    /v1/clusters/../jobs
    /v1/clusters/%E2%82%AC/jobs/1
    /v1/clusters/%00/jobs/1
    /v1/clusters/%25/jobs
    /v1/clusters/%22%3Cb%3E'/jobs/1
    /v1/clusters/'%3B%20DROP%20TABLE%20jobs--/jobs
    /v1/clusters/*/jobs
    /v1/clusters/**/jobs/1
    /v1/clusters/-/jobs
    /v1/clusters/{cluster}/jobs/{job_id}
    /v1/clusters/-M/jobs/--help
    /v1/clusters/a,b/jobs
    /v1/clusters/a;x=1/jobs;y=2
    /v1/clusters/NONE/Jobs
    http://other.example/v1/jobs/1
    http://other.example/v1/jobs/1?view=FULL
    http://other.example
    /v1/jobs/1#fragment
    /v1/jobs/1?view=FULL#fragment
    /v1/jobs/1%3Fview=FULL
    /t/typed/7/RED/2026-01-02T03:04:05Z
    /t/typed/18446744073709551615/2/2026-01-02T03:04:05.5Z
    /t/typed/18446744073709551616/RED/2026-01-02T03:04:05Z
    /t/typed/-1/RED/2026-01-02T03:04:05Z
    /t/typed/7/-1/2026-01-02T03:04:05Z
    /t/typed/7/9/2026-01-02T03:04:05Z
    /t/typed/7/red/2026-01-02T03:04:05Z
    /t/typed/7/RED/yesterday
    /t/typed/7/RED/
    /t/typed//RED/2026-01-02T03:04:05Z
    /t/typed/x%22y/RED/2026-01-02T03:04:05Z
    /t/deep/abc
    /t/deep/abc?inner.number=4
    /t/deep/abc?inner.inner.text=other
    /t/deep/abc?inner.inner.number=5
    /t/rest/a
    /t/rest/a/
    /t/rest/a/b
    /t/rest/a/b/c
    /t/rest/a/b//c/
    /t/rest/a/b%2Fc
    /t/rest/b/c
    /t/rest/a/b:verb
    /t/one/files/1/x/end:verb
    /t/one/files/1/x/end
    /t/one/files/1/x/end:other
    /t/one/files/1/y/end:verb
    /t/one/files//x/end:verb
    /t/tail
    /t//tail
    /t/a/tail
    /t/a/b/tail
    /t/a/b/tail/
    """
) + [
    Request("GET", "/v1/jobs/" + "a" * 4000),
    Request("GET", "/v1/jobs/" + "%41" * 2000),
    Request("GET", "/v1/clusters/" + "a" * 4000 + "/jobs/1"),
    Request("GET", "/v1/jobs?name=" + "x" * 6000),
    Request("GET", "/v1/jobs?" + "&".join("user=%d" % i for i in range(400))),
    Request("GET", "/v1/jobs?" + "&".join("states=FAILED" for _ in range(400))),
    Request("GET", "/v1/" + "a/" * 2000),
    Request("GET", "/v1/jobs/\u00e9"),
]

# None whose answer depends on the order of its keys: that is chance in Go.
QUERIES = gets(
    """
    states=FAILED
    states=FAILED&states=TIMEOUT
    states=21
    states=21&states=FAILED&states=0
    states=FAILED,TIMEOUT
    states=failed
    states=FAILED%20
    states=
    states
    states=99
    states=-1
    states=%2B21
    states=021
    states=0x15
    states=9999999999
    phases=COMPLETED&actions=STOP&problems=NOT_FOUND
    user=alice
    user=
    user
    user=a&user=b
    user=a+b
    user=a%2Bb
    user=a%20b
    user=%E2%82%AC
    user=%ff
    user=%C3
    user=%00
    user=%zz
    user=%
    user=%4
    us%65r=x
    user=a=b
    user=a;b
    user=a;partition=b
    user=a%3Bb
    &user=a&&
    =x
    =
    &
    ?user=a
    user=a?b
    user=a#b
    user="x"
    user='x'
    user=<x>
    user[]=a
    user[0]=a
    user[a
    user]=a
    states[0]=FAILED
    states[FAILED]=TIMEOUT
    states[]=FAILED
    pageSize=5
    page_size=5
    PageSize=5
    pagesize=5
    page-size=5
    pageSize=0
    pageSize=-5
    pageSize=%2B5
    pageSize=+5
    pageSize=5.0
    pageSize=5e1
    pageSize=0x10
    pageSize=010
    pageSize=1_000
    pageSize=2147483647
    pageSize=2147483648
    pageSize=-2147483648
    pageSize=-2147483649
    pageSize=99999999999999999999
    pageSize=
    pageSize=five
    pageSize=5%00
    pageSize=%22
    pageSize=%5C
    pageSize=%E2%82%AC
    pageSize=%ff
    pageSize=%7f
    pageSize=%C2%A0
    pageSize=%E2%80%A8
    pageSize=%F0%9F%98%80
    pageSize=%EF%BF%BD
    pageSize=1&pageSize=2
    pageToken=abc&orderBy=end_time%20desc
    order_by=end_time+desc
    endedAfter=2026-01-02T03:04:05Z
    ended_after=2026-01-02T03:04:05.123456789Z
    endedAfter=2026-01-02T03:04:05.5%2B01:00
    endedAfter=2026-01-02T03:04:05.5+01:00
    endedAfter=2026-01-02t03:04:05z
    endedAfter=2026-01-02T03:04:05
    endedAfter=2026-01-02%2003:04:05Z
    endedAfter=2026-01-02
    endedAfter=2026-13-02T03:04:05Z
    endedAfter=2026-02-30T03:04:05Z
    endedAfter=2024-02-29T03:04:05Z
    endedAfter=2026-01-00T03:04:05Z
    endedAfter=2026-01-02T24:04:05Z
    endedAfter=2026-01-02T3:04:05Z
    endedAfter=2026-01-02T03:60:05Z
    endedAfter=2026-01-02T03:04:60Z
    endedAfter=2026-01-02T03:04:05,5Z
    endedAfter=2026-01-02T03:04:05.Z
    endedAfter=2026-01-02T03:04:05.1234567891Z
    endedAfter=2026-01-02T03:04:05.99999999999999999999Z
    endedAfter=2026-01-02T03:04:05%2B25:00
    endedAfter=2026-01-02T03:04:05%2B24:00
    endedAfter=2026-01-02T03:04:05%2B24:30
    endedAfter=2026-01-02T03:04:05%2B01:60
    endedAfter=2026-01-02T03:04:05%2B01:61
    endedAfter=2026-01-02T03:04:05%2B0100
    endedAfter=2026-01-02T03:04:05ZZ
    endedAfter=2026-01-02T03:04:05Z%20
    endedAfter=0000-01-02T03:04:05Z
    endedAfter=0001-01-01T00:00:00Z
    endedAfter=0001-01-01T00:00:00%2B01:00
    endedAfter=9999-12-31T23:59:59.999999999Z
    endedAfter=9999-12-31T23:59:59-01:00
    endedAfter=10000-01-01T00:00:00Z
    endedAfter=-001-01-01T00:00:00Z
    endedAfter=
    endedAfter=null
    endedAfter=%E2%82%AC%22%5C%01
    endedAfter=1764115200
    endedAfter=2026-01-02T03:04:05Z&endedAfter=2026-01-02T03:04:05Z
    endedAfter.seconds=5
    endedAfter.seconds=5&endedAfter.nanos=7
    endedAfter.seconds=x
    endedAfter.hours=5
    endedAfter.seconds.x=5
    readMask=job_id
    readMask=jobId,state
    read_mask=job_id,end_time
    readMask=
    readMask=,
    readMask=a,,b
    readMask=job_id&readMask=state
    readMask=Job-Id
    readMask=verdict.action
    readMask=a_1
    readMask=%ff
    readMask.paths=job_id
    readMask.paths=job_id&readMask.paths=state
    unknown=1
    unknown=1&user=a
    unknown=%zz
    user.name=x
    user.=x
    .user=x
    .=x
    user..x=x
    states.x=1
    """,
    "/v1/jobs?",
) + gets(
    """
    /v1/jobs/1?view=FULL
    /v1/jobs/1?view=2
    /v1/jobs/1?view=full
    /v1/jobs/1?view=3
    /v1/jobs/1?view=
    /v1/jobs/1?view=FULL&view=BASIC
    /v1/jobs/1?restartCount=0
    /v1/jobs/1?restart_count=3
    /v1/jobs/1?restartCount=
    /v1/jobs/1?jobId=2
    /v1/jobs/1?job_id=2
    /v1/jobs/1?job_id=2&job_id=3
    /v1/jobs/1?job_id.x=2
    /v1/jobs/1?job_id[x]=2
    /v1/jobs/1?cluster=a&cluster=b
    /v1/jobs/1/result?restartCount=1&cluster=c
    /v1/health?x=1
    /v1/health?x=%zz
    /v1/jobs:watch?cursor=abc&states=FAILED
    /v1/jobs:watch?cursor=a&cursor=b
    /v1/jobs:watch?pageSize=1
    """
)

METHODS = [
    Request(method, target)
    for method in ("POST", "PUT", "DELETE", "PATCH", "PURGE", "get", "TRACE", "HEAD", "OPTIONS")
    for target in (
        "/v1/jobs", "/v1/jobs/1", "/v1/jobs/1:resubmit", "/v1/nothing", "/v1/clusters",
        "/v1/clusters/none/jobs/1", "/v1/clusters/none/jobs/none:resubmit",
    )  # fmt: skip
] + [
    Request("GET", "/v1/jobs/1:resubmit"),
    Request("GET", "/v1/jobs:resubmit"),
    Request("DELETE", "/t/echo/5/true"),
    Request("DELETE", "/t/echo/5/true?text=a&flag=false"),
    Request("DELETE", "/t/echo/x/true"),
    Request("DELETE", "/t/echo/5/x"),
    Request("POST", "/t/echo:act?text=a"),
    Request("POST", "/t/echo:act?text=a", b'{"text":"b"}', (JSON,)),
    Request("OPTIONS", "*"),
]

_OVERRIDE = "X-HTTP-Method-Override"
FORMS = [
    Request("POST", "/v1/jobs", b"user=a&states=FAILED", (FORM,)),
    Request("POST", "/v1/jobs?user=b", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs?partition=b", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs", b"", (FORM,)),
    Request("POST", "/v1/jobs", b"user=%zz", (FORM,)),
    Request("POST", "/v1/jobs?user=%zz", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs", b"user=a;b", (FORM,)),
    Request("POST", "/v1/jobs", b"user=a+b&name=%2B", (FORM,)),
    Request("POST", "/v1/jobs", b'{"user":"a"}', (FORM,)),
    Request("POST", "/v1/jobs/1", b"view=FULL", (FORM,)),
    Request("POST", "/v1/jobs/1", b"view=NONE", (FORM,)),
    Request("POST", "/v1/jobs:resubmit", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs/1:resubmit", b"cluster=a", (FORM,)),
    Request("POST", "/v1/jobs:watch", b"user=a", (FORM,)),
    Request("POST", "/v1/nothing", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs", b"user=a", (("Content-Type", FORM[1] + "; charset=utf-8"),)),
    Request("POST", "/v1/jobs", b"user=a", (("Content-Type", "Application/x-www-form-urlencoded"),)),
    Request("PUT", "/v1/jobs", b"user=a", (FORM,)),
    Request("POST", "/v1/jobs", b"user=a", (FORM, (_OVERRIDE, "GET"))),
    Request("POST", "/v1/jobs", b"user=a", (FORM, (_OVERRIDE, "get"))),
    Request("POST", "/v1/jobs", b"user=%zz", (FORM, (_OVERRIDE, "GET"))),
    Request("POST", "/v1/jobs", b"user=a", (FORM, (_OVERRIDE, "DELETE"))),
    Request("POST", "/v1/jobs/1", b"", (FORM, (_OVERRIDE, "GET"))),
    Request("POST", "/t/echo/5/true", b"text=a", (FORM, (_OVERRIDE, "DELETE"))),
    Request("POST", "/t/echo/5", b'{"text":"a"}', (FORM, (_OVERRIDE, "PUT"))),
    Request("POST", "/v1/jobs", b"", ((_OVERRIDE, "GET"),)),
    Request("POST", "/v1/jobs", b"{}", (JSON, (_OVERRIDE, "GET"))),
    Request("GET", "/v1/jobs/1:resubmit", b"", ((_OVERRIDE, "POST"),)),
    Request("GET", "/v1/jobs/1:resubmit", b"", (FORM, (_OVERRIDE, "POST"))),
]

ALL = PATHS + QUERIES + METHODS + FORMS
