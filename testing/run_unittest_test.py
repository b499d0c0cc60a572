"""run_unittest.py is right about what ran, also when it goes wrong."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
import xml.etree.ElementTree as ElementTree

_RUNNER = os.path.abspath("testing/run_unittest.py")


class RunUnittestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_module(self, source, **env):
        """Runs a test module; returns (exit status, output, XML's test cases)."""
        with open(os.path.join(self.folder, "sample.py"), "w") as module:
            module.write("import unittest\n" + textwrap.dedent(source))
        xml = os.path.join(self.folder, "test.xml")
        done = subprocess.run(
            [sys.executable, _RUNNER, "sample"],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "XML_OUTPUT_FILE": xml, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        cases = {}
        for case in ElementTree.parse(xml).getroot().iter("testcase"):
            cases[case.get("name")] = [child.tag for child in case]
        return done.returncode, done.stdout.decode(), cases

    def test_tells_passed_failed_broken_and_skipped_cases_apart(self):
        status, output, cases = self.run_module(
            """
            class T(unittest.TestCase):
                def test_good(self): pass
                def test_bad(self): self.assertEqual(1, 2)
                def test_broken(self): raise ValueError("odd")
                @unittest.skip("not here")
                def test_left_out(self): pass
            """
        )
        self.assertEqual(status, 1)
        self.assertIn("ValueError: odd", output)
        self.assertEqual(
            cases,
            {
                "test_good": [],
                "test_bad": ["failure"],
                "test_broken": ["error"],
                "test_left_out": ["skipped"],
            },
        )

    def test_passes_when_all_cases_do(self):
        status, _, cases = self.run_module(
            """
            class T(unittest.TestCase):
                def test_good(self): pass
            """
        )
        self.assertEqual((status, cases), (0, {"test_good": []}))

    def test_failed_subtest_fails_its_case(self):
        status, _, cases = self.run_module(
            """
            class T(unittest.TestCase):
                def test_each(self):
                    for i in range(3):
                        with self.subTest(i=i): self.assertNotEqual(i, 1)
            """
        )
        self.assertEqual((status, cases), (1, {"test_each": ["failure"]}))

    def test_failed_class_set_up_is_an_error(self):
        status, _, cases = self.run_module(
            """
            class T(unittest.TestCase):
                @classmethod
                def setUpClass(cls): raise OSError("no room")
                def test_good(self): pass
            """
        )
        self.assertEqual(status, 1)
        self.assertEqual(list(cases.values()), [["error"]])

    def test_module_that_cannot_be_imported_is_an_error(self):
        status, output, cases = self.run_module("import no_such_module")
        self.assertEqual(status, 1)
        self.assertIn("no_such_module", output)
        self.assertEqual(list(cases.values()), [["error"]])

    def test_no_test_at_all_is_a_failure(self):
        status, output, cases = self.run_module("")
        self.assertEqual((status, cases), (1, {}))
        self.assertIn("no test matches", output)

    def test_bytes_that_xml_forbids_do_not_break_the_report(self):
        status, _, cases = self.run_module(
            """
            class T(unittest.TestCase):
                def test_bad(self): self.fail("bell \\x07 and \\udcff")
            """,
            PYTHONIOENCODING="utf-8:backslashreplace",
        )
        self.assertEqual((status, cases), (1, {"test_bad": ["failure"]}))

    def test_filter_of_bazel_chooses_cases(self):
        status, _, cases = self.run_module(
            """
            class T(unittest.TestCase):
                def test_one(self): pass
                def test_two(self): self.fail()
            """,
            TESTBRIDGE_TEST_ONLY="one",
        )
        self.assertEqual((status, cases), (0, {"test_one": []}))


if __name__ == "__main__":
    unittest.main()
