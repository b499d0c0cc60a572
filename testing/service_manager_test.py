"""smonsvc tells systemd how it is doing: over the socket that systemd would listen on."""

import os
import re
import signal
import socket
import unittest

from testing.standin_case import StandinCase
from testing.waiting import wait_for


class ServiceManagerTest(StandinCase):
    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        name = "smon-notify-%d-%s" % (os.getpid(), self._testMethodName)  # abstract: paths are too long here
        self.socket.bind("\0" + name)
        self.socket.setblocking(False)
        self.env = {"NOTIFY_SOCKET": "@" + name, "WATCHDOG_USEC": "1000000"}
        self.told = []

    def has_told(self, text):
        try:
            while True:
                self.told.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            pass
        return [message for message in self.told if text in message]

    def wait_until_told(self, text):
        wait_for(lambda: self.has_told(text), 20, lambda: "%r is told: %s" % (text, self.told))
        self.told.clear()

    def test_ready_status_watchdog_reload_and_stop(self):
        service = self.new_service(self.start_attrsvc().url, env=self.env)
        with service:
            self.assertEqual(self.has_told("READY=1"), ["READY=1"], "once it can be reached")
            self.wait_until_told("STATUS=last poll")
            self.wait_until_told("WATCHDOG=1")
            self.wait_until_told("WATCHDOG=1")
            os.kill(service.pid, signal.SIGHUP)
            self.wait_until_told("RELOADING=1\nMONOTONIC_USEC=")
            self.assertFalse(self.has_told("STOPPING=1"))
        self.assertTrue(self.has_told("STOPPING=1"))

    def test_what_is_wrong_is_in_the_status(self):
        with self.new_service("http://127.0.0.1:9", env=self.env):
            self.add_ended_job(1)
            self.wait_until_told("STATUS=attrsvc degraded since ")

    def test_settings_that_were_not_taken_are_in_the_status(self):
        path = os.path.join(self.logs, "smonsvc.yaml")
        with open(path, "w", encoding="utf-8"):
            pass
        with self.new_service(self.start_attrsvc().url, "--config=" + path, env=self.env) as service:
            with open(path, "w", encoding="utf-8") as file:
                file.write("intervall: 5\n")
            os.kill(service.pid, signal.SIGHUP)
            self.wait_until_told("STATUS=settings not taken at ")
            with open(path, "w", encoding="utf-8") as file:
                file.write("log_level: INFO\n")
            os.kill(service.pid, signal.SIGHUP)
            self.wait_until_told("STATUS=last poll")

    def test_the_journal_is_told_the_level_of_each_line(self):
        service = self.new_service("http://127.0.0.1:9")
        with open(service.log_path, "ab") as log:
            journal = os.fstat(log.fileno())
        service.env["JOURNAL_STREAM"] = "%d:%d" % (journal.st_dev, journal.st_ino)
        with service:
            self.add_ended_job(1)
            service.wait_for_log("WARNING")
            told = re.findall(r"^(.*?)20\S+Z ([A-Z]+) ", service.log(), re.M)
        self.assertEqual(set(told), {("<6>", "INFO"), ("<4>", "WARNING")})

    def test_no_other_stderr_is(self):
        service = self.new_service("http://127.0.0.1:9")
        service.env["JOURNAL_STREAM"] = "1:2"  # as whom the journal listens to has started it
        with service:
            self.add_ended_job(1)
            service.wait_for_log("^20.* WARNING")

    def test_a_start_that_fails_is_never_ready(self):
        service = self.new_service(self.start_attrsvc().url, env=self.env, partitions="nowhere")
        with self.assertRaisesRegex(AssertionError, "Slurm has no partition 'nowhere'"):
            service.start()
        self.assertFalse(self.has_told("READY=1"))


if __name__ == "__main__":
    unittest.main()
