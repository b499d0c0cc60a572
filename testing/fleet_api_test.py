"""Several clusters over HTTP and smonctl: two stand-ins that number their jobs alike."""

import json
import urllib.error
import urllib.request

from testing.service import program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.standin_case import StandinCase
from testing.waiting import wait_for


class FleetApiTest(StandinCase):
    """alps is the default cluster; jura shares its slurmdbd."""

    def setUp(self):
        super().setUp()
        self.slurm.set_cluster(cluster="alps")
        self.jura = SlurmStandin(program("//testing/slurm_standin:slurm_standin"), cluster="jura")
        self.addCleanup(self.jura.close)
        self.slurm.share_slurmdbd(self.jura)
        for raw_id in (1, 2, 3):
            self.add_failed_job_to(self.slurm, "alps", raw_id)
        for raw_id in (1, 2, 9):
            self.add_failed_job_to(self.jura, "jura", raw_id)
        self.service = self.start_service(self.start_attrsvc().url, clusters="alps,jura")
        self.service.wait_while_alive(self.all_are_delivered, 90, "all logs are delivered")

    def all_are_delivered(self):
        jobs = self.get("/v1/jobs")["jobs"]
        return len(jobs) == 6 and all(job["delivery"]["phase"] == "COMPLETED" for job in jobs)

    def ask(self, path, body=None):
        """(status, JSON)."""
        request = urllib.request.Request(
            "http://127.0.0.1:%d%s" % (self.service.http_port, path),
            None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path, body=None):
        status, answer = self.ask(path, body)
        self.assertEqual(status, 200, answer)
        return answer

    def smonctl(self, *arguments):
        done = self.service.smonctl(*arguments)
        return done.returncode, done.stdout + done.stderr

    def test_a_job_is_that_of_the_cluster_in_its_path(self):
        for cluster in ("alps", "jura"):
            for path in ("/v1/clusters/%s/jobs/1" % cluster, "/v1/jobs/1?cluster=" + cluster):
                job = self.get(path)
                self.assertEqual((job["cluster"], job["name"]), (cluster, "train-" + cluster))
            self.get("/v1/clusters/%s/jobs/1/result" % cluster)
        # The short form: the default cluster's, else another's.
        self.assertEqual(self.get("/v1/jobs/1")["cluster"], "alps")
        self.assertEqual(self.get("/v1/jobs/9")["cluster"], "jura")
        for path in ("/v1/clusters/alps/jobs/9", "/v1/clusters/none/jobs/1", "/v1/clusters/none"):
            self.assertEqual(self.ask(path)[0], 404, path)

    def test_lists_pages_and_filters(self):
        listed = self.get("/v1/clusters/jura/jobs?orderBy=submit_time")["jobs"]
        self.assertEqual([job["jobId"] for job in listed], ["1", "2", "9"])
        self.assertEqual({job["cluster"] for job in listed}, {"jura"})
        first = self.get("/v1/clusters/jura/jobs?pageSize=2")
        token = "pageSize=2&pageToken=" + first["nextPageToken"]
        rest = self.get("/v1/clusters/jura/jobs?" + token)
        self.assertEqual([job["jobId"] for job in first["jobs"] + rest["jobs"]], ["9", "2", "1"])
        # The same list by another path, and no other list.
        self.assertEqual(self.get("/v1/jobs?cluster=jura&" + token), rest)
        for other in ("/v1/clusters/alps/jobs?", "/v1/jobs?"):
            status, error = self.ask(other + token)
            self.assertEqual((status, "page_token" in error["message"]), (400, True), error)

    def test_what_is_resubmitted_is_of_one_cluster(self):
        answer = self.get("/v1/clusters/jura/jobs/1:resubmit", {"cluster": "alps"})
        self.assertEqual(answer["job"]["cluster"], "jura")
        many = self.get("/v1/clusters/alps/jobs:resubmit", {"states": ["FAILED"], "dryRun": True})
        self.assertEqual(many["resubmitted"], 3)

    def test_clusters_and_replicas_are_listed(self):
        alps, jura = self.get("/v1/clusters")["clusters"]
        self.assertEqual([alps["name"], jura["name"]], ["alps", "jura"])
        self.assertEqual([alps["isDefault"], jura["isDefault"]], [True, False])
        for cluster in (alps, jura):
            self.assertEqual(cluster["status"], "OK")
            self.assertIsNotNone(cluster["lastPollTime"])
            self.assertEqual(cluster["jobs"], {"live": "0", "ended": "3", "failed": "3"})
        self.assertEqual(self.get("/v1/clusters/jura")["name"], "jura")
        replicas = self.get("/v1/replicas")
        self.assertEqual([r["replicaId"] for r in replicas["replicas"]], [replicas["replicaId"]])
        self.assertEqual(replicas["replicas"][0]["polledClusters"], ["alps", "jura"])
        self.assertEqual(alps["pollerReplicaId"], replicas["replicaId"])

    def test_smonctl_tells_them_apart(self):
        status, text = self.smonctl("jobs", "-o", "name", "--sort=submitted")
        self.assertEqual(
            (status, sorted(text.split())),
            (0, ["alps/1", "alps/2", "alps/3", "jura/1", "jura/2", "jura/9"]),
        )
        self.assertIn("train-jura", self.smonctl("job", "jura/1")[1])
        self.assertIn("train-jura", self.smonctl("--cluster=jura", "job", "1")[1])
        self.assertIn("train-alps", self.smonctl("job", "1")[1])
        self.assertEqual(self.smonctl("--cluster=alps", "job", "9")[0], 3)
        self.assertEqual(self.smonctl("clusters", "-o", "name"), (0, "alps\njura\n"))
        status, text = self.smonctl("doctor", "--cluster=jura")
        self.assertIn("slurm@jura", text)
        self.assertNotIn("slurm@alps", text)

    def test_a_stream_is_of_one_cluster(self):
        request = urllib.request.Request(
            "http://127.0.0.1:%d/v1/clusters/jura/jobs:watch" % self.service.http_port,
            headers={"Grpc-Timeout": "60S"},
        )
        with urllib.request.urlopen(request, timeout=60) as stream:
            self.assertIsNone(json.loads(stream.readline())["result"]["job"])
            self.get("/v1/jobs/2:resubmit", {"cluster": "alps"})
            self.get("/v1/jobs/2:resubmit", {"cluster": "jura"})
            job = json.loads(stream.readline())["result"]["job"]
        self.assertEqual((job["cluster"], job["jobId"]), ("jura", "2"))

    def test_a_notice_is_taken_by_its_cluster(self):
        self.get("/v1/clusters/jura/jobs/1:notify", {})
        self.assertEqual(self.ask("/v1/clusters/none/jobs/1:notify", {})[0], 400)
        wait_for(
            lambda: int(self.get("/v1/stats")["notifications"]["ended"]) >= 1, 30, "the job is looked at"
        )
