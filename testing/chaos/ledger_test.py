"""The ledger of tools/chaos tells what is wrong, and only that."""

import unittest
from collections import Counter

from testing.chaos.ledger import Ledger
from testing.chaos.store_copy import COMPLETED, StoreCopy, StoredRun
from testing.chaos.workload import Run

PENDING = 2
KEY = ("1", 1000)
LOG = "/logs/1"


def stored(phase=COMPLETED, sent=1, answer="verdict", state="FAILED"):
    return StoredRun(state, phase, LOG, 1, sent, "", answer)


def pending():
    return stored(PENDING, sent=0, answer=None)


class LedgerTest(unittest.TestCase):
    def setUp(self):
        run = Run(1, KEY[0], KEY[1], LOG)
        run.state, run.end, run.told = "FAILED", 1060, 1060
        self.runs = {KEY: run}
        self.ledger = Ledger()

    def kill(self, run=None, posts=0, watermark=None):
        store = StoreCopy({KEY: run} if run else {}, watermark)
        self.ledger.after_kill("round", self.runs, {LOG: 1}, store, Counter({LOG: posts}))

    def end(self, run=None, posts=1):
        store = StoreCopy({KEY: run} if run else {}, None)
        self.ledger.at_the_end(self.runs, {LOG: 1}, store, Counter({LOG: posts}), {LOG: "verdict"})

    def assert_fault(self, pattern, lost):
        self.assertRegex("\n".join(self.ledger.faults), pattern)
        self.assertEqual(self.ledger.lost, lost)

    def test_all_is_well(self):
        self.kill()
        self.kill(pending())
        self.kill(stored(), posts=1, watermark=5000)
        self.end(stored(), posts=1)
        self.assertEqual(self.ledger.faults, [])
        self.assertEqual(self.ledger.duplicates, 0)

    def test_a_request_that_was_in_flight_at_a_kill_may_come_again(self):
        self.kill(pending(), posts=1)
        self.kill(pending(), posts=2)
        self.end(stored(), posts=3)
        self.assertEqual(self.ledger.faults, [])
        self.assertEqual(self.ledger.duplicates, 2)

    def test_one_that_was_not_may_not(self):
        self.kill(stored(), posts=1)
        self.end(stored(), posts=2)
        self.assert_fault("sent again, and not for a kill", lost=0)

    def test_nor_twice_in_one_life(self):
        self.kill(pending(), posts=2)
        self.assert_fault("sent 2 times in one life", lost=0)

    def test_an_ended_run_that_is_not_known_is_lost(self):
        self.end(None, posts=0)
        self.assert_fault("not in the store", lost=1)

    def test_so_is_one_that_is_not_delivered(self):
        self.end(pending(), posts=0)
        self.assert_fault("in phase 2", lost=1)

    def test_so_is_an_answer_that_is_not_as_it_came(self):
        self.end(stored(answer="verdikt"))
        self.assert_fault("'verdikt', not 'verdict'", lost=1)

    def test_a_run_of_another_state_is_told(self):
        self.end(stored(state="COMPLETED"))
        self.assert_fault("COMPLETED, not FAILED", lost=0)

    def test_a_run_that_is_gone_after_a_kill_is_lost(self):
        self.kill(pending())
        self.kill(None)
        self.assert_fault("gone from the store", lost=1)

    def test_so_is_an_answer_that_is_gone(self):
        self.kill(stored(), posts=1)
        self.kill(pending(), posts=1)
        self.assert_fault("what attrsvc said of run .* is gone", lost=1)

    def test_so_is_a_run_that_the_watermark_has_passed(self):
        self.kill(None, watermark=2000)
        self.assert_fault("behind the watermark and not known", lost=1)

    def test_an_answer_that_attrsvc_never_gave_is_told(self):
        self.kill(stored(), posts=0)
        self.assert_fault("never took", lost=1)

    def test_a_run_that_there_never_was_is_told(self):
        del self.runs[KEY]
        self.kill(pending())
        self.assert_fault("there is no run", lost=0)
