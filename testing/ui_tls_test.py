"""The status page over https, with a certificate of the site's own authority, and a token."""

import os
import shutil
import subprocess
import tempfile
import unittest

from testing.pki import Authority, token_line, write_file
from testing.security_case import SecureSmonsvc
from testing.ui_case import UiCase
from testing.waiting import wait_for


class UiTlsTest(UiCase):
    @classmethod
    def setUpClass(cls):
        if shutil.which("certutil") is None:
            print("\n*** SKIPPED: there is no certutil: apt-get install libnss3-tools\n", flush=True)
            raise unittest.SkipTest("there is no certutil")
        cls.home = tempfile.mkdtemp(prefix="smon-home-", dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(shutil.rmtree, cls.home)
        cls.authority = Authority(cls.home)
        # As an administrator gives browsers the site's authority.
        database = "sql:" + os.path.join(cls.home, ".pki", "nssdb")
        os.makedirs(database[len("sql:") :])
        subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
        subprocess.run(
            ["certutil", "-A", "-d", database, "-n", "site", "-t", "C,,", "-i", cls.authority.ca], check=True
        )
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()

    def origin(self, service):
        return "https://localhost:%d" % service.http_port

    def start(self, authority):
        token_file = os.path.join(self.logs, "tokens")
        write_file(token_file, token_line("ops", "write", "w-token"))
        self.certificate, self.key = authority.issue("server", "mon-1")
        flags = {"partitions": "batch", "result_rate": 0, "submit_rate": 0}
        service = SecureSmonsvc(
            self.slurm.env(), attrsvc_url=self.attrsvc.url, token_file=token_file,
            tls_cert=self.certificate, tls_key=self.key, **flags,
        )  # fmt: skip
        service.ca = authority.ca
        self.add_ended_job(1)
        return self._enter(service)

    def enter_token(self, page):
        page.wait_for_selector("#token[open]")
        page.fill("#token-text", "w-token")
        page.keyboard.press("Enter")

    def wait_until_live(self, page):
        wait_for(lambda: page.get_attribute("#live", "data-state") == "live", 30, "it is live")

    def sent(self):
        return len(self.attrsvc.requests("POST"))

    def test_it_is_live_and_resubmits_for_who_has_a_token(self):
        service = self.start(self.authority)
        page = self.open_page(service, network_errors=True)
        self.assertTrue(page.evaluate("isSecureContext"))
        self.enter_token(page)
        self.wait_for_rows(page, ["1"])
        self.wait_until_live(page)
        self.add_ended_job(2)
        self.wait_for_rows(page, ["1", "2"])
        wait_for(lambda: self.sent() == 2, 20, "both are sent")
        self.row(page, "1").locator("a").click()
        page.click("#resubmit")
        page.click("#ask [value=yes]")
        self.wait_for_text(page, "#resubmit-said", "to be sent again")
        wait_for(lambda: self.sent() == 3, 20, "it is sent again")
        self.assertIn("who=token:ops", service.log())

    def test_a_new_certificate_does_not_disturb_it(self):
        service = self.start(self.authority)
        page = self.open_page(service, network_errors=True)
        self.enter_token(page)
        self.wait_for_rows(page, ["1"])
        begin = len(service.log())
        self.authority.issue("server", "mon-1")  # into the same files
        service.wait_for_log("certificate", deadline=20, begin=begin)
        self.add_ended_job(2)
        self.wait_for_rows(page, ["1", "2"])
        page.reload()
        self.wait_for_rows(page, ["1", "2"])
        self.wait_until_live(page)

    def test_a_stranger_in_the_place_of_the_service_gets_no_token(self):
        service = self.start(Authority(self.logs, name="stranger"))
        page = self.browser.new_page()
        self.addCleanup(page.close)
        with self.assertRaisesRegex(Exception, "ERR_CERT_AUTHORITY_INVALID"):
            page.goto(self.origin(service) + "/ui")


if __name__ == "__main__":
    unittest.main()
