"""The API as an OpenAPI 3.0.3 document: what /openapi.json answers.

    python3 -m docs.api.openapi monitor.pb other_paths.json > openapi.json

What grpc-gateway v2's JSON looks like is in here: field names in lowerCamelCase,
64-bit integers as strings, enums by name, every field there unless it is declared
optional, messages that are absent as null, errors as google.rpc.Status. Endpoints
that the proto does not have are merged in from other_paths.json.
"""

import json
import re
import sys

from docs.api.api_model import paragraphs, read_api

_SCALARS = {
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "double": {"type": "number", "format": "double"},
    "float": {"type": "number", "format": "float"},
}
for _name in ("int32", "sint32", "sfixed32"):
    _SCALARS[_name] = {"type": "integer", "format": "int32"}
for _name in ("uint32", "fixed32"):
    _SCALARS[_name] = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1}
for _name in ("int64", "sint64", "sfixed64"):
    _SCALARS[_name] = {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
for _name in ("uint64", "fixed64"):
    _SCALARS[_name] = {"type": "string", "format": "uint64", "pattern": "^[0-9]+$"}

# Messages that have a JSON form of their own.
_WELL_KNOWN = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
    # Names in lowerCamelCase, separated by commas.
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Empty": {"type": "object"},
}
_HTTP_BODY = "google.api.HttpBody"

_STATUS = {
    "description": "An error: google.rpc.Status.",
    "type": "object",
    "properties": {
        "code": {
            "type": "integer",
            "format": "int32",
            "description": "A google.rpc.Code, e.g. 5 for NOT_FOUND.",
        },
        "message": {"type": "string", "description": "What is wrong, in English."},
        "details": {
            "type": "array",
            "description": "Messages such as google.rpc.ErrorInfo, google.rpc.BadRequest and "
            "google.rpc.RetryInfo, for programs.",
            "items": {
                "type": "object",
                "properties": {"@type": {"type": "string"}},
                "required": ["@type"],
                "additionalProperties": True,
            },
        },
    },
    "required": ["code", "message", "details"],
}


def openapi(api, others):
    """The document, as JSON objects.

    Args:
      api: as of read_api().
      others: what to merge in: an OpenAPI document of paths and schemas that the
        proto does not have, none of the same name.
    """
    return _Document(api, others).make()


class _Document:
    def __init__(self, api, others):
        self._api = api
        self._others = others
        self._schemas = {"Status": _STATUS}

    def make(self):
        paths = {}
        for rpc in self._api.service.rpcs:
            for number, route in enumerate(rpc.routes, 1):
                path = re.sub(
                    r"{(\w+)}", lambda m: "{%s}" % self._field(rpc, m[1]).json_name, route.template
                )
                # As protoc-gen-openapiv2 names them: GetJob, GetJob2.
                suffix = "" if number == 1 else str(number)
                paths.setdefault(path, {})[route.verb.lower()] = self._operation(rpc, route, suffix)
        _merge(paths, self._others["paths"], "path")
        _merge(self._schemas, self._others["components"]["schemas"], "schema")
        return {
            "openapi": "3.0.3",
            "info": {**self._others["info"], "description": paragraphs(self._api.comment)},
            "servers": [{"url": "/"}],
            "tags": [
                {"name": self._api.service.name, "description": paragraphs(self._api.service.comment)},
                *self._others["tags"],
            ],
            "security": self._others["security"],
            "paths": paths,
            "components": {**self._others["components"], "schemas": dict(sorted(self._schemas.items()))},
        }

    def _field(self, rpc, name):
        fields = self._api.messages[rpc.request].fields
        return next(field for field in fields if field.name == name)

    def _operation(self, rpc, route, suffix):
        text = paragraphs(rpc.comment)
        operation = {
            "operationId": rpc.name + suffix,
            "tags": [self._api.service.name],
            "summary": re.match(r".*?(?=[.:](\s|$)|$)", text)[0],
            "description": text,
            "parameters": [self._path_parameter(self._field(rpc, name)) for name in route.path_fields],
        }
        rest = [f for f in self._api.messages[rpc.request].fields if f.name not in route.path_fields]
        if route.has_body:
            operation["requestBody"] = {"content": _json(self._body(rpc.request, rest, suffix))}
        else:
            operation["parameters"] += [self._query_parameter(rpc, field) for field in rest]
        operation["responses"] = {
            "200": self._success(rpc),
            "default": {
                "description": "An error. The status follows from its code.",
                "content": _json({"$ref": "#/components/schemas/Status"}),
            },
        }
        return operation

    def _path_parameter(self, field):
        return {
            "name": field.json_name,
            "in": "path",
            "required": True,
            "description": paragraphs(field.comment),
            "schema": {**self._type(field), "minLength": 1},
        }

    def _query_parameter(self, rpc, field):
        if field.kind == "message" and field.type not in _WELL_KNOWN:
            raise ValueError("%s.%s: a message in a query is not documented yet" % (rpc.request, field.name))
        schema = self._type(field)
        parameter = {"name": field.json_name, "in": "query", "description": paragraphs(field.comment)}
        if field.repeated:
            return {
                **parameter,
                "style": "form",
                "explode": True,
                "schema": {"type": "array", "items": schema},
            }
        return {**parameter, "schema": schema}

    def _body(self, name, fields, suffix):
        """A request's fields but those of the path; none has to be there."""
        comment = self._api.messages[name].comment
        self._add(name + suffix, lambda: self._object(comment, fields, False))
        return _reference(name + suffix)

    def _success(self, rpc):
        if rpc.response == _HTTP_BODY:
            # Of whatever type Content-Type says.
            return {"description": "As it came.", "content": {"*/*": {"schema": {}}}}
        schema = self._message(rpc.response)
        if not rpc.streams:
            return {"description": "Done.", "content": _json(schema)}
        return {
            "description": "A stream: one object a line, each as soon as there is something to "
            "tell. Where it breaks off with an error, that is the last line.",
            "content": _json(
                {
                    "type": "object",
                    "properties": {
                        "result": schema,
                        "error": {"$ref": "#/components/schemas/Status"},
                    },
                }
            ),
        }

    def _message(self, name):
        if name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[name])
        if name not in self._api.messages:
            raise ValueError("%s: what it looks like in JSON is not known here" % name)
        message = self._api.messages[name]
        self._add(name, lambda: self._object(message.comment, message.fields, True))
        return _reference(name)

    def _enum(self, name):
        enum = self._api.enums[name]
        values = ["- `%s`: %s" % (v.name, paragraphs(v.comment)) for v in enum.values]
        self._add(
            name,
            lambda: {
                "type": "string",
                "description": "%s\n\n%s" % (paragraphs(enum.comment), "\n".join(values)),
                "enum": [value.name for value in enum.values],
            },
        )
        return _reference(name)

    def _add(self, name, make):
        """Adds a schema, once; it may refer to itself."""
        if name not in self._schemas:
            self._schemas[name] = {}
            self._schemas[name] = make()

    def _object(self, comment, fields, is_response):
        schema = {
            "type": "object",
            "description": paragraphs(comment),
            "properties": {field.json_name: self._property(field, is_response) for field in fields},
        }
        required = [field.json_name for field in fields if not field.optional]
        if is_response and required:
            schema["required"] = required
        return schema

    def _property(self, field, is_response):
        schema = self._type(field)
        description = {"description": paragraphs(field.comment)}
        if field.repeated:
            return {"type": "array", "items": schema, **description}
        if "$ref" in schema:  # nothing beside it would count
            schema = {"allOf": [schema]}
        if field.kind == "message" and is_response:
            schema["nullable"] = True
        return {**schema, **description}

    def _type(self, field):
        if field.kind == "scalar":
            return dict(_SCALARS[field.type])
        return self._enum(field.type) if field.kind == "enum" else self._message(field.type)


def _reference(name):
    return {"$ref": "#/components/schemas/" + name}


def _json(schema):
    return {"application/json": {"schema": schema}}


def _merge(into, more, what):
    for name, value in more.items():
        if name in into:
            raise ValueError("%s %s is in the proto, too" % (what, name))
        into[name] = value


def main(descriptor_set, others_path):
    with open(others_path, encoding="utf-8") as file:
        others = json.load(file)
    document = openapi(read_api(descriptor_set, "smon.v1"), others)
    json.dump(document, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
