"""Old jobs are removed from the store, and are not taken for new ones afterwards."""

import contextlib
import os
import sqlite3

from testing.standin_case import StandinCase
from testing.waiting import wait_for

DAY_MICROS = 86400 * 10**6


class StoreRetentionTest(StandinCase):
    def age_job(self, service, job_id, days):
        """As if the job had ended so many days earlier; the service is stopped."""
        path = os.path.join(service.folder, "smon.db")
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "UPDATE jobs SET end_time = end_time - :by, end_sort = end_sort - :by"
                " WHERE job_id = :id",
                {"by": days * DAY_MICROS, "id": job_id},
            )

    def test_a_job_older_than_the_age_goes_once_slurm_has_forgotten_it(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, retention_age="30d")
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        service.wait_until_phase(["1", "2", "3"])
        service.stop()
        for job_id, days in (("1", 31), ("2", 32), ("3", 29)):
            self.age_job(service, job_id, days)
        self.slurm.remove_job(1)
        # slurmctld still holds 2, and so might hold what ended after it.
        self.slurm.update_job(2, end=self.slurm.job(2)["end"] - 32 * 86400)
        service.start()
        self.wait_for_polls(service, 2)
        self.assertEqual(set(service.jobs()), {"1", "2", "3"})

        self.slurm.remove_job(2)
        wait_for(lambda: set(service.jobs()) == {"3"}, 30, lambda: "removed: %s" % service.jobs())
        self.assertEqual(
            service.get_json("/v1/stats")["retention"],
            {"removedByAge": "2", "removedByCount": "0"},
        )
        self.assertEqual(service.get("/v1/jobs/1")[0], 404)
        service.wait_for_log("old jobs removed from the store")
        self.assert_sent_once(attrsvc, [1, 2, 3])

    def test_of_too_many_jobs_none_goes_that_slurm_may_tell_of_again(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, retention_jobs=1)
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        service.wait_until_phase(["1", "2"])
        self.slurm.remove_job(1)
        self.wait_for_polls(service, 2)
        self.assertEqual(set(service.jobs()), {"1", "2"})
        service.stop()
        self.age_job(service, "1", 3)
        service.start()
        wait_for(lambda: set(service.jobs()) == {"2"}, 30, lambda: "removed: %s" % service.jobs())
        self.assertEqual(service.get_json("/v1/stats")["retention"]["removedByCount"], "1")
