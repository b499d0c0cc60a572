"""Replicas on one PostgreSQL lose nothing, and do nothing twice, whatever befalls them."""

import io
import unittest

from testing.chaos.replicas import ReplicaChaos

ROUNDS = 6
REPLICAS = 3
SEED = 11


class ReplicasTest(unittest.TestCase):
    def test_faults_of_every_kind_lose_and_repeat_nothing(self):
        table = io.StringIO()
        with ReplicaChaos(ROUNDS, REPLICAS, SEED, table) as chaos:
            good = chaos.run()
        print(table.getvalue())
        self.assertTrue(good, table.getvalue())
        self.assertGreaterEqual(sum(outage.begun is not None for outage in chaos.outages), ROUNDS - 2)


if __name__ == "__main__":
    unittest.main()
