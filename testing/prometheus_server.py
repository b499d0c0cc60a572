"""A real Prometheus that scrapes a service every second, with the alerts of deploy/.

    with PrometheusServer(service.http_port) as prometheus:
        prometheus.query("up")  # [{"metric": {...}, "value": [time, "1"]}]
"""

import json
import os
import urllib.parse

from testing.service import Process, free_port, http

ALERTS = "deploy/prometheus/alerts.yaml"
CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ['{rules}']
scrape_configs:
  - job_name: smonsvc
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


class PrometheusServer(Process):
    """Listens on a free port of loopback; keeps its data in its own folder.

    Args:
      target_port: where /metrics is, on loopback.
    """

    def __init__(self, target_port):
        super().__init__([])
        self.url = "http://127.0.0.1:%d" % free_port()
        config = os.path.join(self.folder, "prometheus.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(rules=os.path.abspath(ALERTS), port=target_port))
        self.command = [
            "prometheus",
            "--config.file=" + config,
            "--storage.tsdb.path=" + os.path.join(self.folder, "data"),
            "--web.listen-address=" + self.url.rpartition("/")[2],
            "--log.level=warn",
        ]

    def wait_until_ready(self, log_begin):
        self.wait_while_alive(self._ready, 30, "Prometheus is ready")

    def _ready(self):
        try:
            return http(self.url + "/-/ready")[0] == 200
        except OSError:
            return False

    def api(self, path, **parameters):
        """`data` of an answer of the HTTP API; raises AssertionError for an error."""
        query = urllib.parse.urlencode(parameters)
        status, text = http("%s/api/v1/%s?%s" % (self.url, path, query))
        answer = json.loads(text)
        assert status == 200 and answer["status"] == "success", "%s %s" % (parameters, text)
        return answer["data"]

    def query(self, expression):
        """The series that an expression has now."""
        return self.api("query", query=expression)["result"]
