"""The status page: what it shows of the service and of jobs, for whom and on which screen."""

import re
import urllib.request

from testing.hostile_text_test import TEXTS, shown
from testing.standin_case import OWNER
from testing.ui_case import UiCase
from testing.waiting import wait_for

# What dom.js marks instead of showing it.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
MARKUP = {
    "img": b"<img src=x onerror=alert(1)>",
    "script": b"<script>alert(2)</script>",
    "attribute": b'"><svg onload=alert(3)>\'',
    "link": b"javascript:alert(4)",
    "template": b"${alert(5)} {{alert(6)}} &lt;b&gt;",
}


def marked(text):
    def escape(match):
        code = ord(match.group())
        return "\\x%02x" % code if code < 0x100 else "\\u%04x" % code

    return UNSEEN.sub(escape, text)


class ServiceTest(UiCase):
    def test_parts_lanes_and_phases(self):
        attrsvc = self.start_attrsvc()
        service = self.start_service(attrsvc.url, submit_rate=20, result_rate=1)
        self.add_ended_job(1)
        service.wait_until_phase(["1"])
        page = self.open_page(service)
        self.wait_for_text(page, "#overall", "all is well")
        for part in ("slurm", "accounting", "attrsvc", "store"):
            self.assertIn("OK", page.text_content("#parts tr:has(th:has-text('%s'))" % part))
        self.assertRegex(page.text_content("#lanes tr:has(th:has-text('submit'))"), "20 of 20/s")
        self.wait_for_text(page, "#phases li:has(.completed)", "1")
        attrsvc.configure(status=503)
        self.add_ended_job(2)
        self.wait_for_text(page, "#overall", "degraded")
        self.assertIn("degraded", page.text_content("#parts tr:has(th:has-text('attrsvc'))"))
        self.assertIn("503", page.text_content("#parts tr:has(th:has-text('attrsvc')) .why"))
        self.assertEqual(page.title(), "(!) smonsvc")
        page.click("#phases .pending")
        self.wait_for_rows(page, ["2"])
        self.assertEqual(self.query(page), {"state": "any", "phase": "PENDING"})

    def test_off(self):
        service = self.start_service(self.start_attrsvc().url, ui="false")
        for path in ("/ui", "/ui/", "/ui/app.js"):
            self.assertEqual(service.get(path)[0], 404, path)
        # Then no page is ours.
        url = "http://127.0.0.1:%d" % service.http_port
        request = urllib.request.Request(url + "/v1/jobs/1:resubmit", b"{}", {"Origin": url})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 403)

    def test_the_folder_leads_to_the_page(self):
        service = self.start_service(self.start_attrsvc().url)
        with urllib.request.urlopen("http://127.0.0.1:%d/ui/?state=any" % service.http_port) as answer:
            self.assertEqual(answer.url, "http://127.0.0.1:%d/ui?state=any" % service.http_port)
            self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"])
            self.assertEqual(answer.headers.get_all("Cache-Control"), ["no-cache"])
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
            request = urllib.request.Request(answer.url, headers={"If-None-Match": answer.headers["ETag"]})
        with self.assertRaises(urllib.error.HTTPError) as unchanged:
            urllib.request.urlopen(request)
        self.assertEqual(unchanged.exception.code, 304)


class JobsTest(UiCase):
    def setUp(self):
        super().setUp()
        self.attrsvc = self.start_attrsvc()
        self.service = self.start_service(self.attrsvc.url)

    def test_no_name_is_more_than_a_text(self):
        texts = {**TEXTS, **MARKUP}
        for raw_id, text in enumerate(texts.values(), 1):
            self.add_ended_job(raw_id, name=text, reason=text, comment=text)
        ids = [str(raw_id) for raw_id in range(1, len(texts) + 1)]
        self.service.wait_until_phase(ids)
        page = self.open_page(self.service, viewport={"width": 320, "height": 700})
        self.wait_for_rows(page, ids)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320)
        names = page.eval_on_selector_all(
            "#rows tbody tr", "rows => rows.map(r => [r.dataset.key.split('\\n')[1], r.querySelector('.name').textContent])"
        )
        for job_id, name in names:
            whole = shown(list(texts.values())[int(job_id) - 1])
            cut = whole if len(whole) <= 120 else whole[:120] + "…"
            self.assertEqual(name, marked(cut))
        self.assertEqual(page.locator("#rows :is(img, svg, script, style, b)").count(), 0)
        # The details show all of it, as texts, and nothing sticks out.
        for name in ("long", "binary", "img", "right_to_left"):
            raw_id = list(texts).index(name) + 1
            page.goto(page.url.split("?")[0] + "?job=%d" % raw_id)
            self.wait_for_text(page, "#details-body", marked(shown(texts[name])))
            self.assertLessEqual(
                page.evaluate("document.querySelector('#details').scrollWidth"), 320, name
            )
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320, name)

    def add_jobs(self):
        self.add_ended_job(1, name="train-a")
        self.add_ended_job(2, name="eval-b", user="bob", state="TIMEOUT", exit_status=0)
        self.add_ended_job(3, name="train-c", state="COMPLETED", exit_status=0, log="done\n")
        self.add_job(4, name="train-d")
        self.service.wait_until_phase(["1", "2", "3"])
        self.wait_until_known(self.service, ["4"])

    def test_the_filter_stands_in_the_address(self):
        self.add_jobs()
        page = self.open_page(self.service, network_errors=True)
        self.wait_for_rows(page, ["1", "2"])
        page.select_option("[name=state]", "any")
        self.wait_for_rows(page, ["1", "2", "3", "4"])
        page.fill("[name=name]", "^train")
        self.wait_for_rows(page, ["1", "3", "4"])
        page.select_option("[name=action]", "STOP")
        self.wait_for_rows(page, ["1"])
        self.assertEqual(self.query(page), {"state": "any", "name": "^train", "action": "STOP"})
        # Shared, it is the same view.
        other = self.open_page(self.service, page.url[page.url.index("?") :])
        self.wait_for_rows(other, ["1"])
        self.assertEqual(other.input_value("[name=name]"), "^train")
        page.click("#reset")
        self.wait_for_rows(page, ["1", "2"])
        page.fill("[name=user]", "bob")
        self.wait_for_rows(page, ["2"])
        page.select_option("[name=state]", "COMPLETED")
        self.wait_for_text(page, "#empty", "No job matches.")
        page.go_back()
        page.click("#reset")
        page.select_option("[name=since]", "1h")
        self.wait_for_rows(page, ["1", "2"])
        page.select_option("[name=since]", "custom")
        page.fill("[name=before]", "2020-01-01T00:00")
        self.wait_for_rows(page, [])
        self.assertEqual(self.query(page), {"since": "custom", "before": "2020-01-01T00:00:00Z"})

    def test_what_is_wrong_with_a_filter_is_said(self):
        self.add_jobs()
        page = self.open_page(self.service, network_errors=True)
        self.wait_for_rows(page, ["1", "2"])
        page.fill("[name=name]", "(")
        self.wait_for_text(page, "#filter-error", "missing")
        self.assertEqual(page.get_attribute("[name=name]", "aria-invalid"), "true")
        page.fill("[name=name]", "eval")
        self.wait_for_rows(page, ["2"])
        self.assertFalse(page.is_visible("#filter-error"))
        # An address that somebody made up.
        page = self.open_page(self.service, "?state=%3Cb%3E&job=..%2F..", network_errors=True)
        self.wait_for_text(page, "#details-error", "no job id")
        self.wait_for_text(page, "#filter-error", "<b>")

    def test_details_by_keyboard(self):
        self.add_jobs()
        page = self.open_page(self.service)
        self.wait_for_rows(page, ["1", "2"])
        self.wait_for_text(page, "#live", "live")
        self.row(page, "1").locator("a").focus()
        page.keyboard.press("Enter")
        self.wait_for_text(page, "#details-body", self.log_path(1))
        body = page.text_content("#details-body")
        for part in ("ValueError: bad loss", OWNER, "squeue", "attrsvc answered 200", "1:0"):
            self.assertIn(part, body)
        self.assertEqual(self.query(page)["job"], "1")
        page.click("#answer")
        self.wait_for_text(page, "#answer-text", '"recommendation"')
        page.keyboard.press("Escape")
        self.assertFalse(page.is_visible("#details"))
        wait_for(lambda: self.query(page) == {}, 10, "the address without the job")
        self.assertEqual(page.evaluate("document.activeElement.textContent"), "1")
        # A job is found by its id, whatever the filter is.
        page.fill("#find-id", "4")
        page.keyboard.press("Enter")
        self.wait_for_text(page, "#details-body", "RUNNING")
        page.go_back()
        self.assertFalse(page.is_visible("#details"))

    def test_for_all_eyes(self):
        """axe-core finds nothing to complain about, in light and in dark."""
        self.add_jobs()
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 320)):
            page = self.open_page(
                self.service, "?state=any", color_scheme=scheme, viewport={"width": width, "height": 900}
            )
            self.wait_for_rows(page, ["1", "2", "3", "4"])
            self.wait_for_text(page, "#overall", "all is well")
            self.check_axe(page, scheme)
            page.evaluate("document.querySelector('#rows tbody a').click()")
            self.wait_for_text(page, "#details-body", "History")
            self.check_axe(page, scheme + ", details")
            page.click("#resubmit")
            self.check_axe(page, scheme + ", question")
            page.click("#ask [value=no]")
            self.assertEqual(page.evaluate("document.activeElement.id"), "resubmit")
