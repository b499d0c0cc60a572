"""What the API's documents are made from: a .proto file with its comments.

    api = read_api("monitor.pb", "smon.v1")
    for rpc in api.service.rpcs:
        print(rpc.routes[0].verb, rpc.routes[0].template, rpc.comment)

The input is a FileDescriptorSet with source_code_info (bazel/proto_descriptor_set.bzl).
Names are relative to the package: "Job.State".
"""

import dataclasses
import re

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError as error:
    raise SystemExit("%s: apt-get install python3-protobuf" % error) from error

_Field = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    getattr(_Field, "TYPE_" + name.upper()): name
    for name in (
        "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string",
        "bytes", "uint32", "sfixed32", "sfixed64", "sint32", "sint64",
    )
}  # fmt: skip


@dataclasses.dataclass
class Field:
    name: str
    json_name: str
    number: int
    # "int32", ...; else the name of a message or an enum: "Job.State", or of
    # another package "google.protobuf.Timestamp".
    type: str
    kind: str  # "scalar", "enum" or "message"
    repeated: bool
    optional: bool  # declared so: its absence can be told from its default
    comment: str


@dataclasses.dataclass
class Message:
    name: str
    comment: str
    fields: list


@dataclasses.dataclass
class EnumValue:
    name: str
    number: int
    comment: str


@dataclasses.dataclass
class Enum:
    name: str
    comment: str
    values: list


@dataclasses.dataclass
class Route:
    verb: str  # "GET", "POST"
    template: str  # as in the annotation: "/v1/jobs/{job_id}:resubmit"
    path_fields: list  # names of the request's fields in it
    has_body: bool  # of all other fields; without, they are in the query


@dataclasses.dataclass
class Rpc:
    name: str
    comment: str
    request: str  # names of messages
    response: str
    streams: bool
    routes: list  # the annotation's own first, then its additional_bindings


@dataclasses.dataclass
class Service:
    name: str
    comment: str
    rpcs: list


@dataclasses.dataclass
class Api:
    package: str
    comment: str  # of the file
    service: Service
    messages: dict  # by name, in the file's order
    enums: dict


def read_api(path, package):
    """The one service of a package, and all messages and enums of its file.

    Raises ValueError for what the documents could not show rightly.
    """
    with open(path, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    (proto,) = [file for file in files.file if file.package == package]
    return _Reader(files, proto).read()


class _Reader:
    def __init__(self, files, proto):
        self._proto = proto
        self._prefix = "." + proto.package + "."
        self._http_rules = _HttpRules(files)
        self._comments = {
            tuple(location.path): location for location in proto.source_code_info.location
        }
        self._messages = {}
        self._enums = {}

    def read(self):
        if len(self._proto.service) != 1:
            raise ValueError("%s: not just one service" % self._proto.name)
        for index, enum in enumerate(self._proto.enum_type):
            self._add_enum(enum, "", (5, index))
        for index, message in enumerate(self._proto.message_type):
            self._add_message(message, "", (4, index))
        return Api(
            self._proto.package,
            self._comment((12,)),
            self._read_service(self._proto.service[0]),
            self._messages,
            self._enums,
        )

    def _comment(self, path):
        location = self._comments.get(path)
        if location is None:
            return ""
        return _tidy(location.leading_comments) or _tidy(location.trailing_comments)

    def _relative(self, type_name):
        name = type_name.lstrip(".")
        return type_name[len(self._prefix):] if type_name.startswith(self._prefix) else name

    def _add_enum(self, enum, scope, path):
        values = [
            EnumValue(value.name, value.number, self._comment(path + (2, index)))
            for index, value in enumerate(enum.value)
        ]
        self._enums[scope + enum.name] = Enum(scope + enum.name, self._comment(path), values)

    def _add_message(self, message, scope, path):
        name = scope + message.name
        if message.options.map_entry:
            raise ValueError("%s: maps are not documented yet" % name)
        if any(not message.oneof_decl[f.oneof_index].name.startswith("_")
               for f in message.field if f.HasField("oneof_index")):
            raise ValueError("%s: oneofs are not documented yet" % name)
        fields = [
            self._field(field, path + (2, index)) for index, field in enumerate(message.field)
        ]
        self._messages[name] = Message(name, self._comment(path), fields)
        for index, enum in enumerate(message.enum_type):
            self._add_enum(enum, name + ".", path + (4, index))
        for index, nested in enumerate(message.nested_type):
            self._add_message(nested, name + ".", path + (3, index))

    def _field(self, field, path):
        if field.type in SCALARS:
            kind, type_name = "scalar", SCALARS[field.type]
        else:
            kind = "enum" if field.type == _Field.TYPE_ENUM else "message"
            type_name = self._relative(field.type_name)
        return Field(
            field.name,
            field.json_name,
            field.number,
            type_name,
            kind,
            field.label == _Field.LABEL_REPEATED,
            field.proto3_optional,
            self._comment(path),
        )

    def _read_service(self, service):
        rpcs = [
            self._rpc(method, self._comment((6, 0, 2, index)))
            for index, method in enumerate(service.method)
        ]
        return Service(service.name, self._comment((6, 0)), rpcs)

    def _rpc(self, method, comment):
        if method.client_streaming:
            raise ValueError("%s: clients that stream are not documented yet" % method.name)
        return Rpc(
            method.name,
            comment,
            self._relative(method.input_type),
            self._relative(method.output_type),
            method.server_streaming,
            self._http_rules.of(method),
        )


class _HttpRules:
    """google.api.http, which Python has no generated code of: read with the
    descriptors that the file itself imports."""

    def __init__(self, files):
        pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            pool.Add(file)
        names = [file.name for file in files.file]
        messages = message_factory.MessageFactory(pool).GetMessages(names)
        self._options = messages["google.protobuf.MethodOptions"]
        self._extension = pool.FindExtensionByName("google.api.http")

    def of(self, method):
        """The method's routes."""
        options = self._options.FromString(method.options.SerializeToString())
        rule = options.Extensions[self._extension]
        return [self._route(method.name, one) for one in (rule, *rule.additional_bindings)]

    @staticmethod
    def _route(name, rule):
        verb = rule.WhichOneof("pattern")
        if verb is None or verb == "custom":
            raise ValueError("%s: no HTTP form that is known here" % name)
        if rule.body not in ("", "*"):
            raise ValueError('%s: its body is "%s", neither "*" nor none' % (name, rule.body))
        template = getattr(rule, verb)
        return Route(verb.upper(), template, re.findall(r"{(\w+)}", template), rule.body == "*")


def _tidy(comment):
    """A comment without the blanks that its lines begin with."""
    lines = [line[1:] if line.startswith(" ") else line for line in comment.rstrip().split("\n")]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def paragraphs(comment):
    """A comment with each paragraph on one line; lists and code stay as they are."""
    done = []
    for paragraph in re.split(r"\n\s*\n", comment):
        keep = re.search(r"^( {2,}|[-*] )", paragraph, re.MULTILINE)
        done.append(paragraph if keep else " ".join(paragraph.split("\n")))
    return "\n\n".join(done)
