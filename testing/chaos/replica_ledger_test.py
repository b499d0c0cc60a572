"""The ledger of tools/chaos --replicas tells what is wrong, and only that."""

import json
import unittest

from testing.chaos.attrsvc_door import Request, RequestJournal
from testing.chaos.outage import Outage, Pause
from testing.chaos.replica_ledger import ReplicaLedger
from testing.chaos.shared_store import Witnessed
from testing.chaos.store_copy import COMPLETED, StoreCopy, StoredRun
from testing.chaos.workload import Run

KEY = ("1", 1000)
LOG = "/logs/1"
LIMIT = 5


def post(replica, received, ended=None, status=200, log=LOG):
    request = Request(replica, "POST", log)
    request.received, request.ended, request.status = received, ended or received, status
    return request


def outage(victim, begun, ended, stops_polling=True, loses_answers=True):
    result = Outage("fault", None)
    result.victim, result.begun, result.ended = victim, begun, ended
    result.stops_polling, result.loses_answers = stops_polling, loses_answers
    return result


def stored(answer, phase=COMPLETED):
    return StoredRun("FAILED", phase, LOG, 1, 1, "", answer)


class ReplicaLedgerTest(unittest.TestCase):
    def setUp(self):
        run = Run(1, KEY[0], KEY[1], LOG)
        run.state, run.end, run.told = "FAILED", 1060, 1060
        self.runs = {KEY: run}
        self.ledger = ReplicaLedger()

    def assert_well(self):
        self.assertEqual(self.ledger.faults, [])

    def assert_fault(self, pattern):
        self.assertRegex("\n".join(self.ledger.faults), pattern)

    def duplicates(self, posts, *outages):
        self.ledger.judge_duplicates({LOG: 1}, posts, outages)
        return self.ledger.duplicates

    def test_a_log_that_is_sent_once_is_no_duplicate(self):
        self.assertEqual(self.duplicates([post("a", 100), post("a", 100, status=500)]), 0)
        self.assert_well()

    def test_what_was_in_flight_when_its_replica_was_struck_may_come_again(self):
        struck = outage("a", 100.3, 109)
        self.assertEqual(self.duplicates([post("a", 100, 100.2), post("b", 107)], struck), 1)
        self.assertEqual(self.ledger.excused[struck], 1)
        self.assert_well()

    def test_not_so_when_another_replica_was_struck(self):
        self.assertEqual(self.duplicates([post("a", 100), post("b", 107)], outage("b", 100, 109)), 1)
        self.assert_fault("sent at .*, and in flight were 0")

    def test_nor_when_it_was_struck_much_later_or_before(self):
        self.duplicates([post("a", 100), post("b", 107)], outage("a", 104, 109), outage("a", 90, 99))
        self.assert_fault("sent at .*, and in flight were 0")

    def test_nor_when_attrsvc_had_said_no(self):
        self.duplicates([post("a", 100), post("b", 107)], outage(None, 100, 109, loses_answers=False))
        self.assert_fault("sent at .*, and in flight were 0")

    def test_what_it_was_about_to_send_when_it_was_paused_may_come_once_it_wakes_up(self):
        paused = Pause("pause", None)
        paused.victim, paused.begun, paused.ended = "b", 99, 108
        self.assertEqual(self.duplicates([post("a", 103), post("b", 108.1)], paused), 1)
        self.assertEqual(self.ledger.excused[paused], 1)
        self.assert_well()
        self.duplicates([post("a", 103), post("b", 109.5)], paused)
        self.assert_fault("sent at 103.000 by a, 109.500 by b, and in flight were 0")

    def test_a_pause_that_never_came_excuses_nothing(self):
        paused = Pause("pause", None)
        paused.victim, paused.ended = "b", 108
        self.duplicates([post("a", 103), post("b", 108.1)], paused)
        self.assert_fault("in flight were 0")

    def test_but_not_when_it_was_killed_and_came_back(self):
        self.duplicates([post("a", 103), post("b", 108.1)], outage("b", 99, 108))
        self.assert_fault("in flight were 0")

    def test_a_fault_does_not_excuse_more_than_there_may_be_in_flight(self):
        logs = ["/logs/%d" % number for number in range(33)]
        posts = [post("a", 100, log=log) for log in logs] + [post("b", 107, log=log) for log in logs]
        self.ledger.judge_duplicates(dict.fromkeys(logs, 1), posts, [outage("a", 100, 109)])
        self.assert_fault("33 requests of a were in flight")

    def failover(self, polls, *outages):
        self.ledger.judge_failovers("round", outages, polls)
        return self.ledger.failovers

    def test_a_failover_takes_until_another_one_polls(self):
        polls = [(99, "a"), (101, "a"), (107, "b"), (108, "b")]
        self.assertEqual(self.failover(polls, outage("a", 100, 109)), [7])
        self.assert_well()

    def test_one_that_takes_too_long_is_told(self):
        self.failover([(99, "a"), (111, "b")], outage("a", 100, 109))
        self.assert_fault("nobody polled for 11.0 s")

    def test_without_a_database_nobody_takes_over(self):
        polls = [(99, "a"), (111, "b")]
        self.assertEqual(self.failover(polls, outage("a", 100, 109), outage(None, 101, 104)), [7])
        self.assert_well()

    def test_a_standby_that_is_struck_needs_none(self):
        self.assertEqual(self.failover([(99, "a"), (101, "a")], outage("b", 100, 109)), [])

    def test_nor_does_a_poller_that_goes_on_itself(self):
        self.assertEqual(self.failover([(99, "a"), (102.5, "a"), (150, "b")], outage("a", 100, 102)), [])

    def test_polls_by_two_at_once_are_told(self):
        self.ledger.judge_polls([], [(100, "a"), (101, "b"), (102, "a")])
        self.assertEqual(self.ledger.polls_by_two, 2)
        self.assert_fault("a polled at 100.000 and b at 101.000, and nothing had befallen a")

    def test_one_that_was_struck_is_followed_by_another(self):
        self.ledger.judge_polls([outage("a", 101, 109)], [(100, "a"), (107, "b"), (108, "b")])
        self.assert_well()

    def test_but_has_to_be_silent_then(self):
        self.ledger.judge_polls([outage("a", 101, 109)], [(100, "a"), (107, "b"), (109, "a"), (110, "b")])
        self.assert_fault("nothing had befallen b")

    LEASES = [(0, "a"), (106, None), (106, "b")]

    def test_a_poll_without_the_lease_is_told(self):
        self.ledger.judge_leases([], [(100, "a"), (105, "a"), (106.2, "a"), (108, "b")], self.LEASES)
        self.assert_well()
        self.ledger.judge_leases([], [(107, "a")], self.LEASES)
        self.assert_fault("a polled at 107.000, and the lease was held by .'b'.")
        self.assertEqual(self.ledger.polls_by_two, 1)

    def test_so_is_one_before_it_had_the_lease(self):
        self.ledger.judge_leases([], [(104, "b")], self.LEASES)
        self.assert_fault("b polled at 104.000")

    def test_a_poll_that_a_pause_held_up_may_come_late_once_it_is_over(self):
        self.ledger.judge_leases([outage("a", 99, 110)], [(110.5, "a")], self.LEASES)
        self.assert_well()
        self.ledger.judge_leases([outage("a", 99, 110)], [(112, "a")], self.LEASES)
        self.assert_fault("a polled at 112.000")

    def test_a_rate_that_is_multiplied_is_told(self):
        self.ledger.judge_rate([post("a", 100 + n / LIMIT) for n in range(200)], LIMIT)
        self.assert_well()
        self.assertAlmostEqual(self.ledger.top_rate, LIMIT, delta=0.2)
        self.ledger.judge_rate([post("a", 100 + n / LIMIT / 2) for n in range(200)], LIMIT)
        self.assert_fault("requests within 10 s, at 5 a second")

    def test_a_verdict_that_is_replaced_is_told(self):
        self.ledger.after_round("1", self.runs, StoreCopy({KEY: stored("first")}, None))
        self.ledger.after_round("2", self.runs, StoreCopy({KEY: stored("first")}, None))
        self.assert_well()
        self.ledger.after_round("3", self.runs, StoreCopy({KEY: stored("stale")}, None))
        self.assert_fault("the answer of run .* was 'first', and is 'stale'")
        self.assertEqual(self.ledger.overwritten, 1)

    def test_so_is_one_that_only_the_witness_has_seen(self):
        self.ledger.judge_witness(Witnessed([], {1: ["same", "same"]}))
        self.assert_well()
        self.ledger.judge_witness(Witnessed([(1, 3)], {1: ["first", "stale"]}))
        self.assert_fault("job 1 was over, and then in phase 3")
        self.assert_fault("job 1 had the answers")
        self.assertEqual(self.ledger.overwritten, 2)

    def end(self, journal, answer):
        store = StoreCopy({KEY: stored(answer)}, None)
        self.ledger.judge_end(self.runs, {LOG: 1}, store, journal.answer)

    def test_the_answer_has_to_be_as_attrsvc_gave_it_of_this_log(self):
        journal = RequestJournal()
        answer = journal.number(Request("a", "GET", LOG), b'{"status": "completed"}').decode()
        self.assertEqual(json.loads(answer)["answer_number"], 0)
        self.end(journal, answer)
        self.assert_well()
        self.end(journal, answer.replace("completed", "complete"))
        self.assert_fault("of run .* the answer is")

    def test_an_answer_of_another_log_is_told(self):
        journal = RequestJournal()
        self.end(journal, journal.number(Request("a", "GET", "/logs/2"), b"{}").decode())
        self.assert_fault("of run .* the answer is")


if __name__ == "__main__":
    unittest.main()
