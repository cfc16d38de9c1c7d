# SPDX-License-Identifier: GPL-2.0-only
"""The size of files and functions, and the lock assertion of _locked functions."""

import re

from csource import functions
from tree import Finding

FILE_MAX = 600
FUNCTION_MAX = 75       # aim at 15, stay below 60

# Files that may be longer: path: why.
LONG_FILES = {
    "COPYING": "the text of the licence",
}

# Functions that may be longer: (path, function): why.
LONG_FUNCTIONS = {
}

KERNEL = ("include/", "drivers/", "compat/", "kunit/")
DECLARATION = re.compile(r"\s*(?!return\b|goto\b|else\b|case\b)"
                         r"(?:\w+\s+)+\**\s*\w+(?:\s+__free\(\w+\))?\s*(?:=|;|,|\[)"
                         r"|\s*(?:DEFINE|DECLARE|LIST_HEAD|CLASS|XA_STATE|MA_STATE)\w*\(")


def first_statement(lines):
    """The first line of a body that declares nothing."""
    declaring = False
    for line in lines:
        if not line.strip():
            continue
        if declaring or DECLARATION.match(line):
            declaring = not line.rstrip().endswith(";")
            continue
        return line.strip()
    return ""


def check_function(path, function):
    if function.length > FUNCTION_MAX and (path, function.name) not in LONG_FUNCTIONS:
        yield Finding(path, function.first,
                      f"{function.name} has {function.length} lines, more than {FUNCTION_MAX}")
    if function.name.endswith("_locked") and path.startswith(KERNEL) and \
            not first_statement(function.lines).startswith("lockdep_assert"):
        yield Finding(path, function.first,
                      f"{function.name} does not begin with lockdep_assert_held")


def check(tree):
    for path in tree.paths:
        length = tree.text(path).count("\n")
        if length > FILE_MAX and path not in LONG_FILES:
            yield Finding(path, 0, f"{length} lines, more than {FILE_MAX}: one noun a file")
    for path in tree.select(".c", ".h"):
        for function in functions(tree.text(path)):
            yield from check_function(path, function)
