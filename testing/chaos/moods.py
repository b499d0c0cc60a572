"""How an attrsvc stand-in behaves meanwhile: healthy, or in one of its moods."""

HEALTHY = {
    "latency_ms": 20,
    "fail_rate": 0.0,
    "status": 0,
    "error_code": "",
    "retry_after": "",
}

# In none of these does attrsvc take a log without saying so, but where it hangs
# until the kill: then the request is in flight at the kill.
MOODS = {
    "healthy": {},
    "slow": {"latency_ms": 150},
    "failing": {"fail_rate": 0.4},  # 500, 503 of a proxy, resets
    "broken": {"status": 500},
    "full": {"status": 503, "error_code": "job_limit_reached"},
    "limiting": {"status": 429, "error_code": "rate_limited", "retry_after": "1"},
    "hanging": {"latency_ms": 600000},
}

# Those in which every failpoint is reached.
ANSWERING = ("healthy", "slow", "failing")
# Those that do not put a log off for long.
KIND = ("healthy", "slow")


def knobs(mood):
    return {**HEALTHY, **MOODS[mood]}
