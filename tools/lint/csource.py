# SPDX-License-Identifier: GPL-2.0-only
"""Just enough C: text without comments, and the functions of a file."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
CALLABLE = re.compile(r"\b(\w+)\s*\(")
ANNOTATIONS = {"__must_hold", "__acquires", "__releases", "__printf", "__scanf",
               "__attribute__", "__aligned", "__section"}


def without_comments(text):
    """text with each comment replaced by spaces; lines stay where they are."""
    def blank(match):
        token = match.group(0)
        return re.sub(r"[^\n]", " ", token) if token.startswith("/") else token
    return TOKEN.sub(blank, text)


def code_only(text):
    """text without comments and without what is inside string literals."""
    def empty(match):
        token = match.group(0)
        return token if token.startswith("/") else token[0] + " " * (len(token) - 2) + token[-1]
    return TOKEN.sub(empty, without_comments(text))


@dataclass
class Function:
    name: str
    first: int          # line of the signature
    body: int           # line of the opening brace
    last: int           # line of the closing brace
    lines: list         # what is between the braces, without comments

    @property
    def length(self):
        return self.last - self.first + 1


def _signature(lines, brace):
    """Index of the first line of the signature that ends above brace."""
    first = brace
    while first and lines[first - 1].strip() and \
            not lines[first - 1].rstrip().endswith((";", "}", "\\")) and \
            not lines[first - 1].startswith("#"):
        first -= 1
    return first


def functions(text):
    """Every function of kernel shape: its braces stand in column 0."""
    lines = code_only(text).split("\n")
    for brace, line in enumerate(lines):
        if not line.startswith("{"):
            continue
        first = _signature(lines, brace)
        names = [name for name in CALLABLE.findall(" ".join(lines[first:brace]))
                 if name not in ANNOTATIONS]
        last = next((at for at in range(brace + 1, len(lines))
                     if lines[at].startswith("}")), None)
        if names and last is not None:
            yield Function(names[0], first + 1, brace + 1, last + 1, lines[brace + 1:last])
