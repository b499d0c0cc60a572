"""The API for people to read: docs/API.md.

    python3 -m docs.api.markdown monitor.pb other_paths.json introduction.md > API.md

The introduction is written by hand; the reference after it is made from the proto and
its comments, and from the endpoints that the proto does not have.
"""

import json
import re
import sys

from docs.api.api_model import paragraphs, read_api

_GENERATED = """\
<!-- Made from proto/smon/v1/monitor.proto and docs/api/: change those, then run tools/update_api_docs. -->
"""


def markdown(api, others, introduction):
    """The document.

    Args:
      api: as of read_api().
      others: as of openapi().
      introduction: Markdown with a title; the table of contents is put at the line
        "[TOC]".
    """
    body = introduction + "\n" + _reference(api, others)
    contents = "\n".join(
        "%s- [%s](#%s)" % ("  " * (len(level) - 2), title, anchor(title))
        for level, title in headings(body)
        if len(level) <= 3
    )
    return _GENERATED + body.replace("[TOC]\n", contents + "\n")


def headings(text):
    """[("##", "Title")] of every heading but the title, outside of code."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^(##+) (.*)$", text, re.MULTILINE)


def anchor(title):
    """What GitHub makes of a heading for links to it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _reference(api, others):
    used_by_rpcs = {name for rpc in api.service.rpcs for name in (rpc.request, rpc.response)}
    parts = ["## Methods\n\n%s\n" % paragraphs(api.service.comment)]
    parts += [_rpc(api, rpc) for rpc in api.service.rpcs]
    parts.append(_other_endpoints(others))
    parts.append("## Messages\n")
    parts += [
        _message(message, api) for name, message in api.messages.items()
        if not name.endswith("Request") or name not in used_by_rpcs
        if message.fields
    ]
    parts.append("## Enums\n")
    parts += [_enum(enum) for enum in api.enums.values()]
    return "\n".join(parts)


def _other_endpoints(others):
    text = "## Over HTTP only\n\n| | |\n|---|---|\n"
    for path, operations in others["paths"].items():
        for verb, operation in operations.items():
            about = ". ".join(filter(None, [operation["summary"], operation.get("description")]))
            text += "| `%s %s` | %s |\n" % (verb.upper(), path, _cell(about))
    return text


def _rpc(api, rpc):
    request = api.messages[rpc.request]
    text = "### %s\n\n" % rpc.name
    text += "`rpc %s(%s) returns (%s%s)`<br>\n" % (
        rpc.name, rpc.request, "stream " if rpc.streams else "", rpc.response
    )  # fmt: skip
    text += "<br>\n".join(
        "`%s %s`%s" % (route.verb, route.template, ", the other fields in the body" if route.has_body else "")
        for route in rpc.routes
    )
    text += "\n\n"
    text += paragraphs(rpc.comment) + "\n\n"
    if request.fields:
        note = paragraphs(request.comment)
        text += "%s\n\n%s\n" % (note, _fields(request.fields, api))
    else:
        text += "The request has no fields. "
    return text + "Answers %s%s.\n" % ("a stream of " if rpc.streams else "", _link(rpc.response, api))


def _message(message, api):
    return "### %s\n\n%s\n\n%s" % (message.name, paragraphs(message.comment), _fields(message.fields, api))


def _fields(fields, api):
    text = "| field | type | |\n|---|---|---|\n"
    for field in fields:
        kind = _link(field.type, api)
        if field.repeated:
            kind = "repeated " + kind
        elif field.optional:
            kind = "optional " + kind
        text += "| `%s` | %s | %s |\n" % (field.name, kind, _cell(field.comment))
    return text


def _enum(enum):
    text = "### %s\n\n%s\n\n| value | | |\n|---|---|---|\n" % (enum.name, paragraphs(enum.comment))
    for value in enum.values:
        text += "| `%s` | %d | %s |\n" % (value.name, value.number, _cell(value.comment))
    return text


def _link(name, api):
    known = name in api.enums or (name in api.messages and api.messages[name].fields)
    if known:
        return "[%s](#%s)" % (name, anchor(name))
    return name if name[0].islower() and "." not in name else "`%s`" % name


def _cell(comment):
    return paragraphs(comment).replace("|", "\\|").replace("\n\n", "<br>").replace("\n", " ")


def main(descriptor_set, others_path, introduction_path):
    with open(others_path, encoding="utf-8") as file:
        others = json.load(file)
    with open(introduction_path, encoding="utf-8") as file:
        introduction = file.read()
    sys.stdout.write(markdown(read_api(descriptor_set, "smon.v1"), others, introduction))


if __name__ == "__main__":
    main(*sys.argv[1:])
