"""One smonsvc that watches two real clusters of one slurmdbd (Slurm's -M)."""

import os
import shutil
import subprocess
import tempfile
import unittest

from testing.cluster.slurm_cluster import SlurmCluster
from testing.service import AttrsvcStandin, Smonsvc
from testing.waiting import wait_for


class RealClustersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.alps = SlurmCluster(cluster="alps", nodes=2, min_job_age=300)
        cls.enterClassContext(cls.alps)
        cls.jura = SlurmCluster(
            cluster="jura", nodes=2, min_job_age=300, join=cls.alps.state_dir
        )
        cls.enterClassContext(cls.jura)
        cls.attrsvc = AttrsvcStandin("--analysis_ms=100")
        cls.enterClassContext(cls.attrsvc)
        cls.logs = tempfile.mkdtemp(prefix="smon-logs-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.logs, ignore_errors=True)

    def smonsvc(self, **flags):
        return Smonsvc(
            self.alps.env,
            attrsvc_url=self.attrsvc.url,
            clusters="alps,jura",
            partitions="batch batch_long debug",
            submit_rate=0,
            result_rate=0,
            **flags,
        )

    def fail_job(self, cluster, name, log):
        """A job that fails and writes to a log of that name; returns its id."""
        return cluster.sbatch(
            "--chdir=" + self.logs, "--output=" + log, "--job-name=" + name,
            script="#!/bin/sh\necho Segmentation fault; exit 3\n",
        )

    def run_of(self, service, cluster, job_id):
        runs = service.runs("cluster=" + cluster)
        return next((run for run in runs if run["jobId"] == job_id), None)

    def wait_until_delivered(self, service, cluster, job_id):
        def delivered():
            run = self.run_of(service, cluster, job_id)
            return run if run and run["delivery"]["phase"] == "COMPLETED" else None

        return service.wait_while_alive(delivered, 60, "job %s of %s" % (job_id, cluster))

    def slurm_error(self, service, cluster):
        for component in service.get_json("/v1/health")["components"]:
            if component["name"] == "slurm" and component["cluster"] == cluster:
                return component["status"] == "DEGRADED" and component["lastError"]
        raise AssertionError("no cluster %s" % cluster)

    def test_jobs_with_one_id_are_told_apart_and_one_controller_away_is_the_others_no_harm(self):
        # So that ids meet.
        ids = [self.fail_job(c, "first", "first-%s.out" % i) for i, c in enumerate((self.alps, self.jura))]
        self.assertEqual(ids[0], ids[1])
        # What -M heads its output with, as the name of a job.
        odd = self.fail_job(self.jura, "CLUSTER: jura", "odd.out")
        with self.smonsvc() as service:
            for i, cluster in enumerate(("alps", "jura")):
                run = self.wait_until_delivered(service, cluster, ids[0])
                self.assertEqual(run["state"], "FAILED")
                self.assertEqual(run["exitCode"], 3)
                self.assertEqual(run["stdoutPath"], os.path.join(self.logs, "first-%d.out" % i))
            run = self.wait_until_delivered(service, "jura", odd)
            self.assertEqual(run["name"], "CLUSTER: jura")
            clusters = {c["name"]: c for c in service.get_json("/v1/clusters")["clusters"]}
            self.assertEqual(list(clusters), ["alps", "jura"])

            self.jura.daemon("slurmctld", "pause")
            self.addCleanup(self.jura.daemon, "slurmctld", "cont")
            job = self.fail_job(self.alps, "meanwhile", "meanwhile.out")
            self.wait_until_delivered(service, "alps", job)
            wait_for(
                lambda: "Socket timed out" in (self.slurm_error(service, "jura") or ""),
                90,
                lambda: "jura times out: %s" % service.get("/v1/health")[1],
            )
            self.assertFalse(self.slurm_error(service, "alps"))
            self.jura.daemon("slurmctld", "cont")
            wait_for(lambda: not self.slurm_error(service, "jura"), 90, "jura is back")

    def test_without_slurmdbd_the_cluster_of_slurm_conf_is_read(self):
        with self.smonsvc() as service:
            wait_for(lambda: not self.slurm_error(service, "jura"), 30, "jura answers")
            self.alps.daemon("slurmdbd", "stop")
            self.addCleanup(self.start_slurmdbd)
            wait_for(
                lambda: "Problem talking to database" in (self.slurm_error(service, "jura") or ""),
                60,
                lambda: "jura is away: %s" % service.get("/v1/health")[1],
            )
            job = self.fail_job(self.alps, "without", "without.out")
            self.wait_until_delivered(service, "alps", job)
            self.assertFalse(self.slurm_error(service, "alps"))
            self.start_slurmdbd()
            job = self.fail_job(self.jura, "again", "again.out")
            self.wait_until_delivered(service, "jura", job)

    def start_slurmdbd(self):
        try:
            self.alps.daemon("slurmdbd", "pid")
        except subprocess.CalledProcessError:  # it does not run
            self.alps.daemon("slurmdbd", "start")


if __name__ == "__main__":
    unittest.main()
