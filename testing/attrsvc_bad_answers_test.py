"""attrsvc's answers break off, drip, never end or are not what they say: each is bounded
in time and size, is tried again, and holds up no other log."""

from testing.faults_case import FaultsCase
from testing.faulty_attrsvc import (
    ACCEPTED,
    HTML,
    VERDICT,
    answer,
    drip,
    endless,
    hang,
    reset_in_mid_body,
)

# What a body of 1 GB may cost, at most; 16 MiB of it are read.
MOST_READ_BYTES = 64 << 20
MOST_GROWTH_KB = 256 << 10


class AttrsvcBadAnswersTest(FaultsCase):
    FLAGS = {"timeout": 2}

    def peak_kb(self):
        with open("/proc/%d/status" % self.service.pid, encoding="ascii") as status:
            fields = dict(line.split(":", 1) for line in status)
        return int(fields["VmHWM"].split()[0])

    def test_hang(self):
        self.check_that_it_passes(hang, "does not answer")

    def test_reset_in_mid_body(self):
        self.check_that_it_passes(reset_in_mid_body, "answered 200, but: ")

    def test_slow_drip(self):
        self.check_that_it_passes(drip, "answered 200, but: ")

    def test_1_gb_body_of_a_submission(self):
        before = self.peak_kb()
        self.check_that_it_passes(endless, "answered 200, but: ", ["POST"])
        self.assertLess(self.attrsvc.sent, MOST_READ_BYTES)
        self.assertLess(self.peak_kb() - before, MOST_GROWTH_KB)

    def test_1_gb_body_of_a_verdict(self):
        before = self.peak_kb()
        self.check_that_it_is_final(endless, "answered 200, but: ", "OTHER", "GET")
        self.assertLess(self.attrsvc.sent, MOST_READ_BYTES)
        self.assertLess(self.peak_kb() - before, MOST_GROWTH_KB)

    def test_wrong_content_type_of_what_is_json(self):
        raw_id = next(self.ids)
        accepted = answer(200, ACCEPTED, "text/html")
        verdict = answer(200, VERDICT, "application/octet-stream")
        with self.attrsvc.faulty("POST", self.log_path(raw_id), accepted):
            with self.attrsvc.faulty("GET", self.log_path(raw_id), verdict):
                self.add_ended_job(raw_id)
                self.assert_healthy_log_went_through(raw_id)

    def test_wrong_content_type_of_what_is_not(self):
        self.check_that_it_passes(
            answer(200, HTML), "answered 200 with a body that is not a JSON object"
        )
