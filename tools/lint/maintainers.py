# SPDX-License-Identifier: GPL-2.0-only
"""MAINTAINERS in the kernel's format: each file has a section, each pattern a file."""

import re

from tree import Finding

LINE = re.compile(r"([A-Z]):\t(\S.*)$")
STATES = {"Supported", "Maintained", "Odd Fixes", "Orphan", "Obsolete"}
CATCH_ALL = {"*", "*/", "./"}


def regexp(pattern):
    """F: as get_maintainer.pl reads it: a final / means all below."""
    body = "".join("[^/]*" if part == "*" else "[^/]" if part == "?" else re.escape(part)
                   for part in re.split(r"([*?])", pattern))
    return re.compile(body + (".*" if pattern.endswith("/") else "") + r"\Z")


def sections(tree):
    """(title, line, [(tag, value, line)]) of each section, filled as it is read."""
    above = section = None
    for number, line in tree.lines("MAINTAINERS"):
        tag = LINE.match(line)
        if not tag:
            above, section = line, None
            continue
        if section is None:
            section = (above, number - 1, [])
            yield section
        section[2].append((*tag.groups(), number))


def check_section(title, number, tags):
    if title != title.upper():
        yield Finding("MAINTAINERS", number, f"{title}: the title is not in capitals")
    for wanted in "SF":
        if not any(tag == wanted for tag, _, _ in tags):
            yield Finding("MAINTAINERS", number, f"{title}: no {wanted}: line")
    for tag, value, line in tags:
        if tag == "S" and value not in STATES:
            yield Finding("MAINTAINERS", line, f"{value} is no state")
        if tag == "F" and value in CATCH_ALL:
            yield Finding("MAINTAINERS", line, f"{value} covers anything")


def check(tree):
    if "MAINTAINERS" not in tree.paths:
        yield Finding("MAINTAINERS", 0, "is missing")
        return
    found = list(sections(tree))
    titles = [title for title, _, _ in found]
    if titles != sorted(titles):
        yield Finding("MAINTAINERS", 0, "the sections are not in alphabetical order")
    for section in found:
        yield from check_section(*section)
    patterns = [(value, regexp(value), line) for _, _, tags in found
                for tag, value, line in tags if tag == "F" and value not in CATCH_ALL]
    for path in tree.paths:
        if not any(pattern.match(path) for _, pattern, _ in patterns):
            yield Finding(path, 0, "no section of MAINTAINERS has it")
    for value, pattern, line in patterns:
        if not any(pattern.match(path) for path in tree.paths):
            yield Finding("MAINTAINERS", line, f"{value} matches no file")
