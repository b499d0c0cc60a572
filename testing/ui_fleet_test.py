"""The status page where smonsvc watches several clusters, and where several replicas do.

What ListClusters and ListReplicas answer is made up here; all else comes from smonsvc.
"""

import json

from testing.ui_case import RECORD_VIOLATIONS, UiCase

OWN = "proof"  # as the Slurm stand-in calls itself
HOSTILE = "<img src=x onerror=alert(1)>\u202e&on=\"'"


def cluster(name, **fields):
    return {
        "name": name,
        "isDefault": name == OWN,
        "slurmVersion": "22.05.8",
        "status": "OK",
        "components": [],
        "lastPollTime": "2026-11-22T15:04:11Z",
        "nextPollTime": None,
        "pollerReplicaId": "a/1",
        "jobs": {"live": "3", "ended": "1200", "failed": "7"},
        **fields,
    }


def replica(replica_id, name, polls):
    return {
        "replicaId": replica_id,
        "name": name,
        "address": "",
        "version": "1.0.0",
        "startTime": None,
        "lastSeenTime": "2026-11-22T15:04:11Z",
        "polledClusters": polls,
    }


def answers_with(answer):
    body = json.dumps(answer)
    return lambda route: route.fulfill(body=body, content_type="application/json")


class FleetTest(UiCase):
    def setUp(self):
        super().setUp()
        self.service = self.start_service(self.start_attrsvc().url)
        self.add_ended_job(1)
        self.add_ended_job(2)
        self.service.wait_until_phase(["1", "2"])

    def open_fleet(self, clusters, replicas=(), network_errors=False, **options):
        answers = {
            "clusters": {"clusters": clusters},
            "replicas": {"replicas": list(replicas), "replicaId": "b/2"},
        }
        context = self.browser.new_context(
            reduced_motion="reduce", **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        context.set_default_timeout(30000)
        context.add_init_script(RECORD_VIOLATIONS)
        self.addCleanup(context.close)
        for name, answer in answers.items():
            context.route("**/v1/" + name, answers_with(answer))
        return self.open_page(self.service, context=context, network_errors=network_errors)

    def test_one_cluster_and_one_replica_are_not_told_of(self):
        page = self.open_page(self.service)
        self.wait_for_rows(page, ["1", "2"])
        self.wait_for_text(page, "#overall", "all is well")
        for hidden in ("#clusters-card", "#replicas-card", "#filter-cluster", "#rows .of >> nth=0"):
            self.assertFalse(page.is_visible(hidden), hidden)

    def test_clusters_side_by_side(self):
        page = self.open_fleet(
            [cluster(OWN), cluster("tux", status="DEGRADED", lastPollTime=None, jobs=None)],
            [replica("a/1", "mon-1", [OWN]), replica("b/2", "mon-2", [])],
        )
        self.wait_for_text(page, "#clusters tbody tr:nth-child(1)", OWN)
        first = page.text_content("#clusters tbody tr:nth-child(1)")
        for text in ("default", "OK", "3", "1,200", "7", "mon-1"):
            self.assertIn(text, first)
        self.assertIn("degraded", page.text_content("#clusters tbody tr:nth-child(2)"))
        self.assertIn("POLLER" + OWN, page.text_content("#replicas tbody tr:nth-child(1)"))
        self.assertIn("mon-2 answersSTANDBY", page.text_content("#replicas tbody tr:nth-child(2)"))
        # Each job, and each part, says whose it is.
        self.wait_for_rows(page, ["1", "2"])
        self.assertEqual(page.text_content("#rows .of >> nth=0").strip(), OWN)
        self.assertTrue(page.is_visible("#rows .of >> nth=0"))
        self.assertTrue(page.is_visible("#parts .of >> nth=0"))

    def test_a_cluster_is_a_filter_that_stands_in_the_address(self):
        page = self.open_fleet([cluster(OWN), cluster("tux")])
        self.wait_for_rows(page, ["1", "2"])
        page.click("#clusters a:has-text('tux')")
        self.wait_for_rows(page, [])
        self.assertEqual(self.query(page), {"on": "tux"})
        self.assertEqual(page.input_value("#filter [name=cluster]"), "tux")
        page.select_option("#filter [name=cluster]", OWN)
        self.wait_for_rows(page, ["1", "2"])
        self.assertEqual(self.query(page), {"on": OWN})
        # A job's details are those of its cluster, and the filter stays.
        page.click("#rows a:has-text('1')")
        self.wait_for_text(page, "#details-body", OWN)
        self.assertEqual(self.query(page), {"on": OWN, "job": "1", "run": "0", "cluster": OWN})
        page.reload()
        self.wait_for_text(page, "#details-body", OWN)
        page.click("#details-close")
        self.assertEqual(page.input_value("#filter [name=cluster]"), OWN)
        page.click("#reset")
        self.wait_for_rows(page, ["1", "2"])
        self.assertEqual(self.query(page), {})

    def test_for_all_eyes(self):
        for scheme, width in (("light", 1280), ("dark", 320)):
            page = self.open_fleet(
                [cluster(OWN), cluster("tux", status="DEGRADED")],
                [replica("a/1", "mon-1", [OWN]), replica("b/2", "mon-2", [])],
                color_scheme=scheme,
                viewport={"width": width, "height": 900},
            )
            self.wait_for_text(page, "#replicas", "mon-2")
            self.wait_for_rows(page, ["1", "2"])
            self.check_axe(page, scheme)

    def test_a_job_is_found_by_cluster_and_id(self):
        page = self.open_fleet([cluster(OWN), cluster("tux")], network_errors=True)
        page.fill("#find-id", OWN + "/2")
        page.keyboard.press("Enter")
        self.wait_for_text(page, "#details-body", OWN)
        page.click("#details-close")
        page.fill("#find-id", "tux/2")
        page.keyboard.press("Enter")
        self.wait_for_text(page, "#details-error", "no job 2")

    def test_no_name_is_more_than_a_text_and_nothing_sticks_out(self):
        page = self.open_fleet(
            [cluster(OWN), cluster(HOSTILE), cluster("x" * 300)],
            [replica("a/1", HOSTILE, [OWN, HOSTILE]), replica("b/2", "y" * 300, [])],
            viewport={"width": 320, "height": 700},
        )
        self.wait_for_text(page, "#clusters", "<img src=x")
        self.assertEqual(page.locator("#clusters img, #replicas img").count(), 0)
        self.assertNotIn("\u202e", page.text_content("#clusters"))
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320)
        page.click("#clusters a:has-text('<img')")
        self.wait_for_rows(page, [])
        self.assertEqual(self.query(page), {"on": HOSTILE})
