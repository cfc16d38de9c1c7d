# SPDX-License-Identifier: GPL-2.0-only
"""Checkers that others wrote, one function each."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

from tree import Finding, Skip, ksrc, run

# checkpatch types that are not used: type: why.
CHECKPATCH_IGNORE = {
    "UNCOMMENTED_DEFINITION": "locks are described in kernel-doc, which it does not see",
}

# ... and those that do not hold in some files: path: {type: why}.
CHECKPATCH_PLACES = {
    r"compat/": {
        "LINUX_VERSION_CODE": "the room that knows kernel versions",
        "CONSTANT_COMPARISON": "takes LINUX_VERSION_CODE for a constant",
    },
    r"drivers/.*/trace[^/]*\.h": {
        "OPEN_ENDED_LINE": "the macros of tracepoints are laid out like structs",
        "PARENTHESIS_ALIGNMENT": "likewise",
    },
    r"kunit/": {
        "MACRO_ARG_REUSE": "the struct kunit of a test is a plain variable",
        "MSLEEP": "polls that may be late",
        "USE_LOCKDEP": "asks whether anybody holds a lock, not whether the caller does",
        "VSPRINTF_SPECIFIER_PX": "%p has one text for all before the random pool is ready",
    },
    r"drivers/iommufd/(area|hole|run)\.h": {
        "MACRO_ARG_REUSE": "loops, whose arguments are plain variables",
    },
    r"drivers/vtd-model/model-exports\.c": {
        "EXPORT_SYMBOL": "the files of the functions know no Linux",
    },
    # the kernel's macros, small, for user space
    r"selftests/vtd-model/shim/": {
        "MACRO_ARG_REUSE": "arguments are plain variables",
        "MACRO_ARG_UNUSED": "flags that user space has no use for",
        "SPACING": "takes a type for a factor",
        "CAMELCASE": "a word of C",
        "PREFER_DEFINED_ATTRIBUTE_MACRO": "it is what the macro is defined as",
        "PREFER_KERNEL_TYPES": "it is what they are defined as",
    },
    r"selftests/iommufd/": {
        "BIT_MACRO": "a word of the kernel",
        "BRACES": "the harness's assertions are more than one statement",
        "MACRO_ARG_REUSE": "names of types and members",
        "PREFER_KERNEL_TYPES": "a word of the kernel",
        "SPACING": "takes the harness's types for factors",
    },
    r"tools/coccinelle/": {"MULTISTATEMENT_MACRO_USE_DO_WHILE": "a hint for spatch, not C"},
}

# ... and lines about which a type is wrong: (type, line, why).
CHECKPATCH_WRONG = [
    ("CONST_STRUCT", r"\s*struct \w+( \w+)?;$", "a forward declaration, a copy for one device"),
    ("OPEN_BRACE", r"(static )?\w+ \w*for_each\w*\(", "a function, not a loop"),
    ("LINE_SPACING", r"kunit_test_\w+\(", "belongs to the suite above it"),
    ("EXPORT_SYMBOL", r"EXPORT_SYMBOL_IF_KUNIT\(\w+lock\)", "stands below DEFINE_MUTEX()"),
    ("SPACING", r"#define TRACE_INCLUDE_FILE ", "a file name, no difference"),
    ("SPACING", r"\t+\*\w+ [+|]= ", "below list_for_each_entry(): a pointer, no product"),
]

# Words that codespell takes for others: word: what it is here.
WORDS = {
    "fro": "VT-d: fault recording register offset",
    "nd": "VT-d: number of domains",
}

MESSAGE = re.compile(r"^([^\s:]+):(\d+):(?:\d+:)? ?(.*)$")


def shares(items):
    """items in as many parts as there are processors."""
    parts = cpu_count() or 1
    return [items[at::parts] for at in range(parts) if items[at::parts]]


def in_parallel(command, tree, paths):
    """Lines that command says about paths, which it gets as arguments."""
    def one(share):
        return run([*command, *share], cwd=tree.root)
    with ThreadPoolExecutor() as pool:
        for status, text in pool.map(one, shares(paths)):
            lines = text.splitlines()
            yield from lines
            if status and not lines:
                yield f"{command[0]} failed with status {status}"


def findings(lines):
    for line in lines:
        match = MESSAGE.match(line)
        if match:
            yield Finding(match[1], int(match[2]), match[3])
        elif line.strip():
            yield Finding("", 0, line)


def checkpatch_of(tree, paths, ignored):
    command = [str(ksrc() / "scripts/checkpatch.pl"), "--no-tree", "--strict", "--terse",
               "--show-types", "--no-summary", "--quiet"]
    if ignored:
        command.append("--ignore=" + ",".join(sorted(ignored)))
    for finding in findings(in_parallel([*command, "-f"], tree, paths)):
        if not mistaken(tree, finding):
            yield finding


def mistaken(tree, finding):
    """Whether checkpatch is known to be wrong about this line."""
    if not finding.line:
        return False
    line = tree.text(finding.path).split("\n")[finding.line - 1]
    return any(f":{kind}:" in finding.text and re.match(pattern, line)
               for kind, pattern, _ in CHECKPATCH_WRONG)


def checkpatch(tree):
    rest = tree.select(".c", ".h")
    for place, ignored in CHECKPATCH_PLACES.items():
        inside = [path for path in rest if re.match(place, path)]
        rest = [path for path in rest if path not in inside]
        yield from checkpatch_of(tree, inside, {**CHECKPATCH_IGNORE, **ignored})
    yield from checkpatch_of(tree, rest, CHECKPATCH_IGNORE)


def kernel_doc(tree):
    command = [str(ksrc() / "scripts/kernel-doc"), "-none", "-Wall", "-Werror"]
    for finding in findings(in_parallel(command, tree, tree.select(".c", ".h"))):
        # the count that -Werror adds says nothing about a line
        if not re.match(r"\d+ warnings as Errors$", finding.text):
            yield finding


def codespell(tree):
    if not shutil.which("codespell"):
        raise Skip("codespell is not installed")
    command = ["codespell", "--ignore-words-list=" + ",".join(WORDS)]
    yield from findings(in_parallel(command, tree,
                                    [path for path in tree.paths if path != "COPYING"]))


def is_shell(tree, path):
    return path.endswith(".sh") or re.match(r"#!.*\b(ba|da|)sh\b", tree.text(path))


def shellcheck(tree):
    if not shutil.which("shellcheck"):
        raise Skip("shellcheck is not installed")
    # SC2034: what a library sets is used by those who source it; SC2187: ash is busybox
    command = ["shellcheck", "--external-sources", "--severity=warning", "--exclude=SC2034,SC2187",
               "--format=gcc"]
    yield from findings(in_parallel(command, tree,
                                    [path for path in tree.paths if is_shell(tree, path)]))


def python(tree):
    """That Python can compile each of our scripts."""
    for path in tree.paths:
        if path.endswith(".py") or re.match(r"#!.*\bpython3\b", tree.text(path)):
            try:
                compile(tree.text(path), path, "exec")
            except SyntaxError as error:
                yield Finding(path, error.lineno or 0, error.msg)
