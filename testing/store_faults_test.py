"""While its store cannot be written, smonsvc says so, goes on reading Slurm and
answering, deletes nothing, and makes up for it by itself afterwards."""

import contextlib
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time

from testing.service import preload, program
from testing.standin_case import StandinCase
from testing.waiting import wait_for

# The answer to a page of jobs, whatever the disk does.
MOST_PAGE_SECONDS = 0.1


class StoreFaultsTest(StandinCase):
    def start(self, **flags):
        """A service that has a verdict on job 1 and knows that job 2 runs."""
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url, **flags)
        self.add_ended_job(1)
        self.add_job(2)
        self.service.wait_until_phase(["1"])
        self.wait_until_known(self.service, ["2"])

    @property
    def path(self):
        return os.path.join(self.service.folder, "smon.db")

    def component(self, name):
        components = self.service.get_json("/v1/health")["components"]
        return [component for component in components if component["name"] == name][0]

    def wait_until_store_is_degraded(self, reason):
        def degraded():
            store = self.component("store")
            return store["status"] == "DEGRADED" and reason in store["lastError"]

        wait_for(degraded, 30, lambda: "%s: %s" % (reason, self.component("store")))
        self.assertIn("store_unavailable", self.service.get_json("/v1/health")["issues"])

    def assert_pages_are_read_fast(self):
        seconds = []
        for _ in range(20):
            begin = time.monotonic()
            self.assertEqual(self.service.get("/v1/jobs?pageSize=100")[0], 200)
            seconds.append(time.monotonic() - begin)
        self.assertLess(statistics.median(seconds), MOST_PAGE_SECONDS)

    def check_that_a_fault_passes(self, reason, break_store, mend_store):
        """Breaks the store, lets jobs end, mends it: all is as if nothing had been."""
        break_store()
        self.end_job(2)
        self.add_ended_job(3)
        self.slurm.purge_job(3)  # left to accounting
        self.wait_until_store_is_degraded(reason)

        # Slurm is read on, and what is known is shown.
        self.wait_for_polls(self.service, 2, kind="failed")
        self.assertEqual(self.component("slurm")["status"], "OK")
        self.assertEqual(set(self.service.jobs()), {"1", "2"})
        self.assert_pages_are_read_fast()
        self.assert_sent_once(self.attrsvc, [1])

        mend_store()
        jobs = self.service.wait_until_phase(["1", "2", "3"])
        self.assertTrue(all(job["verdict"]["reason"] for job in jobs.values()))
        wait_for(lambda: self.component("store")["status"] == "OK", 30, "the store is healthy")
        self.wait_for_polls(self.service, 2)
        self.assert_sent_once(self.attrsvc, [1, 2, 3])

    def test_a_full_disk_that_is_freed_again(self):
        namespace = ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*namespace, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("this machine has no user namespaces")
        folder = tempfile.mkdtemp(prefix="smon-disk-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, folder)
        self.attrsvc = self.start_attrsvc()
        self.service = self.new_service(self.attrsvc.url, store="sqlite://%s/smon.db" % folder)
        # A small disk of its own, that only the service and its children see.
        self.service.command = [
            *namespace, "sh", "-c",
            'mount -t tmpfs -o size=2m smon "$0" && exec "$@"', folder, *self.service.command,
        ]  # fmt: skip
        self._enter(self.service)
        self.add_ended_job(1)
        self.add_job(2)
        self.service.wait_until_phase(["1"])
        self.wait_until_known(self.service, ["2"])
        ballast = "/proc/%d/root%s/ballast" % (self.service.pid, folder)

        def fill():
            with open(ballast, "wb", buffering=0) as file:
                for size in (4096, 1):  # to the last byte
                    try:
                        while True:
                            file.write(bytes(size))
                    except OSError:
                        pass

        self.check_that_a_fault_passes("the disk is full", fill, lambda: os.remove(ballast))

    def test_a_file_that_may_not_grow_is_an_io_error_and_kills_nobody(self):
        self.start()
        before = resource.prlimit(self.service.pid, resource.RLIMIT_FSIZE)

        def forbid():
            size = os.path.getsize(self.path + "-wal")
            resource.prlimit(self.service.pid, resource.RLIMIT_FSIZE, (size, before[1]))

        self.check_that_a_fault_passes(
            "it cannot be read or written",
            forbid,
            lambda: resource.prlimit(self.service.pid, resource.RLIMIT_FSIZE, before),
        )

    def test_a_disk_that_becomes_read_only_and_writable_again(self):
        flag = os.path.join(self.logs, "read-only")
        library = program("//testing:read_only_disk.so")
        self.start(env={**preload(library), "SMON_READ_ONLY": flag})
        self.check_that_a_fault_passes(
            "it cannot be read or written",
            lambda: open(flag, "w", encoding="ascii").close(),
            lambda: os.remove(flag),
        )

    def test_another_program_that_holds_the_lock_for_long(self):
        self.start()
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        self.check_that_a_fault_passes(
            "another program holds it",
            lambda: other.execute("BEGIN IMMEDIATE"),
            lambda: other.execute("ROLLBACK"),
        )

    def test_it_stops_in_time_while_another_program_holds_the_lock(self):
        self.start()
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.end_job(2)
        self.wait_until_store_is_degraded("another program holds it")
        self.service.stop()  # raises when that takes longer
        self.assertEqual(self.service.exit_status, 0)

    def test_a_file_that_is_removed_and_put_back(self):
        self.start()
        aside = self.path + ".aside"
        self.check_that_a_fault_passes(
            "removed or replaced",
            lambda: os.rename(self.path, aside),
            lambda: os.rename(aside, self.path),
        )

    def test_a_file_that_is_replaced_and_put_back(self):
        self.start()
        aside = self.path + ".aside"

        def replace():
            os.rename(self.path, aside)
            shutil.copy(aside, self.path)

        self.check_that_a_fault_passes(
            "removed or replaced", replace, lambda: os.replace(aside, self.path)
        )

    def test_an_answer_that_cannot_be_stored_is_kept_and_nothing_new_is_sent(self):
        self.start()
        self.attrsvc.configure(latency_ms=2000)
        self.end_job(2)
        self.add_ended_job(4)
        wait_for(lambda: len(self.attrsvc.requests("POST")) == 3, 30, "both are on their way")
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.attrsvc.configure(latency_ms=0)
        self.wait_until_store_is_degraded("another program holds it")
        self.add_ended_job(3)
        self.wait_for_polls(self.service, 2, kind="failed")
        self.assertEqual(self.service.jobs()["2"]["delivery"]["phase"], "PENDING")
        self.assert_sent_once(self.attrsvc, [1, 2, 4])
        other.execute("ROLLBACK")
        self.service.wait_until_phase(["1", "2", "3", "4"])
        self.assert_sent_once(self.attrsvc, [1, 2, 3, 4])

    def test_damage_is_told_after_the_start_and_nothing_is_deleted(self):
        self.start()
        self.service.stop()
        size = os.path.getsize(self.path)
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            select = "SELECT rootpage FROM sqlite_master WHERE name = 'jobs_by_action'"
            page = database.execute(select).fetchone()[0]
            page_bytes = database.execute("PRAGMA page_size").fetchone()[0]
        with open(self.path, "r+b") as file:
            file.seek((page - 1) * page_bytes)
            file.write(b"\xaa" * page_bytes)
        self.service.start()
        self.wait_until_store_is_degraded("it is damaged")
        self.assertIn("restore a backup", self.component("store")["lastError"])
        self.assertGreaterEqual(os.path.getsize(self.path), size)
        # What can be done is done.
        self.add_job(3)
        self.wait_until_known(self.service, ["1", "2", "3"])
        self.assertEqual(self.component("slurm")["status"], "OK")
        status, text = self.service.get("/healthz")
        self.assertEqual(status, 503, text)
