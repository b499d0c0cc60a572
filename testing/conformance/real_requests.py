"""Requests for smonsvc itself, of which none changes what another one is answered."""

from testing.conformance.http_exchange import Request
from testing.conformance.url_requests import FORMS, JSON, METHODS, PATHS, QUERIES

# What the Slurm stand-in is called.
CLUSTER = "proof"
# A stream ends with its deadline.
_SOON = (("Grpc-Timeout", "500m"),)


def _is_for_smonsvc(request):
    # Not EveryType's, not what differs by the method alone, and nothing that resubmits.
    if request.target == "/v1/jobs/1:resubmit" and request.method == "POST" and not request.body:
        return False
    return request.target.startswith(("/v1", "http://other.example/v1")) and request.method not in (
        "HEAD",
        "OPTIONS",
    )


def bounded(request):
    """The request, with a deadline if a stream answers it."""
    is_stream = "watch" in request.target or "wat%63h" in request.target
    return request._replace(headers=request.headers + _SOON) if is_stream else request


def _posts(*pairs):
    return [Request("POST", target, body.encode(), (JSON,)) for target, body in pairs]


BODIES = _posts(
    ("/v1/jobs:resubmit", "{}"),
    ("/v1/jobs:resubmit", ""),
    ("/v1/jobs:resubmit", '{"cluster":"x"}'),
    ("/v1/jobs:resubmit", '{"states":["FAILED"],"dryRun":true}'),
    ("/v1/jobs:resubmit", '{"states":["FAILED"],"dryRun":true,"maxJobs":1}'),
    ("/v1/jobs:resubmit", '{"states":["FAILED"],"dryRun":true,"maxJobs":-1}'),
    ("/v1/jobs:resubmit", '{"states":[9999],"dryRun":true}'),
    ("/v1/jobs:resubmit", '{"user":"bob","dryRun":true}'),
    ("/v1/jobs:resubmit", '{"user":"nobody"}'),
    ("/v1/jobs:resubmit", '{"name":"(","dryRun":true}'),
    ("/v1/jobs:resubmit", '{"name":"<b>","dryRun":true}'),
    ("/v1/jobs:resubmit", '{"states":["FAILED"],"dryRun":"yes"}'),
    ("/v1/jobs:resubmit", '{"states":["FAILED"'),
    ("/v1/jobs/none:resubmit", "{}"),
    ("/v1/jobs/none:resubmit", '{"restartCount":3,"cluster":"x"}'),
    ("/v1/jobs/1:resubmit", '{"restartCount":7}'),
    ("/v1/jobs/1:resubmit", '{"requestId":"not a uuid"}'),
    ("/v1/jobs/:resubmit", "{}"),
    ("/v1/jobs/1:resubmit", "[]"),
    ("/v1/clusters/none/jobs:resubmit", "{}"),
    ("/v1/clusters/none/jobs:resubmit", '{"cluster":"other"}'),
    ("/v1/clusters/none/jobs:resubmit", '{"states":["FAILED"]}'),
    ("/v1/clusters/none/jobs/1:resubmit", '{"cluster":"x"}'),
    ("/v1/clusters/none/jobs/1:notify", "{}"),
    ("/v1/clusters/none/jobs/x:notify", "{}"),
)

LISTS = [
    Request("GET", "/v1/jobs?" + query)
    for query in (
        "user=bob",
        "user=alice&orderBy=end_time",
        "orderBy=end_time%20desc",
        "name=%5Ea%3C",
        "name=(",
        "partition=batch&states=FAILED",
        "readMask=job_id,state",
        "readMask=jobId,endTime,delivery.phase",
        "readMask=nothing",
        "endedAfter=2020-01-01T00:00:00Z",
        "endedBefore=2020-01-01T00:00:00Z",
        "phases=COMPLETED&actions=STOP",
        "pageSize=100000",
        "pageToken=AAAA",
        "cluster=none",
        "states=FAILED&cluster=" + CLUSTER,
    )
] + [
    Request("GET", "/v1/clusters/%s%s" % (CLUSTER, path))
    for path in (
        "", "/jobs", "/jobs?states=FAILED", "/jobs?cluster=none", "/jobs/3?view=FULL", "/jobs/3/result",
        "/jobs/4/result", "/jobs/none", "/jobs?pageToken=AAAA",
    )
] + [
    Request("GET", "/v1/jobs/3?view=FULL"),
    Request("GET", "/v1/jobs/3/result"),
    Request("GET", "/v1/jobs/4/result"),
    Request("GET", "/v1/jobs/none/result"),
    Request("GET", "/v1/jobs:watch?cursor=nonsense", b"", _SOON),
    Request("GET", "/v1/jobs:watch?name=(", b"", _SOON),
]


def watch_from(cursor):
    """What has changed since."""
    queries = ("", "&states=FAILED", "&user=bob", "&states=NODE_FAIL", "&cursor=x")
    return [bounded(Request("GET", "/v1/jobs:watch?cursor=%s%s" % (cursor, q))) for q in queries]


ALL = [
    bounded(request)
    for request in PATHS + QUERIES + METHODS + FORMS + BODIES + LISTS
    if _is_for_smonsvc(request)
]
