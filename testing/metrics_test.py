"""/metrics, /livez, /readyz and grpc.health.v1: what monitoring and orchestrators see."""

import re
import subprocess

import grpc

from testing.grpc_health import NOT_SERVING, SERVING, health_check, health_request
from testing.standin_case import StandinCase
from testing.waiting import wait_for

METRICS_MD = "docs/METRICS.md"
SERVICE = "smon.v1.MonitorService"
# Shown once an hour has passed, or where there is TLS.
NOT_SHOWN_HERE = {
    "smonsvc_certificate_expiry_timestamp_seconds",
    "smonsvc_coverage_check_timestamp_seconds",
    "smonsvc_coverage_ended_jobs",
    "smonsvc_coverage_missing_jobs",
    "smonsvc_secrets_usable",
}


def samples(text):
    """{'name{label="value"}': number} of the text format."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {key: float(value) for key, value in (line.rsplit(" ", 1) for line in lines)}


def families(text):
    """{name: (type, labels, help)} of the text format."""
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    types = dict(re.findall(r"^# TYPE (\S+) (.*)$", text, re.MULTILINE))
    labels = {name: set() for name in types}
    for key in samples(text):
        name, _, rest = key.partition("{")
        if name not in types:
            name = re.sub("_(bucket|sum|count)$", "", name)
        labels[name] |= set(re.findall(r'(\w+)="', rest)) - {"le"}
    return {name: (types[name], ", ".join(sorted(labels[name])), helps[name]) for name in types}


class MetricsTest(StandinCase):
    def start(self, **flags):
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url, **flags)

    def scrape(self):
        status, text = self.service.get("/metrics")
        self.assertEqual(status, 200)
        return text

    def test_metrics_tell_what_was_done(self):
        self.start()
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        self.add_job(3, log=None)
        self.service.wait_until_phase(["1", "2"])
        self.wait_until_known(self.service, ["3"])
        with self.assertRaises(grpc.RpcError), grpc.insecure_channel(
            self.service.grpc_address
        ) as channel:
            # No job id.
            channel.unary_unary("/%s/GetJob" % SERVICE)(b"", timeout=10)
        self.service.get("/v1/jobs/1?view=FULL")
        self.service.get("/such/a/path/is/not/served")

        def complete():
            # What is in the store is read every two seconds.
            text = self.scrape()
            there = 'smonsvc_jobs{cluster="proof",state="RUNNING"} 1' in text and (
                'smonsvc_deliveries{cluster="proof",phase="COMPLETED"} 2' in text
            )
            return text if there else None

        text = wait_for(complete, 30, "the metrics tell of the three jobs")
        check = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, text=True
        )
        self.assertEqual((check.returncode, check.stdout, check.stderr), (0, "", ""))

        got = samples(text)
        for key, value in {
            'smonsvc_jobs{cluster="proof",state="FAILED"}': 2,
            'smonsvc_jobs{cluster="proof",state="COMPLETED"}': 0,
            'smonsvc_deliveries{cluster="proof",phase="WAITING"}': 1,
            'smonsvc_delivery_problems{cluster="proof",problem="NOT_FOUND"}': 0,
            'smonsvc_jobs_found_total{cluster="proof"}': 3,
            'smonsvc_logs_submitted_total{cluster="proof"}': 2,
            'smonsvc_logs_accepted_total{cluster="proof"}': 2,
            'smonsvc_verdicts_total{cluster="proof",action="STOP"}': 2,
            'smonsvc_verdicts_total{cluster="proof",action="RESTART"}': 0,
            'smonsvc_polls_total{cluster="proof",outcome="failed"}': 0,
            'smonsvc_lane_in_flight_requests{lane="result"}': 0,
            'smonsvc_lane_requests_total{lane="submit"}': 2,
            'smonsvc_component_healthy{cluster="proof",component="slurm"}': 1,
            'smonsvc_loop_overdue{loop="poller"}': 0,
            "smonsvc_attrsvc_breaker_open": 0,
            "smonsvc_ready": 1,
            "smonsvc_store_readable": 1,
            'smonsvc_store_errors_total{operation="write"}': 0,
            'smonsvc_http_requests_total{code="200",method="GET",route="/v1/jobs/{job_id}"}': 1,
            'smonsvc_http_requests_total{code="404",method="GET",route="none"}': 1,
            'grpc_server_handled_total{grpc_code="InvalidArgument",grpc_method="GetJob",'
            'grpc_service="smon.v1.MonitorService",grpc_type="unary"}': 1,
            # The HTTP server's call.
            'grpc_server_handled_total{grpc_code="OK",grpc_method="GetJob",'
            'grpc_service="smon.v1.MonitorService",grpc_type="unary"}': 1,
        }.items():
            with self.subTest(key=key):
                self.assertEqual(got.get(key), value)
        squeue = 'smonsvc_slurm_commands_total{cluster="proof",command="squeue",outcome="ok"}'
        self.assertEqual(
            got[squeue],
            got['smonsvc_slurm_command_duration_seconds_count{cluster="proof",command="squeue"}'],
        )
        for key in (
            squeue,
            'smonsvc_poll_duration_seconds_sum{cluster="proof"}',
            "process_cpu_seconds_total",
            'smonsvc_store_size_bytes{file="wal"}',
            "smonsvc_store_disk_free_bytes",
            'smonsvc_store_transaction_duration_seconds_sum{operation="write"}',
        ):
            with self.subTest(key=key):
                self.assertGreater(got[key], 0)

        self.assert_documented(families(text))
        self.assertEqual(got["smonsvc_watches"], 0)
        with grpc.insecure_channel(self.service.grpc_address) as channel:
            watch = channel.unary_stream("/%s/WatchJobs" % SERVICE)(b"", timeout=60)
            next(watch)  # a call that nobody holds is cancelled
            self.assertEqual(samples(self.scrape())["smonsvc_watches"], 1)

    def assert_documented(self, found):
        """That docs/METRICS.md has a row for each metric, and for no other."""
        rows = ["| `%s` | %s | %s | %s |" % (name, *found[name]) for name in sorted(found)]
        with open(METRICS_MD, encoding="utf-8") as file:
            documented = re.findall(r"^\| `.*$", file.read(), re.MULTILINE)
        documented = [
            row
            for row in documented
            if row.count("|") == 5 and row.split("`")[1] not in NOT_SHOWN_HERE
        ]
        self.assertEqual(documented, rows, "%s should have:\n%s" % (METRICS_MD, "\n".join(rows)))

    def test_what_others_suffer_is_no_reason_to_restart(self):
        self.start()
        wait_for(lambda: self.service.get("/readyz") == (200, "ok\n"), 30, "it is ready")
        self.slurm.set_fault("squeue", preset="controller_down")
        self.attrsvc.kill()
        self.add_ended_job(1)
        wait_for(lambda: self.service.get("/healthz")[0] == 503, 30, "/healthz tells of it")
        self.assertEqual(self.service.get("/livez"), (200, "ok\n"))
        self.assertEqual(self.service.get("/readyz"), (200, "ok\n"))
        self.assertEqual(
            self.service.get("/livez?verbose"),
            (200, "[+]poller ok\n[+]submitter ok\n[+]attrsvc_client ok\nlivez check passed\n"),
        )
        address = self.service.grpc_address
        wait_for(lambda: health_check(address, "slurm") == NOT_SERVING, 10, "slurm is told away")
        self.assertEqual(health_check(address, ""), SERVING)
        self.assertEqual(health_check(address, SERVICE), SERVING)

        def components():
            return {c["name"]: c for c in self.service.get_json("/healthz")["components"]}

        # While a poll runs it is not planned.
        wait_for(lambda: components()["slurm"]["next_attempt_time"], 10, "a next poll is planned")
        slurm = components()["slurm"]
        self.assertEqual(slurm["status"], "degraded")
        self.assertIn("Unable to contact slurm controller", slurm["last_error"])
        self.assertRegex(slurm["since"], r"^20\d\d-.*Z$")
        wait_for(
            lambda: samples(self.scrape())['smonsvc_component_healthy{component="attrsvc"}'] == 0,
            30,
            "the metrics tell that attrsvc is away",
        )

    def test_changes_of_health_are_streamed(self):
        self.start()
        self.wait_for_polls(self.service, 1)
        with grpc.insecure_channel(self.service.grpc_address) as channel:
            watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
            slurm = watch(health_request("slurm"), timeout=60)
            nobody = watch(health_request("nobody"), timeout=60)
            self.assertEqual(next(nobody), b"\x08\x03")  # SERVICE_UNKNOWN
            # It may not have been published yet.
            seen = next(slurm)
            self.assertEqual(next(slurm) if seen == b"\x08\x03" else seen, SERVING)
            self.slurm.set_fault("squeue", preset="controller_down")
            self.assertEqual(next(slurm), NOT_SERVING)
            self.slurm.clear_faults()
            self.assertEqual(next(slurm), SERVING)

    def test_it_is_not_ready_before_its_first_poll_is_over(self):
        self.slurm.set_fault("squeue", hang=True)
        self.start()
        self.assertEqual(self.service.get("/readyz"), (503, "first_poll: not done yet\n"))
        self.assertEqual(self.service.get("/livez"), (200, "ok\n"))
        self.assertEqual(health_check(self.service.grpc_address, SERVICE), NOT_SERVING)
        self.assertEqual(health_check(self.service.grpc_address, ""), SERVING)
        self.assertEqual(samples(self.scrape())["smonsvc_ready"], 0)
