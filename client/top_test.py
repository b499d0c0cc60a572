"""smonctl top leaves the terminal as it was, however it ends."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import time
import unittest

SMONCTL = "client/smonctl"
LEAVE = b"\x1b[?25h\x1b[?1049l"  # the cursor, and the screen before
NOBODY = "127.0.0.1:1"


class Top:
    """smonctl top on a terminal of its own."""

    def __init__(self, columns=80, rows=24, term="xterm"):
        self.master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [SMONCTL, "top", "--address", NOBODY, "--delay=0.2"],
            stdin=self.slave, stdout=self.slave, stderr=subprocess.PIPE,
            env={"TERM": term, "TZ": "UTC"}, start_new_session=True)
        self.seen = b""

    def resize(self, columns, rows):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)

    def wait_for(self, text):
        """Reads until `text` has come."""
        end = time.monotonic() + 30
        os.set_blocking(self.master, False)
        while text not in self.seen:
            if time.monotonic() > end:
                raise AssertionError(f"no {text!r} in {self.seen!r}")
            try:
                self.seen += os.read(self.master, 65536)
            except BlockingIOError:
                time.sleep(0.01)

    def press(self, keys):
        os.write(self.master, keys)

    def end(self):
        """Waits for the end; the exit status."""
        status = self.process.wait(timeout=30)
        self.wait_for(LEAVE)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        os.close(self.master)
        os.close(self.slave)


class TopTest(unittest.TestCase):
    def setUp(self):
        self.top = Top()
        self.addCleanup(self.top.close)
        # It goes on, and says so, while smonsvc is away.
        self.top.wait_for(b"cannot reach smonsvc at 127.0.0.1:1")

    def check_restored(self):
        self.assertEqual(termios.tcgetattr(self.top.slave), self.top.before)
        self.assertTrue(self.top.seen.endswith(LEAVE), self.top.seen[-60:])

    def test_has_the_screen_and_takes_keys_while_it_runs(self):
        self.assertTrue(self.top.seen.startswith(b"\x1b[?1049h\x1b[?25l"))
        flags = termios.tcgetattr(self.top.slave)[3]
        self.assertEqual(flags & (termios.ICANON | termios.ECHO), 0)
        self.top.press(b"q")
        self.top.end()

    def test_q_ends_it_and_restores_the_terminal(self):
        self.top.press(b"q")
        self.assertEqual(self.top.end(), 0)
        self.check_restored()

    def test_control_c_ends_it_and_restores_the_terminal(self):
        self.top.process.send_signal(signal.SIGINT)
        self.assertEqual(self.top.end(), 0)
        self.check_restored()

    def test_deadly_signals_kill_it_and_restore_the_terminal(self):
        self.top.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.top.end(), -signal.SIGTERM)
        self.check_restored()

    def test_a_new_size_is_drawn_at_once(self):
        self.top.resize(40, 10)
        self.top.seen = b""
        self.top.process.send_signal(signal.SIGWINCH)
        self.top.wait_for("…".encode())
        self.top.press(b"q")
        self.top.end()


class NoTerminalTest(unittest.TestCase):
    def test_without_a_terminal_it_is_usage(self):
        run = subprocess.run([SMONCTL, "top"], stdin=subprocess.DEVNULL,
                             capture_output=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn(b"top needs a terminal", run.stderr)
        self.assertEqual(run.stdout, b"")

    def test_a_dumb_terminal_is_sent_no_escape_sequences(self):
        top = Top(term="dumb")
        self.addCleanup(top.close)
        self.assertEqual(top.process.wait(timeout=30), 2)
        self.assertIn(b'TERM is empty or "dumb"', top.process.stderr.read())
        os.set_blocking(top.master, False)
        self.assertRaises(BlockingIOError, os.read, top.master, 1)


if __name__ == "__main__":
    unittest.main()
