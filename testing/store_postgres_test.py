"""smonsvc with its store on PostgreSQL: while the server is away it says so and
goes on reading Slurm, and afterwards it makes up for all by itself; and another
one on the same store goes on in its place."""

import os
import shutil
import tempfile

from testing.postgres import Postgres
from testing.standin_case import StandinCase
from testing.waiting import wait_for

CUTTABLE = """#!/bin/sh
[ ! -e '%(cut)s' ] || {
  echo 'squeue: error: Unable to contact slurm controller (connect failure)' >&2
  exit 1
}
exec '%(squeue)s' "$@"
"""


class StorePostgresTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres()
        self.postgres.__enter__()
        self.addCleanup(self.postgres.__exit__, None, None, None)

    def health(self, service, name):
        components = service.get_json("/v1/health")["components"]
        return [component for component in components if component["name"] == name][0]

    def store_health(self, service):
        return self.health(service, "store")

    def role(self, service):
        return service.get_json("/v1/health")["clusterRoles"][0]["role"]

    def test_a_server_that_crashes_and_comes_back_loses_nothing(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, store=self.postgres.url)
        self.add_ended_job(1)
        self.add_job(2)
        service.wait_until_phase(["1"])
        self.wait_until_known(service, ["2"])

        self.postgres.crash()
        self.end_job(2)
        self.add_ended_job(3)
        self.slurm.purge_job(3)  # left to accounting
        wait_for(
            lambda: self.store_health(service)["status"] == "DEGRADED",
            30,
            lambda: self.store_health(service),
        )
        self.assertIn("look at the server", self.store_health(service)["lastError"])
        self.assertEqual(self.health(service, "slurm")["status"], "OK")
        self.assert_sent_once(attrsvc, [1])

        self.postgres.start()
        wait_for(
            lambda: self.store_health(service)["status"] == "OK",
            30,
            lambda: self.store_health(service),
        )
        jobs = service.wait_until_phase(["1", "2", "3"])
        self.assertTrue(all(job["verdict"]["reason"] for job in jobs.values()))
        self.assert_sent_once(attrsvc, [1, 2, 3])
        self.assertEqual(self.postgres.execute("SELECT COUNT(*) FROM jobs"), "3")

    def test_a_second_smonsvc_takes_over_from_one_that_is_killed(self):
        attrsvc = self.start_attrsvc()
        first = self.start_service(attrsvc.url, store=self.postgres.url, replica_name="first")
        second = self.start_service(attrsvc.url, store=self.postgres.url, replica_name="second")
        self.assertEqual(self.role(first), "POLLER")
        self.assertEqual(self.role(second), "STANDBY")
        self.assertEqual([one["name"] for one in second.get_json("/v1/replicas")["replicas"]], ["first", "second"])
        self.add_ended_job(1)
        second.wait_until_phase(["1"])

        first.kill()
        wait_for(lambda: self.role(second) == "POLLER", 10, lambda: second.get_json("/v1/replicas"))
        self.add_ended_job(2)
        second.wait_until_phase(["1", "2"])
        self.assert_sent_once(attrsvc, [1, 2])
        self.assertEqual([one["name"] for one in second.get_json("/v1/replicas")["replicas"]], ["second"])

    def cuttable_slurm(self):
        """A PATH on which squeue fails while there is a file, and that file."""
        folder = tempfile.mkdtemp(prefix="smon-path-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, folder)
        path = self.slurm.env()["PATH"]
        cut = os.path.join(folder, "cut")
        squeue = os.path.join(folder, "squeue")
        with open(squeue, "w", encoding="utf-8") as file:
            file.write(CUTTABLE % {"cut": cut, "squeue": shutil.which("squeue", path=path)})
        os.chmod(squeue, 0o755)
        return folder + ":" + path, cut

    def test_a_poller_that_slurm_does_not_answer_leaves_the_cluster_to_another(self):
        attrsvc = self.start_attrsvc()
        path, cut = self.cuttable_slurm()
        first = self.start_service(
            attrsvc.url, store=self.postgres.url, replica_name="first", env={"PATH": path}
        )
        second = self.start_service(attrsvc.url, store=self.postgres.url, replica_name="second")
        self.assertEqual(self.role(first), "POLLER")
        self.add_ended_job(1)
        second.wait_until_phase(["1"])

        with open(cut, "w", encoding="utf-8"):
            self.add_ended_job(2)
        wait_for(
            lambda: self.health(first, "slurm")["status"] == "DEGRADED",
            20,
            lambda: first.get_json("/v1/health"),
        )
        self.assertEqual(self.role(first), "POLLER")
        wait_for(
            lambda: self.role(second) == "POLLER", 40, lambda: second.get_json("/v1/replicas")
        )
        second.wait_until_phase(["1", "2"])
        self.assertEqual(self.role(first), "STANDBY")
        self.assertIn("\nsmonsvc_replica_leases_left_total 1\n", first.get("/metrics")[1])
        self.assertEqual(first.get_json("/v1/health")["status"], "OK")

        # Nobody else is left, so that it is the poller again, though it was to rest.
        second.stop()
        wait_for(lambda: self.role(first) == "POLLER", 20, lambda: first.get_json("/v1/replicas"))
        os.remove(cut)
        self.add_ended_job(3)
        first.wait_until_phase(["1", "2", "3"])
        self.assert_sent_once(attrsvc, [1, 2, 3])

    def test_a_store_is_moved_and_nothing_is_sent_twice(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        store = "sqlite://" + os.path.join(service.folder, "smon.db")
        self.add_ended_job(1)
        self.add_ended_job(2)
        self.add_job(3)
        before = service.wait_until_phase(["1", "2"])
        self.wait_until_known(service, ["3"])

        def move():
            return service.smonctl("admin", "migrate-store", store, self.postgres.url)

        refused = move()
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("another smonsvc uses", refused.stderr)
        service.stop()
        moved = move()
        self.assertEqual(moved.returncode, 0, moved.stderr)
        self.assertRegex(moved.stdout, r"(?m)^jobs +3  [0-9a-f]{64}$")
        self.assertEqual(moved.stderr, "")

        self.end_job(3)
        other = self.start_service(attrsvc.url, store=self.postgres.url)
        after = other.wait_until_phase(["1", "2", "3"])
        for job in ["1", "2"]:
            self.assertEqual(after[job]["verdict"], before[job]["verdict"])
        self.assert_sent_once(attrsvc, [1, 2, 3])
        refused = move()
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("a smonsvc uses", refused.stderr)
        other.stop()
        again = move()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("was moved there before", again.stdout)
        usage = service.smonctl("admin", "migrate-store", "memory:", self.postgres.url)
        self.assertEqual(usage.returncode, 2, usage.stderr)
