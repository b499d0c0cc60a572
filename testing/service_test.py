"""Process starts, watches and stops a program, as the end-to-end tests need it."""

import os
import signal
import unittest

from testing import service
from testing.waiting import wait_for


def shell(script):
    return service.Process(["/bin/sh", "-c", script])


class ProcessTest(unittest.TestCase):
    def test_log_has_what_the_program_says(self):
        with shell("echo out; echo err >&2; exec sleep 60") as process:
            self.assertEqual(process.wait_for_log("^(err)$").group(1), "err")
            self.assertEqual(process.log(), "out\nerr\n")

    def test_stop_ends_it_with_sigterm(self):
        with shell("exec sleep 60") as process:
            pid = process.pid
        self.assertEqual(process.exit_status, -signal.SIGTERM)
        self.assertFalse(os.path.exists("/proc/%d" % pid))
        self.assertFalse(os.path.exists(process.folder))

    def test_program_that_ignores_sigterm_fails_the_test_and_is_killed(self):
        self.addCleanup(setattr, service, "STOP_SECONDS", service.STOP_SECONDS)
        service.STOP_SECONDS = 0.2
        process = shell("trap '' TERM; echo ready; while :; do sleep 0.1; done")
        with self.assertRaisesRegex(AssertionError, "has not ended 0.2 s after SIGTERM"):
            with process:
                process.wait_for_log("ready")
        self.assertEqual(process.exit_status, -signal.SIGKILL)

    def test_a_program_that_ends_by_itself_has_ended(self):
        with shell("read line </dev/null; exit 3") as process:
            self.assertTrue(process.ended(60))
            self.assertEqual(process.exit_status, 3)
        with shell("exec sleep 60") as process:
            self.assertFalse(process.ended())

    def test_waiting_for_a_program_that_has_died_tells_its_last_words(self):
        with self.assertRaisesRegex(AssertionError, "ended with status 3:\nno such thing"):
            with shell("echo no such thing; exit 3") as process:
                process.wait_for_log("ready")

    def test_it_can_be_started_again_and_the_log_goes_on(self):
        with shell("echo hello; exec sleep 60") as process:
            process.wait_for_log("hello")
            process.kill()
            begin = len(process.log())
            process.start()
            process.wait_for_log("hello", begin=begin)


class WaitForTest(unittest.TestCase):
    def test_returns_the_first_true_value(self):
        values = iter([0, "", "yes", "never"])
        self.assertEqual(wait_for(lambda: next(values), 10, "yes", interval=0), "yes")

    def test_says_what_it_waited_for(self):
        with self.assertRaisesRegex(AssertionError, "not within 0 s: job 3 ended"):
            wait_for(lambda: False, 0, lambda: "job %d ended" % 3, interval=0)


class ProgramTest(unittest.TestCase):
    def test_program_that_is_not_built_is_named(self):
        with self.assertRaisesRegex(FileNotFoundError, "//no:such"):
            service.program("//no:such")


if __name__ == "__main__":
    unittest.main()
