"""What smonsvc makes of a Slurm that fails, has no accounting, or lies."""

import json

from testing.standin_case import StandinCase
from testing.waiting import wait_for


class SlurmFaultsTest(StandinCase):
    def states(self, service):
        return {id: job["state"] for id, job in service.jobs().items()}

    def wait_until_health(self, service, status):
        wait_for(lambda: service.get("/healthz")[0] == status, 30, "/healthz answers %d" % status)
        return service.get_json("/healthz")

    def test_an_outage_of_slurmctld_degrades_health_and_ends_no_job(self):
        # Without accounting, what is missing in two polls is taken to be gone.
        self.slurm.set_cluster(accounting=False)
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_job(1)
        self.wait_until_known(service, ["1"])

        self.slurm.set_fault("squeue", preset="controller_down")
        health = self.wait_until_health(service, 503)
        self.assertEqual(health["status"], "degraded")
        self.assertIs(health["slurm_healthy"], False)
        self.assertIs(health["attrsvc_healthy"], True)
        self.assertRegex(health["issues"][0], r"^squeue_failure_rate=\d+\.\d%$")
        self.wait_for_polls(service, 3, "failed")
        self.assertEqual(self.states(service), {"1": "RUNNING"})

        self.slurm.clear_faults()
        health = self.wait_until_health(service, 200)
        self.assertEqual((health["status"], health["slurm_healthy"]), ("ok", True))
        self.assertNotIn("issues", health)
        self.assertEqual(self.states(service), {"1": "RUNNING"})
        self.end_job(1)
        service.wait_until_phase(["1"])
        self.assert_sent_once(attrsvc, [1])

    def test_an_answer_that_is_cut_off_ends_no_job(self):
        self.slurm.set_cluster(accounting=False)
        service = self.start_service(self.start_attrsvc().url)
        self.add_job(1)
        self.add_job(2)
        self.wait_until_known(service, ["1", "2"])
        for fault in ({"truncate_bytes": 150}, {"garbage_bytes": 4000}, {"signal": 9, "empty": True}):
            with self.subTest(fault=fault):
                self.slurm.set_fault("squeue", **fault)
                self.wait_for_polls(service, 3, "failed")
                self.assertEqual(self.states(service), {"1": "RUNNING", "2": "RUNNING"})
                self.slurm.clear_faults()
                self.wait_for_polls(service, 1)

    def test_a_partition_that_vanished_ends_no_job(self):
        self.slurm.set_cluster(accounting=False)
        service = self.start_service(self.start_attrsvc().url)
        self.add_job(1)
        self.wait_until_known(service, ["1"])

        self.slurm.set_cluster(partitions=["other"])
        self.slurm.update_job(1, partition="other")  # squeue -p batch: nothing, status 0
        self.assertIs(self.wait_until_health(service, 503)["slurm_healthy"], False)
        self.wait_for_polls(service, 3, "failed")
        self.assertEqual(self.states(service), {"1": "RUNNING"})
        self.assertIn("partition 'batch' is gone from Slurm", service.get("/v1/health")[1])

        self.slurm.set_cluster(partitions=["batch"])
        self.slurm.update_job(1, partition="batch")
        self.wait_until_health(service, 200)
        self.assertEqual(self.states(service), {"1": "RUNNING"})

    def test_a_partition_without_jobs_is_no_fault(self):
        self.slurm.set_cluster(accounting=False)
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_job(1)
        self.wait_until_known(service, ["1"])
        self.slurm.purge_job(1)
        jobs = service.wait_until_phase(["1"])
        self.assertEqual(jobs["1"]["state"], "FINISHED")
        self.assertEqual(service.get("/healthz")[0], 200)
        self.assert_sent_once(attrsvc, [1])

    def test_without_slurmdbd_the_queue_still_tells_who_ended(self):
        attrsvc = self.start_attrsvc()
        self.slurm.set_fault("sacct", preset="dbd_down")
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        self.add_ended_job(2, in_queue=False)
        jobs = service.wait_until_phase(["1"])
        self.assertEqual(sorted(jobs), ["1"])
        wait_for(
            lambda: service.get_json("/healthz").get("issues") == ["accounting_unavailable"],
            30,
            "health tells of accounting",
        )
        self.assertEqual(service.get("/healthz")[0], 200, "no reason to restart smonsvc")
        self.assertEqual(service.get_json("/v1/health")["status"], "DEGRADED")

        self.slurm.clear_faults()
        service.wait_until_phase(["2"])
        self.wait_until_health(service, 200)
        self.assert_sent_once(attrsvc, [1, 2])

    def test_a_site_without_accounting_is_served_and_healthy(self):
        self.slurm.set_cluster(accounting=False)
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        job = service.wait_until_phase(["1"])["1"]
        self.assertEqual((job["state"], job["exitCode"]), ("FAILED", 1))
        self.assert_sent_once(attrsvc, [1])
        self.assertEqual(service.get("/healthz")[0], 200)
        self.assertEqual(self.slurm.calls("sacct"), [])

    def test_a_poll_costs_at_most_three_commands_however_many_jobs_there_are(self):
        fields = {
            "user": "alice", "name": "train", "submit": 1000000000, "start": 1000000001,
            "work_dir": self.logs, "batch_host": "node1",
        }  # fmt: skip
        self.slurm.generate_jobs(200, 1000, **fields)
        service = self.start_service(self.start_attrsvc().url)
        for raw_id in range(1, 51):
            self.add_ended_job(raw_id)
        for raw_id in range(51, 101):
            self.add_ended_job(raw_id, in_queue=False)
        wait_for(lambda: len(service.jobs()) == 300, 60, "300 jobs are known")
        self.wait_for_polls(service, 1)

        def polls_and_calls():
            polls = int(service.get_json("/v1/stats")["polls"]["completed"])
            return polls, len(self.slurm.calls())

        polls, calls = polls_and_calls()
        self.wait_for_polls(service, 5)
        polls_later, calls_later = polls_and_calls()
        # A poll may have been under way, both times.
        self.assertLessEqual(calls_later - calls, 3 * (polls_later - polls + 1))
        stats = service.get_json("/stats")["slurm"]
        self.assertEqual(stats["scontrol_calls"], 1)
        self.assertLessEqual(len(self.slurm.calls("sinfo")), 2)

    def test_a_start_with_its_first_poll_costs_at_most_six_commands(self):
        for raw_id in range(1, 51):
            self.add_ended_job(raw_id, user="daemon")  # a user that every host has
        self.slurm.set_cluster(users={"daemon": 1})
        service = self.start_service(self.start_attrsvc().url, interval=600, user="daemon")
        wait_for(
            lambda: service.get_json("/v1/stats")["polls"]["completed"] == "1", 30, "the first poll"
        )
        self.assertEqual(len(service.jobs()), 50)
        calls = [call["argv"] for call in self.slurm.calls()]
        self.assertLessEqual(len(calls), 6, calls)

    def test_options_in_the_environment_of_the_service_change_nothing(self):
        env = {
            "SQUEUE_FORMAT": "%i", "SQUEUE_STATES": "PENDING", "SQUEUE_PARTITION": "other",
            "SACCT_FORMAT": "JobID", "SLURM_TIME_FORMAT": "%c", "SLURM_CLUSTERS": "elsewhere",
            "TZ": "Asia/Tokyo",
        }  # fmt: skip
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, env=env)
        self.add_ended_job(1)
        self.add_ended_job(2, in_queue=False)
        jobs = service.wait_until_phase(["1", "2"])
        self.assertEqual(jobs["1"]["submitTime"][-1], "Z")
        self.assert_sent_once(attrsvc, [1, 2])
        seen = json.dumps(self.slurm.calls("squeue")[-1]["env"])
        self.assertNotIn("SQUEUE", seen)

    def test_text_that_is_no_record_is_shown_and_costs_no_job(self):
        attrsvc = self.start_attrsvc()
        self.slurm.set_fault("squeue", stdout_before="squeue: warning: odd \x1b[31mthing\n")
        service = self.start_service(attrsvc.url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        self.assert_sent_once(attrsvc, [1])
        slurm = service.get_json("/v1/stats")["slurm"]
        (record,) = slurm["malformed"]
        self.assertEqual(record["command"], "squeue")
        self.assertEqual(record["text"], r"squeue: warning: odd \x1b[31mthing")
        self.assertEqual(record["times"], slurm["malformedRecords"])
        shown = service.smonctl("stats").stdout
        self.assertIn(record["text"], shown)
        squeue = next(c for c in slurm["commands"] if c["name"] == "squeue")
        self.assertGreater(int(squeue["calls"]), 0)
        self.assertGreaterEqual(squeue["longestSeconds"], squeue["lastSeconds"])
        self.assertGreater(squeue["totalSeconds"], 0)

    def test_an_interval_that_is_longer_than_slurmctlds_memory_is_warned_of(self):
        self.slurm.set_cluster(min_job_age=10)
        service = self.start_service(self.start_attrsvc().url, interval=30)
        self.assertIn("slurmctld forgets ended jobs sooner", service.log())
        service.stop()
        service = self.start_service(self.start_attrsvc().url, interval=10)
        self.assertNotIn("slurmctld forgets", service.log())

    def two_tasks_with_one_log(self):
        path = self.logs + "/all-20.out"
        with open(path, "w") as log:
            log.write("step 1\n")
        for task in (1, 2):
            self.add_job(200 + task, array_job_id=20, array_task_id=task, stdout=path)

    def test_tasks_that_share_a_log_are_one_submission_once_the_last_has_ended(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        self.two_tasks_with_one_log()
        self.wait_until_known(service, ["20_1", "20_2"])
        self.end_job(201)
        wait_for(lambda: self.states(service)["20_1"] == "FAILED", 30, "the first has ended")
        self.wait_for_polls(service, 2)
        self.assertEqual(service.jobs()["20_1"]["delivery"]["phase"], "WAITING")
        self.assertEqual(attrsvc.requests("POST"), [])
        service.stop()
        service.start()
        self.end_job(202)
        jobs = service.wait_until_phase(["20_1", "20_2"])
        self.assertEqual([r["job_id"] for r in attrsvc.requests("POST")], ["20_1"])
        self.assertEqual(jobs["20_2"]["logJobId"], "20_1")
        self.assertEqual(jobs["20_2"]["verdict"]["action"], jobs["20_1"]["verdict"]["action"])

    def test_asked_to_each_task_sends_the_log_that_it_shares(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, shared_log="each")
        self.two_tasks_with_one_log()
        self.wait_until_known(service, ["20_1", "20_2"])
        self.end_job(201)
        service.wait_until_phase(["20_1"])
        self.end_job(202)
        service.wait_until_phase(["20_1", "20_2"])
        self.assertEqual([r["job_id"] for r in attrsvc.requests("POST")], ["20_1", "20_2"])
