"""What errors say to programs: google.rpc.Status with details, the same over
gRPC and HTTP; and pages that only go on as they began."""

import json

import grpc

from testing.reflection_client import Client
from testing.standin_case import StandinCase

SERVICE = "smon.v1.MonitorService"


class ErrorDetailsTest(StandinCase):
    def setUp(self):
        super().setUp()
        attrsvc = self.start_attrsvc()
        self.service = self.start_service(attrsvc.url)
        self.client = Client(self.service.grpc_address)
        self.addCleanup(self.client.channel.close)
        self.client.learn(SERVICE)
        for name in ("google/rpc/status.proto", "google/rpc/error_details.proto"):
            self.client.learn_file(name)

    def monitor(self, rpc, **fields):
        return self.client.call(SERVICE, rpc, **fields)

    def details_of(self, rpc, **fields):
        """(code, {type: detail}) of the error that a call ends with."""
        with self.assertRaises(grpc.RpcError) as raised:
            self.monitor(rpc, **fields)
        trailers = dict(raised.exception.trailing_metadata())
        status = self.client.message("google.rpc.Status").FromString(trailers["grpc-status-details-bin"])
        self.assertEqual(status.code, raised.exception.code().value[0])
        self.assertEqual(status.message, raised.exception.details())
        details = {}
        for detail in status.details:
            name = detail.type_url.rpartition("/")[2]
            details[name] = self.client.message(name).FromString(detail.value)
        return raised.exception.code(), details

    def test_each_wrong_field_is_named(self):
        code, details = self.details_of("ListJobs", page_size=-1, name="(", order_by="colour", page_token="x")
        self.assertEqual(code, grpc.StatusCode.INVALID_ARGUMENT)
        fields = {v.field: v.description for v in details["google.rpc.BadRequest"].field_violations}
        self.assertEqual(sorted(fields), ["name", "order_by", "page_size", "page_token"])
        self.assertIn("must not be negative", fields["page_size"])
        self.assertEqual(details["google.rpc.ErrorInfo"].domain, "smonsvc")

    def test_what_was_asked_for_may_be_long_and_its_error_still_arrives(self):
        states = [99] * 200
        code, details = self.details_of("ListJobs", states=states, name="(" * 1000, order_by="é" * 100000, page_size=-1)
        self.assertEqual(code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("states", {v.field for v in details["google.rpc.BadRequest"].field_violations})
        for job_id in ("x" * 100000, "é" * 100000, "%" * 100000):
            code, details = self.details_of("GetJob", job_id=job_id)
            self.assertEqual(code, grpc.StatusCode.NOT_FOUND)
            self.assertEqual(details["google.rpc.ErrorInfo"].reason, "JOB_NOT_FOUND")
        # As many as fit into a request are refused in no time.
        code, details = self.details_of("ListJobs", states=[99] * 200000)
        self.assertEqual(code, grpc.StatusCode.INVALID_ARGUMENT)
        status, body = self.service.get("/v1/jobs/" + "x" * 5000)[:2]
        self.assertEqual((status, len(json.loads(body)["message"])), (404, 700))

    def test_a_job_that_is_not_known_is_told_from_a_result_that_is_not_there(self):
        self.add_job(1)
        self.wait_until_known(self.service, ["1"])
        for job_id, reason in (("99", "JOB_NOT_FOUND"), ("1", "NO_RESULT")):
            code, details = self.details_of("GetResult", job_id=job_id)
            self.assertEqual(code, grpc.StatusCode.NOT_FOUND)
            info = details["google.rpc.ErrorInfo"]
            self.assertEqual((info.reason, info.metadata["job_id"]), (reason, job_id))

    def test_a_resubmission_that_is_refused_says_why(self):
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        self.wait_until_known(self.service, ["1", "2"])
        for dry_run in (True, False):
            code, details = self.details_of("ResubmitJobs", name=".", max_jobs=1, dry_run=dry_run)
            self.assertEqual(code, grpc.StatusCode.FAILED_PRECONDITION)
            self.assertEqual(details["google.rpc.ErrorInfo"].reason, "TOO_MANY_JOBS")
        request_id = "123e4567-e89b-42d3-a456-426614174000"
        self.monitor("ResubmitJob", job_id="1", request_id=request_id)
        code, details = self.details_of("ResubmitJob", job_id="2", request_id=request_id)
        self.assertEqual(code, grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(details["google.rpc.ErrorInfo"].reason, "REQUEST_ID_REUSED")
        self.assertEqual(details["google.rpc.BadRequest"].field_violations[0].field, "request_id")

    def test_http_shows_the_same_details(self):
        status, body = self.service.get("/v1/jobs?page_size=-1")[:2]
        self.assertEqual(status, 400)
        details = {d["@type"].rpartition("/")[2]: d for d in json.loads(body)["details"]}
        self.assertEqual(details["google.rpc.BadRequest"]["fieldViolations"][0]["field"], "page_size")
        self.assertEqual(details["google.rpc.ErrorInfo"]["reason"], "INVALID_REQUEST")

    def test_a_token_goes_on_after_a_restart_and_only_with_its_own_request(self):
        for raw_id in range(1, 6):
            self.add_ended_job(raw_id)
        self.wait_until_known(self.service, list("12345"))
        first = self.monitor("ListJobs", page_size=2)
        self.add_job(6)
        self.wait_until_known(self.service, ["6"])
        self.service.stop()
        self.service.start()
        self.client = Client(self.service.grpc_address)
        self.addCleanup(self.client.channel.close)
        self.client.learn(SERVICE)
        ids = [job.job_id for job in first.jobs]
        token = first.next_page_token
        while token:
            page = self.monitor("ListJobs", page_size=2, page_token=token)
            ids += [job.job_id for job in page.jobs]
            token = page.next_page_token
        self.assertEqual(sorted(ids), list("12345"))
        changed = first.next_page_token[:-3] + "AAA"
        for fields in ({"page_token": first.next_page_token, "user": "bob"}, {"page_token": changed}):
            with self.assertRaises(grpc.RpcError) as raised:
                self.monitor("ListJobs", **fields)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
