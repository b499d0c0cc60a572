"""smonctl doctor against a smonsvc on the stand-ins: it names what is wrong, and only that."""

import json
import unittest

from testing.standin_case import StandinCase
from testing.waiting import wait_for


class DoctorTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()

    def doctor(self, service, *args):
        """(exit status, {name: finding}) of what smonctl says."""
        done = service.smonctl("doctor", "-o", "json", *args)
        self.assertEqual(done.stderr, "")
        findings = json.loads(done.stdout)["findings"]
        return done.returncode, {finding["name"]: finding for finding in findings}

    def levels(self, findings, level):
        return {name for name, finding in findings.items() if finding["level"] == level}

    def test_all_is_well(self):
        service = self.start_service(self.attrsvc.url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        self.slurm.clear_calls()
        status, findings = self.doctor(service)
        self.assertEqual(self.levels(findings, "FAILURE"), set(), findings)
        self.assertEqual(status, 0)
        # The disk here may be nearly full.
        self.assertLessEqual(self.levels(findings, "WARNING"), {"store"}, findings)
        self.assertRegex(findings["slurm"]["text"], r"^Slurm \d+\.\d+\.\d+ answers, cluster \S+$")
        self.assertIn("watched: batch", findings["partitions"]["text"])
        self.assertIn("sacct answers", findings["accounting"]["text"])
        self.assertIn(self.attrsvc.url, findings["attrsvc"]["text"])
        self.assertIn("smon.db: ", findings["store"]["text"])
        self.assertIn(service.grpc_address, findings["ports"]["text"])
        self.assertEqual(findings["log_access"]["text"], "1 of the last 1 logs can be read by this user")
        # It asks Slurm itself once, and not again for the next who ask.
        self.doctor(service)
        self.assertEqual(len(self.slurm.calls("scontrol")), 1)

    def test_each_part_that_is_away_is_a_failure_with_its_mend(self):
        service = self.start_service(self.attrsvc.url)
        self.wait_for_polls(service, 1)
        self.slurm.set_fault("scontrol", preset="controller_down")
        self.slurm.set_fault("squeue", preset="controller_down")
        self.attrsvc.stop()
        wait_for(
            lambda: service.get_json("/v1/health")["status"] == "DEGRADED", 30, "it is degraded"
        )
        status, findings = self.doctor(service)
        self.assertEqual(status, 1)
        self.assertLessEqual({"slurm", "polls", "attrsvc"}, self.levels(findings, "FAILURE"), findings)
        self.assertIn("Unable to contact slurm controller", findings["slurm"]["text"])
        self.assertIn("scontrol ping", findings["slurm"]["mend"])
        self.assertIn("--attrsvc_url", findings["attrsvc"]["mend"])

    def test_a_slurm_that_hangs_holds_it_up_for_so_long_only(self):
        service = self.start_service(self.attrsvc.url)
        self.wait_for_polls(service, 1)
        self.slurm.set_fault("scontrol", hang=True)
        status, findings = self.doctor(service)
        self.assertEqual(status, 1)
        self.assertEqual(findings["slurm"]["text"], "Slurm has not answered for 15s")

    def test_a_slurm_conf_that_does_not_fit_is_told(self):
        self.slurm.set_cluster(min_job_age=20, accounting=False)
        service = self.start_service(self.attrsvc.url, interval=60)
        status, findings = self.doctor(service)
        self.assertEqual(status, 0, findings)
        self.assertLessEqual({"accounting", "min_job_age"}, self.levels(findings, "WARNING"), findings)

    def test_for_people_it_is_a_line_for_each_check(self):
        service = self.start_service(self.attrsvc.url)
        done = service.smonctl("doctor")
        self.assertRegex(done.stdout, r"(?m)^OK       slurm +Slurm \d+")
        self.assertRegex(done.stdout, r"(?m)^\d+ checks: \d+ warnings?, 0 failures$")


if __name__ == "__main__":
    unittest.main()
