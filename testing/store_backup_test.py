"""What docs/STORE.md says of backups and of rescuing a damaged store works."""

import contextlib
import os
import re
import sqlite3
import subprocess

from testing.standin_case import StandinCase
from testing.store_manual import command_of_manual


class StoreBackupTest(StandinCase):
    def remove_store(self, path):
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path + suffix)

    def test_a_backup_of_a_busy_store_is_restored_and_all_is_found(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        path = os.path.join(service.folder, "smon.db")
        backup = os.path.join(service.folder, "backup.db")
        before = list(range(1, 101))
        for raw_id in before:
            self.add_ended_job(raw_id)
        self.add_job(500)
        service.wait_until_phase(map(str, before))
        self.wait_until_known(service, ["500"])
        verdicts = {id: job["verdict"] for id, job in service.jobs().items() if job.get("verdict")}

        # While jobs keep coming.
        during = list(range(101, 201))
        for raw_id in during[:50]:
            self.add_ended_job(raw_id)
        command = command_of_manual('sqlite3 /var/lib/smonsvc/smon.db "VACUUM INTO')
        command = command.replace("/var/lib/smonsvc/smon.db", path)
        command = re.sub("/backup/.*.db", backup, command)
        subprocess.run(["sh", "-ec", command], check=True, timeout=60)
        for raw_id in during[50:]:
            self.add_ended_job(raw_id)
        service.wait_until_phase(map(str, during))
        self.assertEqual(service.get("/healthz")[0], 200)
        self.assert_sent_once(attrsvc, before + during)

        # The store is lost, and what ended meanwhile with it.
        service.stop()
        self.remove_store(path)
        os.rename(backup, path)
        self.end_job(500)
        service.start()
        jobs = service.wait_until_phase(map(str, before + during + [500]))
        self.assertEqual({id: jobs[id]["verdict"] for id in verdicts}, verdicts)
        self.assertEqual(len(service.runs()), 201)
        # What the backup knew to be delivered is not sent again.
        posts = [request["log_path"] for request in attrsvc.requests("POST")]
        for raw_id in before:
            self.assertEqual(posts.count(self.log_path(raw_id)), 1)

    def test_a_cluster_that_is_gone_can_be_removed(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        for raw_id in (1, 2):
            self.add_ended_job(raw_id)
        service.wait_until_phase(["1", "2"])
        service.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(service.folder, "smon.db"))) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.executescript(command_of_manual("BEGIN;").replace("'old'", "'proof'"))
            for table in ("jobs", "history", "answers", "job_counts", "watermarks"):
                self.assertEqual(list(database.execute("SELECT * FROM " + table)), [], table)
        service.start()  # it takes the cluster for new
        self.wait_until_known(service, ["1", "2"])
        service.wait_for_log("the store is whole")

    def test_what_can_be_read_of_a_damaged_store_is_rescued(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url)
        path = os.path.join(service.folder, "smon.db")
        ids = list(map(str, range(1, 301)))
        for raw_id in range(1, 301):
            self.add_ended_job(raw_id)
        service.wait_until_phase(ids)
        service.stop()
        with contextlib.closing(sqlite3.connect(path)) as database:
            # The middle of the table of jobs, and an index.
            pages = [
                page
                for name in ("jobs", "jobs_by_user")
                for page, in database.execute(
                    "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", [name]
                )
            ]
            (page_bytes,) = database.execute("PRAGMA page_size").fetchone()
        with open(path, "r+b") as file:
            for page in (pages[len(pages) // 3], pages[-1]):
                file.seek((page - 1) * page_bytes)
                file.write(b"\xaa" * page_bytes)

        rescue = command_of_manual("(sqlite3 smon.db .dump")
        subprocess.run(["sh", "-c", rescue], cwd=service.folder, check=True, timeout=60)
        self.remove_store(path)
        os.rename(os.path.join(service.folder, "rescued.db"), path)
        service.start()
        service.wait_for_log("the store is whole")
        # What was lost is found again, for it is not that old.
        service.wait_until_phase(ids)
        self.assertEqual(int(service.get_json("/v1/stats")["jobs"]["total"]), len(service.runs()))
        sent_again = len(attrsvc.requests("POST")) - len(ids)
        self.assertGreater(sent_again, 0)
        self.assertLess(sent_again, 50)
