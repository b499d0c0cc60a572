"""The bench of replicas runs to its end; not how fast."""

import unittest

from testing.bench.replicas_bench import measure


class ReplicasBenchTest(unittest.TestCase):
    def test_two_replicas_deliver_all(self):
        for rate in measure(replicas=2, jobs=20, latency=0.05):
            self.assertGreater(rate, 0)


if __name__ == "__main__":
    unittest.main()
