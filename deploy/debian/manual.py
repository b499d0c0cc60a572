#!/usr/bin/env python3
"""Turns what `smonsvc --help` prints into the manual page smonsvc.8.

    smonsvc --help | manual.py VERSION DATE >smonsvc.8

Exit status 1, with a line on stderr, when the help has another form.
"""

import re
import sys

_FILES = (
    ("/etc/default/smonsvc", "The settings of the service, as environment variables."),
    ("/etc/smonsvc/", "Certificates and tokens; smonsvc's group may read it."),
    ("/var/lib/smonsvc/smon.db", "The store. Back it up with VACUUM INTO, not by copying it."),
)

_SETTING = re.compile(r"  (--\w+)  \[(.*)\]  (\w+)$")
_OTHER = re.compile(r"  (--\w+(?:, -\w)?)  +(.*)$")


def roff(text):
    """Text that troff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\\&" + text if text.startswith(".") else text


def _options(lines):
    for line in lines:
        setting, other = _SETTING.match(line), _OTHER.match(line)
        if setting:
            flag, default, variable = (roff(group) for group in setting.groups())
            yield ".TP"
            yield "\\fB%s\\fR=\\fIVALUE\\fR [%s], \\fB%s\\fR" % (flag, default, variable)
        elif other:
            yield ".TP"
            yield "\\fB%s\\fR" % roff(other.group(1))
            yield roff(other.group(2))
        elif line.startswith("      "):
            yield roff(line.strip())
        elif line.startswith(" "):
            raise ValueError("neither a setting nor its description: %r" % line)
        else:
            yield ".SS " + roff(line)


def manual(help_text, version, date):
    """The page's text. Raises ValueError when the help has another form."""
    match = re.fullmatch(
        r"smonsvc - (?P<what>.*?)\n\nUsage: (?P<usage>[^\n]*)\n\n(?P<text>.*?\.\n)\n"
        r"(?P<options>.*\n)\n(?P<signals>SIGHUP .*\n)(?P<status>Exit status: .*)\n",
        help_text,
        re.DOTALL,
    )
    if match is None:
        raise ValueError("the help has another form than expected")
    options = [line for line in match["options"].splitlines() if line]
    lines = ['.TH SMONSVC 8 "%s" "smonsvc %s"' % (date, version), ".SH NAME"]
    lines.append("smonsvc \\- " + roff(" ".join(match["what"].split())))
    lines += [".SH SYNOPSIS", roff(match["usage"]), ".SH DESCRIPTION"]
    lines += [roff(line) for line in match["text"].splitlines()]
    lines += [".SH OPTIONS", *_options(options)]
    lines += [".SH SIGNALS"]
    lines += [roff(line) for line in match["signals"].splitlines()]
    lines += [".SH EXIT STATUS"]
    lines += [roff(line) for line in match["status"][len("Exit status: "):].splitlines()]
    lines.append(".SH FILES")
    for path, text in _FILES:
        lines += [".TP", "\\fI%s\\fR" % roff(path), roff(text)]
    lines += [".SH SEE ALSO", ".BR smonctl (1),", ".BR sacct (1),", ".BR squeue (1)"]
    return "\n".join(lines) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: smonsvc --help | manual.py VERSION DATE")
    try:
        sys.stdout.write(manual(sys.stdin.read(), *sys.argv[1:]))
    except ValueError as error:
        sys.exit("manual.py: %s" % error)


if __name__ == "__main__":
    main()
