"""attrsvc answers with an error: what is to be tried is tried until it passes, what is
final ends at once, and other logs go on meanwhile. The bodies and connections that
go wrong are in attrsvc_bad_answers_test.py, the rows in docs/DELIVERY.md."""

import email.utils
import time

from testing.faults_case import FaultsCase
from testing.faulty_attrsvc import answer, error, html
from testing.waiting import wait_for


class AttrsvcFaultsTest(FaultsCase):
    def test_500(self):
        self.check_that_it_passes(
            error(500, "internal_error", "out of luck"), "answered 500 internal_error: out of luck"
        )

    def test_503_job_limit_reached(self):
        self.check_that_it_passes(
            error(503, "job_limit_reached", "full"), "answered 503 job_limit_reached: full"
        )

    def test_404_then_found(self):
        not_found = error(404, "not_found", "no such file")
        self.check_that_it_passes(not_found, "answered 404 not_found: no such file", ["POST"])

    def test_404_of_a_log_that_was_taken(self):
        raw_id = next(self.ids)
        with self.attrsvc.faulty("GET", self.log_path(raw_id), error(404, "not_found")):
            self.add_ended_job(raw_id)
            wait_for(lambda: len(self.posts(raw_id)) == 2, 30, "it is sent again")
        self.service.wait_until_phase([str(raw_id)])

    def test_403_outside_root(self):
        self.check_that_it_is_final(
            error(403, "errorcode.outside_root", "not below /logs"),
            "answered 403 outside_root: not below /logs",
            "PERMISSION_DENIED",
        )

    def test_403_not_readable(self):
        begin = len(self.service.log())
        self.check_that_it_is_final(
            error(403, "NOT_READABLE", "permission denied"),
            "answered 403 not_readable: permission denied",
            "PERMISSION_DENIED",
        )
        # Where all users are watched it is nothing to be told of each time.
        self.assertNotIn("not_readable", self.service.log(begin))

    def test_422(self):
        detail = [{"loc": ["body", "user"], "msg": "too long", "type": "value_error"}]
        self.check_that_it_is_final(answer(422, {"detail": detail}), "too long", "OTHER")
        self.service.wait_for_log("ERROR.*answered 422")

    def test_html_error_page_with_502(self):
        self.check_that_it_passes(html(502), "answered 502")

    def test_html_error_page_with_200(self):
        self.check_that_it_passes(html(200), "answered 200 with a body that is not a JSON object")


class RateLimitTest(FaultsCase):
    """A service of its own, for a 429 holds up the whole lane."""

    def check_that_the_lane_waits(self, seconds, retry_after):
        """A 429 with a Retry-After that is made when it is sent."""

        def limit(handler):
            error(429, "rate_limited", Retry_After=retry_after())(handler)

        raw_id, other = next(self.ids), next(self.ids)
        before = self.service.get_json("/v1/stats")
        with self.attrsvc.faulty("POST", self.log_path(raw_id), limit):
            self.add_ended_job(raw_id)
            delivery = self.wait_for_error(raw_id, "answered 429 rate_limited")
            self.assertEqual(delivery["phase"], "PENDING")
        self.add_ended_job(other)
        self.service.wait_until_phase([str(raw_id), str(other)])
        limited = self.posts(raw_id)[0]["seconds"]
        waited = min(self.posts(id)[-1]["seconds"] for id in (raw_id, other)) - limited
        self.assertGreaterEqual(waited, seconds)
        self.assertLess(waited, 60)  # it was understood, not replaced by the most there is
        self.assertEqual([post["faulty"] for post in self.posts(raw_id)], [True, False])
        self.assertEqual(len(self.posts(other)), 1)
        # Each 429 halves the rate, which climbs back by itself.
        errors = [int(stats["httpErrors"]["rateLimited"]) for stats in (before, self.stats())]
        self.assertEqual(errors[1] - errors[0], 1)

    def stats(self):
        return self.service.get_json("/v1/stats")

    def test_429_with_retry_after_in_seconds(self):
        self.check_that_the_lane_waits(2.9, lambda: "3")

    def test_429_with_retry_after_as_an_http_date(self):
        # A date has no fractions of a second.
        date = lambda: email.utils.formatdate(time.time() + 4, usegmt=True)
        self.check_that_the_lane_waits(2.9, date)
