"""One smonsvc that watches several clusters, on stand-ins: who is asked how, and who waits for whom."""

import subprocess
import time
import urllib.error
import urllib.request

from testing.service import program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.standin_case import EXIT_1, FAILING_LOG, OWNER, StandinCase
from testing.waiting import wait_for


class ClustersTest(StandinCase):
    """alps is the cluster of slurm.conf; jura shares its slurmdbd. Both number their jobs from 1."""

    def setUp(self):
        super().setUp()
        self.slurm.set_cluster(cluster="alps")
        self.alps = self.slurm
        self.jura = SlurmStandin(program("//testing/slurm_standin:slurm_standin"), cluster="jura")
        self.addCleanup(self.jura.close)
        self.alps.share_slurmdbd(self.jura)
        self.attrsvc = self.start_attrsvc()

    def start(self, clusters="alps,jura", **flags):
        self.service = self.start_service(self.attrsvc.url, clusters=clusters, **flags)
        return self.service

    def add_failed_job(self, cluster, raw_id, **fields):
        """Returns the path of its log."""
        name = "alps" if cluster is self.alps else "jura"
        path = "%s/%s-%d.out" % (self.logs, name, raw_id)
        with open(path, "w", encoding="utf-8") as file:
            file.write(FAILING_LOG)
        now = int(time.time())
        job = {
            "name": "train",
            "user": OWNER,
            "state": "FAILED",
            "exit_status": EXIT_1,
            "submit": 1700000000,
            "start": now - 30,
            "end": now,
            "stdout": path,
            "submit_line": "sbatch --output=%s train.sh" % path,
            "work_dir": self.logs,
            "batch_host": "node1",
        }
        cluster.add_job(raw_id, **{**job, **fields})
        return path

    def delivered(self, cluster):
        """The ids of the cluster's jobs that have a verdict."""
        jobs = self.service.runs("cluster=" + cluster)
        return sorted(j["jobId"] for j in jobs if j["delivery"]["phase"] == "COMPLETED")

    def wait_until_delivered(self, cluster, ids, deadline=60):
        self.service.wait_while_alive(
            lambda: self.delivered(cluster) == ids, deadline, "jobs %s of %s" % (ids, cluster)
        )

    def metric(self, name, **labels):
        text = self.service.get("/metrics")[1]
        for line in text.splitlines():
            key, _, value = line.rpartition(" ")
            if key.partition("{")[0] == name and all(
                '%s="%s"' % label in key for label in labels.items()
            ):
                return float(value)
        return None

    def good_polls(self, cluster):
        return self.metric("smonsvc_polls_total", cluster=cluster, outcome="ok")

    def wait_for_good_polls(self, cluster, count):
        target = self.good_polls(cluster) + count
        wait_for(lambda: self.good_polls(cluster) >= target, 60, "%s is polled" % cluster)

    def slurm_errors(self):
        """{cluster: last error} of the clusters whose Slurm does not answer."""
        return {
            c["cluster"]: c["lastError"]
            for c in self.service.get_json("/v1/health")["components"]
            if c["name"] == "slurm" and c["status"] == "DEGRADED"
        }

    def test_equal_job_ids_of_two_clusters_are_two_jobs(self):
        paths = [self.add_failed_job(cluster, 1) for cluster in (self.alps, self.jura)]
        self.start()
        self.wait_until_delivered("alps", ["1"])
        self.wait_until_delivered("jura", ["1"])
        sent = [request["log_path"] for request in self.attrsvc.requests("POST")]
        self.assertEqual(sorted(sent), sorted(paths))
        runs = self.service.runs()
        self.assertEqual(sorted((r["cluster"], r["jobId"]) for r in runs), [("alps", "1"), ("jura", "1")])
        self.assertEqual(self.slurm_errors(), {})

    def test_the_cluster_of_slurm_conf_is_asked_without_slurmdbd_and_the_other_by_name(self):
        self.add_failed_job(self.alps, 1)
        self.add_failed_job(self.jura, 2)
        self.start()
        self.wait_until_delivered("alps", ["1"])
        self.wait_until_delivered("jura", ["2"])
        self.assertEqual([c["argv"] for c in self.alps.calls() if "-M" in c["argv"]], [])
        for call in self.jura.calls():
            self.assertEqual(call["argv"][:2], ["-M", "jura"], call)
        for cluster in (self.alps, self.jura):
            self.assertEqual(
                {c["command"] for c in cluster.calls()}, {"squeue", "sacct", "scontrol", "sinfo"}
            )
        # slurmdbd is away: nobody knows where jura's controller is.
        for cluster in (self.alps, self.jura):
            for command in ("squeue", "sacct", "scontrol", "sinfo"):
                cluster.set_fault(command, preset="dbd_down")
        wait_for(lambda: set(self.slurm_errors()) == {"jura"}, 60, self.slurm_errors)
        self.add_failed_job(self.alps, 3)
        self.wait_until_delivered("alps", ["1", "3"])
        self.assertEqual(self.delivered("jura"), ["2"])

    def test_a_cluster_that_hangs_holds_up_no_other(self):
        for command in ("squeue", "scontrol"):
            with self.subTest(hangs=command):
                self.jura.clear_calls()
                self.jura.set_fault(command, hang=True)
                service = self.start()
                wait_for(lambda: self.jura.calls(command), 30, "jura is asked")
                wait_for(lambda: service.get("/readyz")[0] == 200, 30, "it is ready")
                job = 1 + len(self.alps.calls())
                self.add_failed_job(self.alps, job)
                service.wait_while_alive(
                    lambda: str(job) in self.delivered("alps"), 30, "alps' job is delivered"
                )
                self.wait_for_good_polls("alps", 3)
                self.assertEqual(len(self.jura.calls(command)), 1, "one at a time")
                self.assertEqual(self.good_polls("jura"), 0)
                self.assertEqual(service.get("/livez"), (200, "ok\n"))
                service.stop()  # within its time
                self.jura.clear_faults()

    def test_a_cluster_that_is_away_at_the_start_is_watched_once_it_is_back(self):
        for command in ("squeue", "scontrol", "sinfo"):
            self.jura.set_fault(command, preset="controller_down")
        self.add_failed_job(self.alps, 1)
        self.add_failed_job(self.jura, 1)
        self.start()
        self.wait_until_delivered("alps", ["1"])
        wait_for(lambda: set(self.slurm_errors()) == {"jura"}, 30, self.slurm_errors)
        self.assertIn("'jura' can't be reached now", self.slurm_errors()["jura"])
        self.assertEqual(self.service.get("/healthz")[0], 503)
        self.assertEqual(self.service.get("/readyz")[0], 200)
        self.jura.clear_faults()
        self.wait_until_delivered("jura", ["1"])
        wait_for(lambda: self.slurm_errors() == {}, 30, self.slurm_errors)

    def test_a_cluster_that_goes_away_keeps_its_jobs(self):
        self.add_failed_job(self.jura, 1, state="RUNNING", end=0, exit_status=0)
        self.start()
        wait_for(lambda: self.service.runs("cluster=jura"), 30, "it is known")
        self.jura.set_fault("squeue", preset="controller_down")
        wait_for(lambda: set(self.slurm_errors()) == {"jura"}, 60, self.slurm_errors)
        self.assertEqual([r["state"] for r in self.service.runs("cluster=jura")], ["RUNNING"])
        self.wait_for_good_polls("alps", 1)

    def test_one_that_slurmdbd_does_not_know_is_said_so_and_the_others_are_watched(self):
        self.add_failed_job(self.alps, 1)
        self.start(clusters="alps,nosuch")
        self.wait_until_delivered("alps", ["1"])
        wait_for(lambda: set(self.slurm_errors()) == {"nosuch"}, 30, self.slurm_errors)
        self.assertIn("No cluster 'nosuch' known by database", self.slurm_errors()["nosuch"])

    def test_a_notice_is_for_the_cluster_that_it_names(self):
        self.start(interval=3600)
        wait_for(lambda: self.good_polls("jura") and self.good_polls("alps"), 30, "both are polled")
        for cluster in (self.alps, self.jura):
            self.add_failed_job(cluster, 1)
            cluster.clear_calls()
        self.notify("1", "jura")
        self.wait_until_delivered("jura", ["1"])
        self.assertEqual(self.alps.calls("squeue"), [])
        self.assertEqual(self.delivered("alps"), [])
        self.notify("1", "")
        self.wait_until_delivered("alps", ["1"])
        status, text = self.notify("1", "elba", check=False)
        self.assertEqual(status, 400)
        self.assertIn("this smonsvc watches alps, jura", text)

    def notify(self, job_id, cluster, check=True):
        request = urllib.request.Request(
            "http://127.0.0.1:%d/v1/jobs/%s:notify" % (self.service.http_port, job_id),
            data=('{"cluster": "%s"}' % cluster).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                if check:
                    raise
                return error.code, error.read().decode()

    def test_partitions_that_only_one_of_them_has_are_watched_there(self):
        self.jura.set_cluster(partitions=["gpu"])
        self.add_failed_job(self.alps, 1)
        self.add_failed_job(self.jura, 1, partition="gpu")
        self.start(partitions="batch gpu")
        self.wait_until_delivered("alps", ["1"])
        self.wait_until_delivered("jura", ["1"])
        self.assertEqual(self.slurm_errors(), {})
        self.jura.set_cluster(partitions=["other"])
        self.service.stop()
        self.service.start()
        wait_for(lambda: "jura" in self.slurm_errors(), 30, self.slurm_errors)
        self.assertIn("cluster jura has none of them; it has: other", self.slurm_errors()["jura"])

    def test_numbers_are_of_each_cluster_and_of_all(self):
        self.add_failed_job(self.alps, 1)
        for raw_id in (1, 2):
            self.add_failed_job(self.jura, raw_id)
        self.start()
        self.wait_until_delivered("alps", ["1"])
        self.wait_until_delivered("jura", ["1", "2"])
        self.assertEqual(self.metric("smonsvc_jobs_found_total", cluster="alps"), 1)
        self.assertEqual(self.metric("smonsvc_jobs_found_total", cluster="jura"), 2)
        for cluster in ("alps", "jura"):
            self.assertEqual(
                self.metric("smonsvc_component_healthy", cluster=cluster, component="slurm"), 1
            )
            self.assertEqual(self.metric("smonsvc_loop_overdue", loop="poller/" + cluster), 0)
        stats = self.service.get_json("/v1/stats")
        self.assertEqual(int(stats["jobTotals"]["total"]), 3)
        squeue = {c["name"]: int(c["calls"]) for c in stats["slurm"]["commands"]}["squeue"]
        self.assertGreaterEqual(squeue, 2)
        python_stats = self.service.get_json("/stats")
        self.assertEqual(python_stats["jobs"]["total"], 3)

    def test_a_restart_goes_on_with_each(self):
        self.start()
        wait_for(lambda: self.good_polls("jura") and self.good_polls("alps"), 30, "both are polled")
        self.service.stop()
        for cluster in (self.alps, self.jura):
            self.add_failed_job(cluster, 5, in_queue=False)
        self.service.start()
        self.wait_until_delivered("alps", ["5"])
        self.wait_until_delivered("jura", ["5"])

    def test_a_name_that_cannot_be_is_refused_before_anything_is_asked(self):
        for clusters in ("alps,alps", "-M", "all", "a;b"):
            with self.subTest(clusters=clusters):
                done = subprocess.run(
                    [program("//server:smonsvc"), "--check_config", "--clusters=" + clusters],
                    capture_output=True,
                    text=True,
                    env=self.alps.env(),
                    timeout=30,
                )
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("--clusters: ", done.stderr)
        self.assertEqual(self.alps.calls(), [])
