"""The commands that docs/STORE.md has to be run."""

import re

MANUAL = "docs/STORE.md"


def command_of_manual(start):
    """The indented commands that begin with a line that starts so."""
    with open(MANUAL, encoding="utf-8") as manual:
        text = manual.read()
    match = re.search(r"^( {4,})" + re.escape(start) + r".*\n(\1.*\n)*", text, re.MULTILINE)
    return match.group()
