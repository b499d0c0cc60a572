"""markdown() on example.proto, and that docs/API.md is what it makes of our own."""

import json
import re
import unittest

from docs.api.api_model import read_api
from docs.api.markdown import anchor, headings, markdown

OTHERS = {
    "paths": {
        "/plain": {"get": {"summary": "As text", "description": "For people."}},
        "/": {"get": {"summary": "As /plain"}},
    }
}
INTRODUCTION = "# Library\n\n[TOC]\n\n## Errors\n\nSee [GetBook](#getbook).\n"


class MarkdownTest(unittest.TestCase):
    def setUp(self):
        self.text = markdown(read_api("docs/api/example.pb", "example.v1"), OTHERS, INTRODUCTION)

    def section(self, title):
        return re.search(r"^### %s\n(.*?)(?=^##|\Z)" % re.escape(title), self.text, re.M | re.S)[1]

    def test_a_method_has_its_forms_its_comment_and_its_fields(self):
        get = self.section("GetBook")
        self.assertIn("`rpc GetBook(GetBookRequest) returns (Book)`", get)
        self.assertIn("`GET /v1/shelves/{shelf_id}/books/{book_id}`\n", get)
        self.assertIn("A book: by its number. NOT_FOUND when there is none.", get)
        self.assertIn("| `subjects` | repeated [Book.Subject](#booksubject) | About one of these. |", get)
        self.assertIn("| `as_of` | `google.protobuf.Timestamp` | As it was then. |", get)
        self.assertIn("Answers [Book](#book).", get)
        self.assertIn(
            "`POST /v1/books/{book_id}:lend`, the other fields in the body<br>\n"
            "`POST /v1/readers/{reader}/books/{book_id}:lend`, the other fields in the body\n",
            self.section("LendBook"),
        )
        watch = self.section("WatchBooks")
        self.assertIn("returns (stream Book)", watch)
        self.assertIn("The request has no fields. Answers a stream of [Book](#book).", watch)
        self.assertIn("Answers `google.api.HttpBody`.", self.section("ReadBook"))

    def test_a_message_and_an_enum_have_their_comments(self):
        book = self.section("Book")
        self.assertIn("One book.", book)
        self.assertIn("| `pages` | optional int32 | Pages; absent when nobody counted. |", book)
        self.assertIn("| `authors` | repeated [Book.Author](#bookauthor) | More than one. |", book)
        self.assertIn("| `SEA` | 1 | Of the sea. |", self.section("Book.Subject"))

    def test_a_request_is_shown_with_its_method_only(self):
        self.assertNotIn("### GetBookRequest", self.text)

    def test_a_bar_does_not_end_a_cell(self):
        api = read_api("docs/api/example.pb", "example.v1")
        api.messages["Book"].fields[0].comment = "a|b\n\nc"
        self.assertIn("| a\\|b<br>c |", markdown(api, OTHERS, INTRODUCTION))

    def test_endpoints_that_the_proto_does_not_have_are_listed(self):
        self.assertIn("| `GET /plain` | As text. For people. |\n| `GET /` | As /plain |\n", self.text)

    def test_the_table_of_contents_has_every_method(self):
        for line in ("- [Errors](#errors)", "- [Methods](#methods)", "  - [GetBook](#getbook)",
                     "  - [Book.Author](#bookauthor)"):
            self.assertIn("\n%s\n" % line, self.text)

    def test_headings_in_code_are_none(self):
        self.assertEqual(headings("## A\n```bash\n## no\n```\n### B\n"), [("##", "A"), ("###", "B")])


class ApiMdTest(unittest.TestCase):
    def setUp(self):
        with open("docs/API.md", encoding="utf-8") as file:
            self.text = file.read()

    def test_it_is_current(self):
        with open("docs/api/introduction.md", encoding="utf-8") as file:
            introduction = file.read()
        with open("docs/api/other_paths.json", encoding="utf-8") as file:
            others = json.load(file)
        now = markdown(read_api("docs/api/monitor.pb", "smon.v1"), others, introduction)
        if self.text != now:
            self.fail("docs/API.md is out of date; mend it: tools/update_api_docs")

    def test_every_link_within_it_leads_somewhere_and_to_one_place(self):
        anchors = [anchor(title) for _, title in headings(self.text)]
        self.assertEqual(sorted(anchors), sorted(set(anchors)))
        links = set(re.findall(r"\]\(#([^)]*)\)", self.text))
        self.assertEqual(links - set(anchors), set())
