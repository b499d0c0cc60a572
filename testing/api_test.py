"""The gRPC API as a client sees it that is not ours: Debian's python3-grpcio.

Everything but the health check is called with what the server's own reflection
tells: no generated code, and no .proto file but reflection's and health's.
"""

import grpc

from testing.reflection_client import REFLECTION, Client
from testing.standin_case import StandinCase
from testing.waiting import wait_for

SERVICE = "smon.v1.MonitorService"


class ApiTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url)
        self.client = Client(self.service.grpc_address)
        self.addCleanup(self.client.channel.close)
        self.client.add_proto("grpc/health/v1/health.proto")
        self.client.learn(SERVICE)

    def check(self, service):
        answer = self.client.call("grpc.health.v1.Health", "Check", service=service)
        return answer.DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[answer.status].name

    def monitor(self, rpc, **fields):
        return self.client.call(SERVICE, rpc, **fields)

    def assert_refused(self, code, details, rpc, **fields):
        with self.assertRaises(grpc.RpcError) as raised:
            self.monitor(rpc, **fields)
        self.assertEqual(raised.exception.code(), code)
        self.assertRegex(raised.exception.details(), details)

    def test_health_of_the_whole_and_of_each_part(self):
        self.wait_for_polls(self.service, 1)
        for name in ("", SERVICE, "slurm", "attrsvc", "store"):
            with self.subTest(name=name):
                wait_for(lambda: self.check(name) == "SERVING", 10, "%r serves" % name)
        with self.assertRaises(grpc.RpcError) as raised:
            self.check("no.such.Service")
        self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)

        self.slurm.set_fault("squeue", preset="controller_down")
        wait_for(lambda: self.check("slurm") == "NOT_SERVING", 30, "slurm does not serve")
        self.assertEqual(self.check(""), "SERVING")
        self.slurm.clear_faults()
        wait_for(lambda: self.check("slurm") == "SERVING", 30, "slurm serves again")

    def test_reflection_lists_the_services_and_describes_them(self):
        answer = self.client.reflect(list_services="")
        names = [service.name for service in answer.list_services_response.service]
        self.assertLessEqual({SERVICE, REFLECTION, "grpc.health.v1.Health"}, set(names))
        methods = self.client.pool.FindServiceByName(SERVICE).methods_by_name
        self.assertIn("ListJobs", methods)
        missing = self.client.reflect(file_containing_symbol="no.such.Symbol")
        self.assertEqual(missing.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])

    def test_jobs_are_listed_filtered_and_paged(self):
        for raw_id in (1, 2, 3):
            self.add_ended_job(raw_id)
        self.add_job(4, user="bob")
        self.wait_until_known(self.service, list("1234"))
        self.assertEqual({job.job_id for job in self.monitor("ListJobs").jobs}, set("1234"))
        job = self.client.message("smon.v1.Job")
        failed = job.DESCRIPTOR.enum_values_by_name["FAILED"].number
        first = self.monitor("ListJobs", states=[failed], page_size=2)
        self.assertEqual(len(first.jobs), 2)
        second = self.monitor("ListJobs", states=[failed], page_size=2, page_token=first.next_page_token)
        self.assertEqual(second.next_page_token, "")
        self.assertEqual(sorted(j.job_id for j in [*first.jobs, *second.jobs]), ["1", "2", "3"])
        self.assertEqual([j.job_id for j in self.monitor("ListJobs", user="bob").jobs], ["4"])
        self.assertEqual(len(self.monitor("ListJobs", name="^tr.in$").jobs), 4)

    def test_a_job_its_history_and_its_result(self):
        self.add_ended_job(1)
        self.service.wait_until_phase(["1"])
        self.assertEqual(len(self.monitor("GetJob", job_id="1").history), 0)
        full = self.client.message("smon.v1.GetJobRequest").DESCRIPTOR.enum_values_by_name["FULL"].number
        job = self.monitor("GetJob", job_id="1", view=full)
        text = "\n".join(entry.text for entry in job.history)
        for step in ("seen by ", "log path " + self.log_path(1), "submit: attrsvc answered 200", "verdict: STOP"):
            self.assertIn(step, text)
        result = self.monitor("GetResult", job_id="1")
        self.assertEqual(result.content_type, "application/json")
        self.assertEqual(result.data.decode(), self.service.get("/v1/jobs/1/result")[1])

    def test_what_cannot_be_answered_is_refused_with_the_right_code_and_a_reason(self):
        codes = grpc.StatusCode
        self.add_job(1)
        self.wait_until_known(self.service, ["1"])
        for rpc in ("GetJob", "GetResult", "ResubmitJob"):
            self.assert_refused(codes.NOT_FOUND, "99_1", rpc, job_id="99_1")
            self.assert_refused(codes.INVALID_ARGUMENT, "job_id", rpc)
        self.assert_refused(codes.NOT_FOUND, "has not ended", "GetResult", job_id="1")
        self.assert_refused(codes.INVALID_ARGUMENT, "page_token", "ListJobs", page_token="nonsense")
        self.assert_refused(codes.INVALID_ARGUMENT, "page_size", "ListJobs", page_size=-1)
        self.assert_refused(codes.INVALID_ARGUMENT, "name", "ListJobs", name="(")
        self.assert_refused(codes.INVALID_ARGUMENT, "order_by", "ListJobs", order_by="colour")
        self.assert_refused(codes.INVALID_ARGUMENT, "states", "ListJobs", states=[12345])

    def test_notifying_answers_at_once_whether_slurm_has_the_job_or_not(self):
        for job_id in ("99", "99_3", "99+1"):
            self.monitor("NotifyJob", job_id=job_id)
        for job_id in ("", "99_[1-3]", "99.batch", "-1", "x"):
            self.assert_refused(
                grpc.StatusCode.INVALID_ARGUMENT, "job_id", "NotifyJob", job_id=job_id
            )
        self.assert_refused(
            grpc.StatusCode.INVALID_ARGUMENT, "cluster", "NotifyJob", job_id="1", cluster="elsewhere"
        )

    def test_attrsvc_statistics_come_as_attrsvc_gave_them(self):
        answer = self.monitor("GetAttrsvcStats")
        self.assertEqual(answer.content_type, "application/json")
        # The stand-in's words, without a space.
        self.assertRegex(answer.data.decode(), r'^\{"stand_in":true,"logs":\{.*\},"requests":\d+\}$')
        self.assertRegex(self.service.get("/v1/attrsvc/stats")[1], r'^\{"stand_in":true,')
        self.attrsvc.stop()
        self.assert_refused(grpc.StatusCode.UNAVAILABLE, "attrsvc", "GetAttrsvcStats")
