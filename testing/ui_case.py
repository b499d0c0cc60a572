"""The status page in a real Chromium, for tests.

    class FilterTest(UiCase):
        def test_by_user(self):
            service = self.start_service(self.start_attrsvc().url)
            page = self.open_page(service, "?user=alice")
            self.wait_for_rows(page, ["1", "2"])

Playwright comes from tools/python_tools, the browser from Debian's package chromium;
where one of them is missing the tests are skipped, loudly. After each test it is
checked that the page had no error, broke no rule of its Content-Security-Policy and
asked no other server for anything.
"""

import os
import unittest
import urllib.parse

from testing.python_tools import python_module
from testing.standin_case import StandinCase
from testing.waiting import wait_for

CHROMIUM = "/usr/bin/chromium"
# What the browser itself writes to the console of an answer that is an error.
NETWORK = "Failed to load resource"

RECORD_VIOLATIONS = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) =>
        violations.push(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""
ROWS = "rows => rows.map(row => row.querySelector('a').textContent)"


class UiCase(StandinCase):
    # Where the browser keeps what it knows, such as authorities; none: the test's folder.
    home = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        playwright = python_module("playwright.sync_api")
        if not os.access(CHROMIUM, os.X_OK):
            print("\n*** SKIPPED: there is no %s: apt-get install chromium\n" % CHROMIUM, flush=True)
            raise unittest.SkipTest("there is no " + CHROMIUM)
        cls._playwright = playwright.sync_playwright().start()
        cls.addClassCleanup(cls._playwright.stop)
        # As root, and in Bazel's sandbox, Chromium's own sandbox cannot be made.
        cls.browser = cls._playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            env={**os.environ, "HOME": cls.home or os.environ.get("TEST_TMPDIR", "/tmp"), "TZ": "UTC"},
        )
        cls.addClassCleanup(cls.browser.close)

    def origin(self, service):
        return "http://127.0.0.1:%d" % service.http_port

    def open_page(self, service, query="", context=None, network_errors=False, **options):
        """A page in a browser of its own. network_errors: answers that are errors, or none
        at all, are expected."""
        if context is None:
            options.setdefault("viewport", {"width": 1280, "height": 900})
            context = self.browser.new_context(reduced_motion="reduce", **options)
            context.set_default_timeout(30000)
            context.add_init_script(RECORD_VIOLATIONS)
            self.addCleanup(context.close)
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append("error: %s" % error))
        page.on(
            "console",
            lambda message: errors.append("console: " + message.text)
            if message.type in ("error", "warning")
            and not (network_errors and NETWORK in message.text)
            else None,
        )
        page.on("dialog", lambda dialog: (errors.append("dialog: " + dialog.message), dialog.dismiss()))
        origin = self.origin(service)
        page.on(
            "request",
            lambda request: errors.append("asks " + request.url)
            if not request.url.startswith(origin + "/")
            else None,
        )
        self.addCleanup(self._check_page, page, errors)
        page.goto(origin + "/ui" + query)
        return page

    def _check_page(self, page, errors):
        self.assertEqual(page.evaluate("window.violations"), [])
        self.assertEqual(errors, [])

    def rows(self, page):
        """The ids of the jobs that are shown, from above."""
        return page.eval_on_selector_all("#rows tbody tr", ROWS)

    def wait_for_rows(self, page, ids, deadline=20):
        """Waits until just these are shown, in any order."""
        wait_for(
            lambda: sorted(self.rows(page)) == sorted(ids),
            deadline,
            lambda: "rows %s; there are %s" % (ids, self.rows(page)),
        )

    def wait_for_text(self, page, selector, text, deadline=20):
        """Waits until an element holds the text."""
        wait_for(
            lambda: text in (page.text_content(selector) or ""),
            deadline,
            lambda: "%r in %s: %r" % (text, selector, page.text_content(selector)),
        )

    def check_axe(self, page, where):
        """That axe-core finds nothing to complain about."""
        path = os.path.dirname(python_module("axe_playwright_python").__file__)
        with open(os.path.join(path, "axe.min.js"), encoding="utf-8") as file:
            page.evaluate(file.read())
        found = page.evaluate(
            """async () => (await axe.run()).violations.map(
                 (v) => [v.id, v.help, v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary)])"""
        )
        self.assertEqual(found, [], where)

    def row(self, page, job_id):
        return page.locator("#rows tbody tr").filter(has=page.locator("th", has_text=job_id)).first

    def query(self, page):
        """The query of the page's address, as a dict."""
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))
