"""read_api() on example.proto, and what this project wants of its own API."""

import unittest

from docs.api.api_model import paragraphs, read_api

EXAMPLE = "docs/api/example.pb"
MONITOR = "docs/api/monitor.pb"


class ApiModelTest(unittest.TestCase):
    def setUp(self):
        self.api = read_api(EXAMPLE, "example.v1")

    def test_an_rpc_has_its_http_form_and_its_comment(self):
        get, lend, read, watch = self.api.service.rpcs
        (route,) = get.routes
        self.assertEqual((get.name, route.verb), ("GetBook", "GET"))
        self.assertEqual(route.template, "/v1/shelves/{shelf_id}/books/{book_id}")
        self.assertEqual(route.path_fields, ["shelf_id", "book_id"])
        self.assertEqual(get.comment, "A book: by its number. NOT_FOUND when\nthere is none.")
        self.assertEqual((get.request, get.response), ("GetBookRequest", "Book"))
        self.assertEqual((lend.routes[0].verb, lend.routes[0].has_body, route.has_body), ("POST", True, False))
        self.assertEqual(lend.routes[1].path_fields, ["reader", "book_id"])
        self.assertEqual(read.response, "google.api.HttpBody")
        self.assertEqual((watch.streams, get.streams), (True, False))

    def test_messages_and_enums_are_named_from_the_package_on(self):
        self.assertEqual(
            list(self.api.messages),
            [
                "Book", "Book.Author", "GetBookRequest", "LendBookRequest", "ReadBookRequest",
                "WatchBooksRequest",
            ],
        )  # fmt: skip
        self.assertEqual(list(self.api.enums), ["Book.Subject"])
        subject = self.api.enums["Book.Subject"]
        self.assertEqual(subject.comment, "What it is about.")
        self.assertEqual([(v.name, v.number, v.comment) for v in subject.values],
                         [("SUBJECT_UNSPECIFIED", 0, "Nobody knows."), ("SEA", 1, "Of the sea.")])

    def test_a_field_has_its_type_and_its_comment(self):
        fields = {field.name: field for field in self.api.messages["Book"].fields}
        self.assertEqual((fields["size"].type, fields["size"].kind), ("int64", "scalar"))
        self.assertEqual((fields["subject"].type, fields["subject"].kind), ("Book.Subject", "enum"))
        self.assertEqual((fields["authors"].type, fields["authors"].repeated), ("Book.Author", True))
        self.assertEqual(fields["lent_time"].type, "google.protobuf.Timestamp")
        self.assertEqual(fields["lent_time"].json_name, "lentTime")
        self.assertEqual(fields["pages"].comment, "Pages; absent when\nnobody counted.")
        self.assertEqual([name for name, f in fields.items() if f.optional], ["pages"])
        (name,) = self.api.messages["Book.Author"].fields
        self.assertEqual(name.comment, "In full.")

    def test_the_comment_of_the_file_keeps_its_paragraphs(self):
        self.assertEqual(
            self.api.comment,
            "An API of its own, for the tests of the documents.\n\nIts second paragraph.",
        )

    def test_paragraphs_are_one_line_each_but_for_lists(self):
        self.assertEqual(paragraphs("one\ntwo\n\nthree"), "one two\n\nthree")
        self.assertEqual(paragraphs("- a\n- b"), "- a\n- b")


class MonitorTest(unittest.TestCase):
    def test_everything_in_the_api_has_a_comment(self):
        api = read_api(MONITOR, "smon.v1")
        things = {"the file": api.comment, api.service.name: api.service.comment}
        things.update({rpc.name: rpc.comment for rpc in api.service.rpcs})
        for message in api.messages.values():
            things[message.name] = message.comment
            things.update({message.name + "." + f.name: f.comment for f in message.fields})
        for enum in api.enums.values():
            things[enum.name] = enum.comment
            things.update({enum.name + "." + v.name: v.comment for v in enum.values})
        bare = [name for name, comment in things.items() if not comment]
        self.assertEqual(bare, [], "proto/smon/v1/monitor.proto: what is it? docs/API.md wants to know")
