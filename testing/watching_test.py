"""deploy/prometheus and deploy/grafana: alerts, dashboard and runbooks fit what smonsvc shows."""

import json
import re
import shlex
import subprocess

import yaml

from testing.prometheus_server import ALERTS, PrometheusServer
from testing.standin_case import StandinCase
from testing.waiting import wait_for

ALERTS_TEST = "deploy/prometheus/alerts_test.yaml"
DASHBOARD = "deploy/grafana/smonsvc.json"
METRICS_MD = "docs/METRICS.md"
OPERATIONS_MD = "docs/OPERATIONS.md"
# Without series in a short run: an hour has to pass, or there is TLS, or an error.
NOT_IN_A_SHORT_RUN = re.compile(
    "smonsvc_coverage_(check_timestamp_seconds|ended_jobs|missing_jobs)"
    "|smonsvc_certificate_expiry_timestamp_seconds|smonsvc_secrets_usable"
    "|grpc_code=~"
)
# What Grafana puts in place of its variables.
VARIABLES = {"$instance": ".*", "$cluster": ".*", "$__rate_interval": "20s", "$__range": "1m"}
SELECTOR = re.compile(r"\b(?:smonsvc|process|grpc_server)_\w+(?:\{[^}]*\})?")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def alerts():
    """The rules of alerts.yaml, by the name of the alert."""
    rules = [rule for group in yaml.safe_load(read(ALERTS))["groups"] for rule in group["rules"]]
    return {rule["alert"]: rule for rule in rules}


def panels():
    """{title: [expression]} of the dashboard, as Grafana would ask them."""
    result = {}
    for panel in json.loads(read(DASHBOARD))["panels"]:
        if panel["type"] == "row":
            continue
        result[panel["title"]] = []
        for target in panel["targets"]:
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            result[panel["title"]].append(expression)
    return result


def runbooks():
    """{heading: text} below "Alerts" of OPERATIONS.md."""
    section = re.search(r"^## Alerts\n(.*?)(?=^## |\Z)", read(OPERATIONS_MD), re.M | re.S)
    parts = re.split(r"^### (.*)\n", section.group(1), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class FilesTest(StandinCase):
    def test_promtool_accepts_the_alerts_and_their_tests_pass(self):
        for command in (["check", "rules", ALERTS], ["test", "rules", ALERTS_TEST]):
            done = subprocess.run(["promtool", *command], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_is_tested_to_fire_and_to_be_silent(self):
        fires, silent = set(), set()
        for test in yaml.safe_load(read(ALERTS_TEST))["tests"]:
            for case in test["alert_rule_test"]:
                (fires if case.get("exp_alerts") else silent).add(case["alertname"])
        self.assertEqual(fires, set(alerts()))
        self.assertEqual(silent, set(alerts()))

    def test_each_alert_has_a_runbook_and_each_runbook_an_alert(self):
        self.assertEqual(list(runbooks()), list(alerts()))
        for name, rule in alerts().items():
            self.assertEqual(
                rule["annotations"]["runbook"], "%s#%s" % (OPERATIONS_MD, name.lower())
            )
            self.assertIn(rule["labels"]["severity"], ("critical", "warning"))

    def test_all_metrics_that_are_asked_for_are_documented(self):
        documented = set(re.findall(r"^\| `(\w+)` \|", read(METRICS_MD), re.M))
        expressions = [rule["expr"] for rule in alerts().values()]
        expressions += [expression for panel in panels().values() for expression in panel]
        asked = {
            selector.partition("{")[0]
            for expression in expressions
            for selector in SELECTOR.findall(expression)
        }
        self.assertGreater(len(asked), 30)
        for name in asked:
            self.assertIn(re.sub("_(bucket|sum|count)$", "", name), documented)


class LiveTest(StandinCase):
    def setUp(self):
        super().setUp()
        attrsvc = self.start_attrsvc()
        self.service = self.start_service(attrsvc.url)
        self.prometheus = self._enter(PrometheusServer(self.service.http_port))
        self.add_ended_job(1)
        self.add_ended_job(2, state="COMPLETED", exit_status=0)
        self.add_job(3)
        self.service.wait_until_phase(["1", "2"])
        done = 'sum(smonsvc_deliveries{phase="COMPLETED"}) == 2'
        wait_for(lambda: self.prometheus.query(done), 30, "Prometheus knows of both verdicts")

        def often_scraped():
            # A counter begins with its first call: a rate needs calls between scrapes.
            self.service.smonctl("jobs")
            return self.prometheus.query("count_over_time(smonsvc_watches[1m]) > 8")

        wait_for(often_scraped, 60, "some scrapes", interval=1)

    def assert_has_series(self, expression):
        series = self.prometheus.query(expression)
        if not NOT_IN_A_SHORT_RUN.search(expression):
            self.assertTrue(series, expression)

    def test_expressions_find_their_series(self):
        for title, expressions in panels().items():
            for expression in expressions:
                with self.subTest(panel=title):
                    self.assert_has_series(expression)
        # An alert has series when it fires only: what it is about must be there.
        for name, rule in alerts().items():
            for selector in SELECTOR.findall(rule["expr"]):
                with self.subTest(alert=name):
                    self.assert_has_series(selector)

        rules = self.prometheus.api("rules")["groups"]
        states = {rule["name"]: rule for group in rules for rule in group["rules"]}
        self.assertEqual(set(states), set(alerts()))
        for name, rule in states.items():
            with self.subTest(alert=name):
                self.assertEqual(rule["health"], "ok")
                # From seconds it foresees a day; it waits for an hour before it fires.
                if name != "SmonsvcDiskFillsUp":
                    self.assertEqual(rule["state"], "inactive")

    def test_commands_of_the_runbooks_work(self):
        commands = set(re.findall(r"^    (smonctl .*)$", "".join(runbooks().values()), re.M))
        self.assertGreater(len(commands), 5)
        for command in sorted(commands):
            with self.subTest(command=command):
                done = self.service.smonctl(*shlex.split(command)[1:])
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_an_end_of_the_service_is_noticed(self):
        self.service.kill()

        def pending():
            alerts_now = self.prometheus.api("alerts")["alerts"]
            return ("SmonsvcDown", "pending") in [
                (alert["labels"]["alertname"], alert["state"]) for alert in alerts_now
            ]

        wait_for(pending, 30, "SmonsvcDown is pending")
