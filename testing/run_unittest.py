#!/usr/bin/env python3
"""Runs unittest modules as one Bazel test, and writes what Bazel reads.

Usage: run_unittest.py MODULE...    (dotted, from the root of the workspace)

The program of every py_unittest target (bazel/py_unittest.bzl). Bazel sets
XML_OUTPUT_FILE (where the JUnit XML goes), TESTBRIDGE_TEST_ONLY (--test_filter,
as a pattern for `python3 -m unittest -k`) and the directory: the root of the
runfiles, which has the layout of the source tree. Exit status 0 when at least
one test ran and none failed.
"""

import os
import re
import signal
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree

# What XML 1.0 cannot hold, even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _printable(text):
    return _NOT_XML.sub(lambda match: "\\x%02x" % ord(match.group()), text)


class _Case:
    """One test method, and what came of it."""

    def __init__(self, test):
        self.name = test.id()
        self.start = self.end = time.monotonic()
        self.kind = None  # None: passed; else "failure", "error" or "skipped"
        self.text = ""

    def set(self, kind, text):
        # A failed subtest or clean-up must not hide what went wrong first.
        self.kind = self.kind if self.kind in ("failure", "error") else kind
        self.text = (self.text + "\n" + text).strip()

    def to_xml(self):
        class_name, _, name = self.name.rpartition(".")
        element = ElementTree.Element(
            "testcase",
            name=_printable(name),
            classname=_printable(class_name),
            status="run",
            time="%.3f" % (self.end - self.start),
        )
        if self.kind:
            lines = self.text.splitlines() or [""]
            child = ElementTree.SubElement(element, self.kind, message=_printable(lines[-1]))
            child.text = _printable(self.text)
        return element


class _Result(unittest.TextTestResult):
    """Prints as unittest does, and remembers every case."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cases = {}

    def _case(self, test):
        # A module or class whose set-up failed is a case that was never started.
        return self.cases.setdefault(test.id(), _Case(test))

    def startTest(self, test):
        super().startTest(test)
        self._case(test)

    def stopTest(self, test):
        super().stopTest(test)
        self._case(test).end = time.monotonic()

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._case(test).set("failure", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._case(test).set("error", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            kind, entries = ("failure", self.failures) if failed else ("error", self.errors)
            self._case(test).set(kind, entries[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._case(test).set("skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._case(test).set("failure", "was expected to fail, and did not")

    def write_xml(self, path, suite_name):
        cases = list(self.cases.values())
        kinds = [case.kind for case in cases]
        counts = {
            "tests": len(cases),
            "failures": kinds.count("failure"),
            "errors": kinds.count("error"),
            "skipped": kinds.count("skipped"),
        }
        root = ElementTree.Element("testsuites")
        suite = ElementTree.SubElement(
            root, "testsuite", name=suite_name, **{key: str(n) for key, n in counts.items()}
        )
        suite.extend(case.to_xml() for case in cases)
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _interrupt(number, frame):
    raise KeyboardInterrupt("signal %d" % number)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: run_unittest.py MODULE...")
    # Bazel runs this file through a link; modules are found from the workspace.
    sys.path[0] = os.getcwd()
    sys.dont_write_bytecode = True

    # What Bazel sends at a time-out. An exception lets `with` and atexit end what
    # the test has started, and KeyboardInterrupt is the one unittest lets through.
    signal.signal(signal.SIGTERM, _interrupt)

    loader = unittest.TestLoader()
    pattern = os.environ.get("TESTBRIDGE_TEST_ONLY")
    if pattern:
        loader.testNamePatterns = [pattern if "*" in pattern else "*%s*" % pattern]
    suite = loader.loadTestsFromNames(sys.argv[1:])
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=_Result)
    result = runner.run(suite)

    xml = os.environ.get("XML_OUTPUT_FILE")
    if xml:
        result.write_xml(xml, " ".join(sys.argv[1:]))
    if not result.cases:
        sys.exit("run_unittest.py: no test matches")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
