"""openapi() on example.proto: grpc-gateway's JSON mapping as schemas."""

import copy
import json
import unittest

from docs.api.api_model import read_api
from docs.api.openapi import openapi

OTHERS = {
    "info": {"title": "Library", "version": "v1"},
    "tags": [{"name": "Other"}],
    "security": [],
    "paths": {"/other": {"get": {"responses": {}}}},
    "components": {"schemas": {"Other": {"type": "object"}}},
}


class OpenapiTest(unittest.TestCase):
    def setUp(self):
        self.api = read_api("docs/api/example.pb", "example.v1")
        self.document = openapi(self.api, OTHERS)
        self.schemas = self.document["components"]["schemas"]
        self.book = self.schemas["Book"]["properties"]

    def operation(self, path, verb="get"):
        return self.document["paths"][path][verb]

    def answer(self, path, status="200"):
        return self.operation(path)["responses"][status]["content"]["application/json"]["schema"]

    def test_paths_are_the_annotations_with_names_as_in_json(self):
        self.assertEqual(
            list(self.document["paths"]),
            [
                "/v1/shelves/{shelfId}/books/{bookId}", "/v1/books/{bookId}:lend",
                "/v1/readers/{reader}/books/{bookId}:lend", "/v1/books/{bookId}/text", "/v1/books:watch", "/other",
            ],
        )  # fmt: skip

    def test_an_operation_has_the_comment_of_its_rpc(self):
        get = self.operation("/v1/shelves/{shelfId}/books/{bookId}")
        self.assertEqual(get["operationId"], "GetBook")
        self.assertEqual(get["summary"], "A book")
        self.assertEqual(get["description"], "A book: by its number. NOT_FOUND when there is none.")
        self.assertEqual(self.document["info"]["title"], "Library")
        self.assertIn("Its second paragraph.", self.document["info"]["description"])

    def test_fields_that_are_not_in_the_path_of_a_get_are_in_its_query(self):
        shelf, book, mask, subjects, as_of = self.operation("/v1/shelves/{shelfId}/books/{bookId}")["parameters"]
        self.assertEqual([p["in"] for p in (shelf, book)], ["path", "path"])
        self.assertEqual((shelf["name"], shelf["required"]), ("shelfId", True))
        self.assertEqual((mask["name"], mask["in"]), ("readMask", "query"))
        self.assertEqual(mask["schema"], {"type": "string"})
        self.assertEqual(subjects["schema"]["items"], {"$ref": "#/components/schemas/Book.Subject"})
        self.assertIs(subjects["explode"], True)
        self.assertEqual(as_of["schema"], {"type": "string", "format": "date-time"})
        self.assertEqual(as_of["description"], "As it was then.")

    def test_fields_that_are_not_in_the_path_of_a_post_are_in_its_body(self):
        lend = self.operation("/v1/books/{bookId}:lend", "post")
        self.assertEqual([p["name"] for p in lend["parameters"]], ["bookId"])
        self.assertEqual(
            lend["requestBody"]["content"]["application/json"]["schema"],
            {"$ref": "#/components/schemas/LendBookRequest"},
        )
        body = self.schemas["LendBookRequest"]
        self.assertEqual(list(body["properties"]), ["reader", "days"])
        self.assertNotIn("required", body)

    def test_an_additional_binding_is_an_operation_of_its_own(self):
        first = self.operation("/v1/books/{bookId}:lend", "post")
        second = self.operation("/v1/readers/{reader}/books/{bookId}:lend", "post")
        self.assertEqual([one["operationId"] for one in (first, second)], ["LendBook", "LendBook2"])
        self.assertEqual([p["name"] for p in second["parameters"]], ["reader", "bookId"])
        # What is in the path is not in the body.
        self.assertEqual(
            second["requestBody"]["content"]["application/json"]["schema"],
            {"$ref": "#/components/schemas/LendBookRequest2"},
        )
        self.assertEqual(list(self.schemas["LendBookRequest2"]["properties"]), ["days"])

    def test_scalars_are_as_proto3_json_has_them(self):
        def bare(name):
            return {key: value for key, value in self.book[name].items() if key != "description"}

        self.assertEqual(bare("size"), {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"})
        self.assertEqual(bare("pages"), {"type": "integer", "format": "int32"})
        self.assertEqual(bare("cover"), {"type": "string", "format": "byte"})
        self.assertEqual(bare("weight"), {"type": "number", "format": "double"})
        self.assertEqual(bare("isLent"), {"type": "boolean"})
        self.assertEqual(self.book["size"]["description"], "In bytes.")

    def test_enums_are_names_and_say_what_they_mean(self):
        subject = self.schemas["Book.Subject"]
        self.assertEqual(subject["enum"], ["SUBJECT_UNSPECIFIED", "SEA"])
        self.assertIn("- `SEA`: Of the sea.", subject["description"])
        self.assertEqual(self.book["subject"]["allOf"], [{"$ref": "#/components/schemas/Book.Subject"}])

    def test_an_absent_message_is_null_and_a_list_is_not(self):
        self.assertIs(self.book["lentTime"]["nullable"], True)
        self.assertIs(self.book["firstAuthor"]["nullable"], True)
        self.assertNotIn("nullable", self.book["authors"])
        self.assertNotIn("nullable", self.book["subject"])

    def test_every_field_of_an_answer_is_there_but_an_optional_one(self):
        self.assertEqual(set(self.book) - set(self.schemas["Book"]["required"]), {"pages"})

    def test_a_message_may_have_one_of_its_own_kind(self):
        self.assertEqual(self.book["sequelTo"]["allOf"], [{"$ref": "#/components/schemas/Book"}])

    def test_errors_are_status(self):
        self.assertEqual(
            self.answer("/v1/books:watch", "default"), {"$ref": "#/components/schemas/Status"}
        )
        self.assertEqual(self.schemas["Status"]["required"], ["code", "message", "details"])

    def test_a_stream_is_of_results_that_an_error_may_end(self):
        properties = self.answer("/v1/books:watch")["properties"]
        self.assertEqual(properties["result"], {"$ref": "#/components/schemas/Book"})
        self.assertEqual(properties["error"], {"$ref": "#/components/schemas/Status"})

    def test_an_http_body_may_be_anything(self):
        content = self.operation("/v1/books/{bookId}/text")["responses"]["200"]["content"]
        self.assertEqual(content, {"*/*": {"schema": {}}})

    def test_what_is_merged_in_must_not_be_there_already(self):
        self.assertEqual(self.schemas["Other"], {"type": "object"})
        for section, name in (("paths", "/v1/books:watch"), ("schemas", "Book")):
            others = copy.deepcopy(OTHERS)
            into = others["paths"] if section == "paths" else others["components"]["schemas"]
            into[name] = {}
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, "is in the proto, too"):
                openapi(self.api, others)

    def test_a_message_whose_json_is_not_known_is_an_error(self):
        self.api.messages["Book"].fields[0].type = "google.protobuf.Struct"
        self.api.messages["Book"].fields[0].kind = "message"
        with self.assertRaisesRegex(ValueError, "google.protobuf.Struct"):
            openapi(self.api, OTHERS)


class MonitorTest(unittest.TestCase):
    def test_every_reference_leads_somewhere(self):
        with open("docs/api/other_paths.json", encoding="utf-8") as file:
            document = openapi(read_api("docs/api/monitor.pb", "smon.v1"), json.load(file))

        def check(value):
            if isinstance(value, list):
                for item in value:
                    check(item)
            if isinstance(value, dict):
                for item in value.values():
                    check(item)
                if isinstance(value.get("$ref"), str):
                    target = document
                    for key in value["$ref"].split("/")[1:]:
                        self.assertIn(key, target, value["$ref"])
                        target = target[key]

        check(document)
