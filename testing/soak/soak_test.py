"""testing/soak: that a short run ends well, and that growth and losses are told."""

import io
import types
import unittest

from testing.soak.soak import Soak, faults, growth, steady_part


def samples(memory, files=None):
    files = files or [20] * len(memory)
    return [
        types.SimpleNamespace(seconds=100 * i, rss=rss * 2**20, files=count)
        for i, (rss, count) in enumerate(zip(memory, files))
    ]


class FaultsTest(unittest.TestCase):
    def test_growth_is_that_of_the_line(self):
        self.assertAlmostEqual(growth([0, 10, 20], [5, 7, 9]), 4)
        self.assertEqual(growth([3], [5]), 0)

    def test_a_flat_run_has_no_fault(self):
        self.assertEqual(faults(samples([100, 101] * 15), 0), [])

    def test_the_warm_up_does_not_count(self):
        self.assertEqual(faults(samples([10, 30, 60, 90] + [100] * 20), 0), [])

    def test_memory_that_grows_is_told(self):
        self.assertEqual(
            faults(samples([100 + 2 * i for i in range(30)]), 0), ["memory grows by 40.0 MiB in 2000 s"]
        )

    def test_files_that_grow_are_told(self):
        self.assertEqual(
            faults(samples([100] * 30, list(range(30))), 0), ["open files grow by 20 in 2000 s"]
        )

    def test_a_short_run_tells_nothing_of_growth(self):
        short = samples([10 * i for i in range(15)])
        self.assertEqual((steady_part(short), faults(short, 0)), ([], []))

    def test_lost_jobs_are_told(self):
        self.assertEqual(faults(samples([100] * 9), 3), ["3 jobs have no verdict"])


class ShortRunTest(unittest.TestCase):
    def test_all_jobs_of_a_short_run_get_their_verdict(self):
        out = io.StringIO()
        with Soak(15, 10, out) as soak:
            self.assertTrue(soak.run())
        self.assertRegex(out.getvalue(), r"\n1[0-9]\d jobs in .*, lost=0: too short to tell of growth\n$")
        self.assertGreater(len(soak.samples), 5)
