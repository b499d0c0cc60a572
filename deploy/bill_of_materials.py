#!/usr/bin/env python3
"""Makes a bill of materials, CycloneDX 1.5 in JSON, from what dpkg-query lists.

    dpkg-query --show --showformat='${db:Status-Status}\\t${binary:Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\n' |
        bill_of_materials.py IMAGE VERSION

Exit status 1, with a line on stderr, when a line has another form.
"""

import json
import sys
import urllib.parse
import uuid

_DISTRIBUTION = "debian-12"


def _purl(name, version, architecture):
    quoted = [urllib.parse.quote(text, safe="") for text in (name, version)]
    return "pkg:deb/debian/%s@%s?arch=%s&distro=%s" % (*quoted, architecture, _DISTRIBUTION)


def _component(line):
    status, package, version, architecture, source = line.split("\t")
    if status != "installed":
        return None
    name = package.split(":")[0]
    purl = _purl(name, version, architecture)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "properties": [{"name": "debian:source", "value": source}],
    }


def bill_of_materials(image, version, lines):
    """The document, the same for the same packages. Raises ValueError."""
    components = [component for component in map(_component, lines) if component]
    if not components:
        raise ValueError("no package is listed")
    components.sort(key=lambda component: component["bom-ref"])
    names = "\n".join(component["bom-ref"] for component in components)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:%s" % uuid.uuid5(uuid.NAMESPACE_URL, image + "\n" + names),
        "version": 1,
        "metadata": {
            "component": {"type": "container", "bom-ref": image, "name": image, "version": version}
        },
        "components": components,
    }


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bill_of_materials.py IMAGE VERSION <LIST")
    try:
        document = bill_of_materials(*sys.argv[1:], sys.stdin.read().splitlines())
    except ValueError as error:
        sys.exit("bill_of_materials.py: %s" % error)
    json.dump(document, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
