"""Several smonsvc that share a store and do not all watch the same clusters: each
answers for all of them."""

from testing.grpc_health import NOT_SERVING, SERVING, health_check
from testing.postgres import Postgres
from testing.service import program
from testing.slurm_standin.slurm_standin import SlurmStandin
from testing.standin_case import StandinCase
from testing.store_manual import command_of_manual
from testing.waiting import wait_for


class FleetReplicasTest(StandinCase):
    """alps and jura number their jobs alike. Two smonsvc watch both, a third one alps only."""

    def setUp(self):
        super().setUp()
        self.slurm.set_cluster(cluster="alps")
        self.jura = SlurmStandin(program("//testing/slurm_standin:slurm_standin"), cluster="jura")
        self.addCleanup(self.jura.close)
        self.slurm.share_slurmdbd(self.jura)
        for slurm, cluster in ((self.slurm, "alps"), (self.jura, "jura")):
            for raw_id in (1, 2):
                self.add_failed_job_to(slurm, cluster, raw_id)
        self.postgres = self._enter_postgres()
        attrsvc = self.start_attrsvc()
        self.both, self.standby, self.alps_only = [
            self.start_service(attrsvc.url, store=self.postgres.url, clusters=clusters)
            # The first one polls both: the others find no cluster without a poller.
            for clusters in ("alps,jura", "alps,jura", "alps")
        ]
        wait_for(lambda: len(self.delivered()) == 4, 60, self.delivered)

    def _enter_postgres(self):
        postgres = Postgres()
        postgres.__enter__()
        self.addCleanup(postgres.__exit__, None, None, None)
        return postgres

    def delivered(self):
        return [run for run in self.both.runs() if run["delivery"]["phase"] == "COMPLETED"]

    def clusters(self, service):
        """{name: cluster} as a replica lists them."""
        return {cluster["name"]: cluster for cluster in service.get_json("/v1/clusters")["clusters"]}

    def wait_for_status(self, service, cluster, status):
        return wait_for(
            lambda: self.clusters(service).get(cluster, {}).get("status") == status,
            30,
            lambda: self.clusters(service),
        )

    def test_each_replica_tells_how_each_cluster_is(self):
        poller = self.both.get_json("/v1/health")["replicaId"]
        for service in (self.both, self.standby, self.alps_only):
            for name in ("alps", "jura"):
                self.wait_for_status(service, name, "OK")
                cluster = self.clusters(service)[name]
                self.assertEqual(cluster["slurmVersion"], "22.05.8")
                self.assertEqual(cluster["pollerReplicaId"], poller)
                self.assertEqual(cluster["jobs"], {"live": "0", "ended": "2", "failed": "2"})
                self.assertIsNotNone(cluster["lastPollTime"])
        # As soon as it is known.
        for command in ("squeue", "sacct"):
            self.jura.set_fault(command, preset="controller_down")
        for service in (self.standby, self.alps_only):
            self.wait_for_status(service, "jura", "DEGRADED")
            slurm = self.clusters(service)["jura"]["components"][0]
            self.assertIn("'jura' can't be reached now", slurm["lastError"])
            self.assertEqual(self.clusters(service)["alps"]["status"], "OK")

    def test_grpc_health_shows_who_polls(self):
        for service, polls in ((self.both, True), (self.standby, False)):
            for name in ("poller", "poller/alps", "poller/jura"):
                self.assertEqual(
                    health_check(service.grpc_address, name), SERVING if polls else NOT_SERVING, name
                )
        self.both.kill()
        wait_for(
            lambda: SERVING
            in (
                health_check(service.grpc_address, "poller/alps")
                for service in (self.standby, self.alps_only)
            ),
            20,
            "another one polls alps",
        )

    def test_one_that_nobody_polls_any_more_is_still_told_of(self):
        self.wait_for_status(self.alps_only, "jura", "OK")
        self.both.stop()
        self.standby.stop()
        self.wait_for_status(self.alps_only, "jura", "STATUS_UNSPECIFIED")
        jura = self.clusters(self.alps_only)["jura"]
        self.assertEqual((jura["pollerReplicaId"], jura["components"]), ("", []))
        self.assertIsNotNone(jura["lastPollTime"])
        self.assertEqual(jura["jobs"]["ended"], "2")
        self.wait_for_status(self.alps_only, "alps", "OK")
        status, text = self.alps_only.get("/metrics")
        self.assertEqual(status, 200)
        self.assertIn('smonsvc_jobs{cluster="jura",state="FAILED"} 2\n', text)

    def test_a_cluster_that_is_gone_can_be_removed(self):
        for service in (self.both, self.standby, self.alps_only):
            service.stop()
        self.postgres.execute(command_of_manual("BEGIN;").replace("'old'", "'jura'"))
        self.alps_only.start()
        self.wait_for_status(self.alps_only, "alps", "OK")
        self.assertEqual(list(self.clusters(self.alps_only)), ["alps"])
        self.assertEqual([run["cluster"] for run in self.alps_only.runs()], ["alps", "alps"])
        self.assertEqual(self.alps_only.get_json("/v1/jobs/1?view=FULL")["verdict"]["action"], "STOP")

    def test_smonctl_says_whose_a_job_is_at_a_replica_that_watches_one(self):
        done = self.alps_only.smonctl("jobs", "-o", "name")
        self.assertEqual(sorted(done.stdout.split()), ["alps/1", "alps/2", "jura/1", "jura/2"])
        self.assertIn("jura", self.alps_only.smonctl("clusters").stdout)

    def test_a_notice_comes_to_the_replica_that_polls_the_cluster(self):
        def ended():
            return int(self.both.get_json("/v1/stats")["notifications"]["received"])

        before = ended()
        done = self.alps_only.smonctl("notify", "jura/1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        wait_for(lambda: ended() == before + 1, 30, "the notice is there")
        self.assertNotEqual(self.alps_only.smonctl("notify", "elba/1").returncode, 0)
