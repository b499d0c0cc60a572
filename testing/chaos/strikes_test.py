"""What the rounds of tools/chaos --replicas go through."""

import unittest

from testing.chaos.strikes import KINDS, Plan

FAILPOINTS = ["store.before_commit", "submit.after_send"]
SEED = 5


def strikes(number, replicas=3, rounds=100, seed=SEED):
    return Plan(number, rounds, replicas, FAILPOINTS, seed).strikes


class StrikesTest(unittest.TestCase):
    def test_a_seed_repeats_them(self):
        for number in range(1, 30):
            first, second = ([vars(s) for s in strikes(number)] for _ in range(2))
            self.assertEqual(first, second)
        self.assertNotEqual([vars(s) for s in strikes(1)], [vars(s) for s in strikes(1, seed=6)])

    def test_each_kind_comes_soon(self):
        kinds = {strike.kind for number in range(1, len(KINDS) + 1) for strike in strikes(number)}
        self.assertEqual(kinds, set(KINDS))

    def test_one_replica_is_left_in_peace(self):
        for number in range(1, 200):
            for replicas in (2, 3):
                struck = [s.target for s in strikes(number, replicas) if not is_common(s)]
                self.assertEqual(len(struck), len(set(struck)))
                self.assertLess(len(struck), replicas)
                self.assertLess(max(struck, default=0), replicas)

    def test_postgresql_restarts_once_at_a_time(self):
        for number in range(1, 200):
            self.assertLessEqual(sum("restart" in strike.kind for strike in strikes(number)), 1)

    def test_the_poller_is_struck_often(self):
        struck = sum(any(s.target == 0 for s in strikes(number) if not is_common(s)) for number in range(1, 101))
        self.assertGreater(struck, 45)


def is_common(strike):
    return "restart" in strike.kind or strike.kind == "attrsvc"


if __name__ == "__main__":
    unittest.main()
