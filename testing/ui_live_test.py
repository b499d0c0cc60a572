"""The status page stays up to date, and changes something for those who may."""

import os

from testing.pki import token_line, write_file
from testing.ui_case import UiCase
from testing.waiting import wait_for

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class LiveTest(UiCase):
    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url)

    def state(self, page):
        return page.get_attribute("#live", "data-state")

    def wait_for_state(self, page, state):
        wait_for(lambda: self.state(page) == state, 30, lambda: "%s, is %s" % (state, self.state(page)))

    def test_changes_come_by_themselves(self):
        self.add_job(1)
        page = self.open_page(self.service)
        self.wait_for_state(page, "live")
        self.assertEqual(self.rows(page), [])
        self.wait_until_known(self.service, ["1"])
        self.end_job(1)
        self.wait_for_rows(page, ["1"])
        wait_for(lambda: "STOP" in self.row(page, "1").text_content(), 20, "the verdict")
        self.add_ended_job(2, end=int(self.slurm.job(1)["end"]) + 5)
        self.wait_for_rows(page, ["1", "2"])
        self.assertEqual(self.rows(page), ["2", "1"])
        wait_for(lambda: "came" in page.text_content("#said") or "changed" in page.text_content("#said"),
                 10, "a word for screen readers")  # fmt: skip

    def test_goes_on_after_a_restart_where_it_stopped(self):
        self.add_ended_job(1)
        page = self.open_page(self.service, network_errors=True)
        asked = []
        page.on("request", lambda request: asked.append(request.url) if ":watch" in request.url else None)
        self.wait_for_rows(page, ["1"])
        self.wait_for_state(page, "live")
        self.service.stop()
        self.wait_for_text(page, "#notice", "does not answer")
        self.assertEqual(self.rows(page), ["1"])
        self.add_ended_job(2)
        self.service.start()
        self.wait_for_rows(page, ["1", "2"])
        self.wait_for_state(page, "live")
        self.assertTrue(asked and all("cursor=" in url for url in asked), asked)
        wait_for(lambda: not page.is_visible("#notice"), 20, "the notice goes")

    def test_lists_again_and_again_where_no_stream_comes_through(self):
        context = self.browser.new_context()
        self.addCleanup(context.close)
        context.add_init_script("window.violations = []")
        context.route("**/v1/jobs:watch*", lambda route: route.abort())
        self.add_ended_job(1)
        page = self.open_page(self.service, context=context, network_errors=True)
        self.wait_for_rows(page, ["1"])
        self.add_ended_job(2)
        self.wait_for_state(page, "polling")
        self.wait_for_rows(page, ["1", "2"])
        context.unroute("**/v1/jobs:watch*")  # the proxy is mended
        self.wait_for_state(page, "live")
        self.add_ended_job(3)
        self.wait_for_rows(page, ["1", "2", "3"])

    def test_asks_for_nothing_while_it_is_hidden(self):
        self.add_ended_job(1)
        page = self.open_page(self.service)
        self.wait_for_rows(page, ["1"])
        self.wait_for_state(page, "live")
        page.evaluate(HIDE, True)
        self.wait_for_state(page, "paused")
        page.wait_for_timeout(500)  # for what is under way
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        self.add_ended_job(2)
        self.service.wait_until_phase(["1", "2"])
        page.wait_for_timeout(6000)  # longer than any of its timers
        self.assertEqual(asked, [])
        self.assertEqual(self.rows(page), ["1"])
        page.evaluate(HIDE, False)
        self.wait_for_rows(page, ["1", "2"])
        self.assertTrue(any("cursor=" in url for url in asked), asked)

    def test_of_five_thousand_that_come_at_once_it_shows_the_latest(self):
        page = self.open_page(self.service, "?state=any")
        self.wait_for_state(page, "live")
        self.slurm.generate_jobs(
            5000, 1, name="many", user="alice", state="CANCELLED", submit=1000, start=1001, end=1002
        )  # fmt: skip
        wait_for(lambda: len(self.rows(page)) == 1000, 60, lambda: "rows: %d" % len(self.rows(page)))
        self.assertEqual(page.text_content("#count"), "the latest 1000 jobs")
        page.reload()
        self.wait_for_text(page, "#count", "the latest 100 jobs")

    def test_holds_a_thousand_rows_at_most(self):
        self.slurm.generate_jobs(
            1100, 1, name="many", user="alice", state="CANCELLED", submit=1000, start=1001, end=1002
        )  # fmt: skip
        self.wait_until_known(self.service, ["1", "1100"])
        page = self.open_page(self.service, "?state=any")
        wait_for(lambda: len(self.rows(page)) == 100, 20, "the first hundred")
        self.assertEqual(page.text_content("#count"), "the latest 100 jobs")
        while page.is_visible("#more"):
            before = len(self.rows(page))
            page.click("#more")
            wait_for(lambda: len(self.rows(page)) > before, 20, "more")
        self.assertEqual(len(self.rows(page)), 1000)
        self.add_ended_job(2000)
        wait_for(lambda: self.rows(page)[0] == "2000", 20, "the new one")
        self.assertEqual(len(self.rows(page)), 1000)


class RemovedTest(UiCase):
    def test_a_job_that_is_removed_while_it_is_looked_at_stays_to_be_read(self):
        service = self.start_service(self.start_attrsvc().url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        page = self.open_page(service, "?job=1", network_errors=True)
        self.wait_for_text(page, "#details-body", "History")
        self.assertTrue(page.is_visible("#resubmit"))
        gone = {"code": 5, "message": "no job 1 is known", "details": []}
        page.route("**/v1/jobs/1?*", lambda route: route.fulfill(status=404, json=gone))
        self.wait_for_text(page, "#details-error", "has been removed")
        self.assertFalse(page.is_visible("#resubmit"))
        self.assertIn(self.log_path(1), page.text_content("#details-body"))
        # One that was never there is another thing.
        page.goto(page.url.replace("job=1", "job=77"))
        self.wait_for_text(page, "#details-error", "no job 77 is known")


class ResubmitTest(UiCase):
    def sent(self):
        return len([r for r in self.attrsvc.requests("POST") if "job-1.out" in r["log_path"]])

    def resubmit(self, page, answer="yes"):
        page.click("#resubmit")
        self.assertEqual(page.text_content("#ask-title"), "Resubmit job 1?")
        page.click("#ask [value=%s]" % answer)

    def test_asks_before(self):
        self.attrsvc = self.start_attrsvc()
        service = self.start_service(self.attrsvc.url)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        page = self.open_page(service, "?job=1")
        self.resubmit(page, "no")
        page.click("#resubmit")
        page.keyboard.press("Escape")
        self.assertTrue(page.is_visible("#details"))
        self.assertEqual(self.sent(), 1)
        self.resubmit(page)
        self.wait_for_text(page, "#resubmit-said", "to be sent again")
        wait_for(lambda: self.sent() == 2, 20, "it is sent again")
        self.wait_for_text(page, "#details-body", "Resubmittedonce")

    def open_guarded(self):
        path = os.path.join(self.logs, "tokens")
        write_file(path, token_line("ann", "read", "r-token") + token_line("ops", "write", "w-token"))
        self.attrsvc = self.start_attrsvc()
        # Not start_service(), which asks for jobs without a token.
        service = self.start_service(self.attrsvc.url, token_file=path)
        self.add_ended_job(1)
        wait_for(lambda: self.sent() == 1, 20, "it is sent")
        return service

    def use(self, page, token):
        page.wait_for_selector("#token[open]")
        page.fill("#token-text", token)
        page.keyboard.press("Enter")

    def test_for_those_who_may(self):
        service = self.open_guarded()
        page = self.open_page(service, "?job=1", network_errors=True)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        self.use(page, "wrong")
        self.wait_for_text(page, "#token-why", "not known")
        # It does not ask on with a token that is not good, which would lock it out.
        asked.clear()
        page.wait_for_timeout(6000)
        self.assertEqual(asked, [])
        self.use(page, "r-token")
        self.wait_for_text(page, "#details-body", "History")
        self.resubmit(page)
        self.wait_for_text(page, "#resubmit-said", "may not")
        self.assertEqual(self.sent(), 1)
        page.click("#details-close")
        page.click("#token-open")
        self.use(page, "w-token")
        self.wait_for_rows(page, ["1"])
        self.row(page, "1").locator("a").click()
        self.resubmit(page)
        self.wait_for_text(page, "#resubmit-said", "to be sent again")
        wait_for(lambda: self.sent() == 2, 20, "it is sent again")
        self.assertIn("who=token:ops", service.log())

    def test_this_tab_alone_keeps_the_token(self):
        service = self.open_guarded()
        page = self.open_page(service, network_errors=True)
        self.use(page, "r-token")
        self.wait_for_rows(page, ["1"])
        page.reload()
        self.wait_for_rows(page, ["1"])
        self.assertEqual(page.evaluate("[document.cookie, localStorage.length]"), ["", 0])
        self.assertNotIn("r-token", page.url + page.content())
        other = self.open_page(service, context=page.context, network_errors=True)
        other.wait_for_selector("#token[open]")
        self.assertEqual(self.rows(other), [])
        page.click("#token-open")
        page.click("#token-forget")
        page.wait_for_selector("#token[open]")
        self.assertEqual(page.evaluate("sessionStorage.length"), 0)
