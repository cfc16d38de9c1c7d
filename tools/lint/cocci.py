# SPDX-License-Identifier: GPL-2.0-only
"""Coccinelle: the kernel's semantic patches and ours, in report mode.

spatch says nothing about a function that it cannot parse, so parsing is a gate
of its own, and spatch sees copies in which what it stumbles over is removed.
"""

import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tree import Cannot, Finding, Tree, ksrc, run

OURS = Path(__file__).resolve().parent.parent / "coccinelle"
MACROS = OURS / "macros.h"

# Semantic patches of the kernel that are not used: path: why.
UNUSED = {
    "api/check_bq27xxx_data.cocci": "needs an OCaml compiler, about one driver",
    "null/badzero.cocci": "needs an OCaml compiler",
    "misc/orplus.cocci": "takes the sum of two sizes, SZ_2M + SZ_4K, for bit masks",
}

# What the planted files exercise, beside our own semantic patches.
PROVED = ("free/kfree.cocci", "locks/mini_lock.cocci", "locks/call_kern.cocci")

KERNEL_ROOMS = ("include/", "drivers/", "compat/", "kunit/")
MESSAGE = re.compile(r"^([^\s:]+):(\d+):[\d-]+: (.*)$")
GAVE_UP = re.compile(r"EXN|Traceback|Failure|exception|[Ee]rror:")
# what spatch --parse-c says of a piece that it skips; tables need no parsing,
# a function has its brace in column 0
UNPARSED = re.compile(r'^ = File "([^"]+)", line (\d+),.*\n(?:.*\n){2,4}?badcount: \d+\n'
                      r'((?:(?:bad:|BAD:!!!!!) .*\n)*)', re.M)
BODY = re.compile(r"^(?:bad:|BAD:!!!!!) \{", re.M)
# __free(kfree) makes kfree a type, and a call of it in the same function unparsable
CLEANUP = re.compile(r"\s__free\(\w+\)")


@contextmanager
def copy(tree):
    """A tree of the kernel's C files as spatch can read them."""
    root = Path(tempfile.mkdtemp(prefix="iopasid-cocci-"))
    try:
        paths = tree.select(".c", ".h", below=KERNEL_ROOMS)
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(CLEANUP.sub("", tree.text(path)))
        yield Tree(root, paths, tree.planted)
    finally:
        shutil.rmtree(root)


def scripts(planted):
    upstream = ksrc() / "scripts/coccinelle"
    names = [str(path.relative_to(upstream)) for path in sorted(upstream.rglob("*.cocci"))]
    if set(PROVED) - set(names):
        raise Cannot(f"semantic patches are missing in {upstream}")
    used = PROVED if planted else [name for name in names if name not in UNUSED]
    return sorted(OURS.glob("*.cocci")) + [upstream / name for name in used]


def options(script):
    match = re.search(r"^//+ *Options: *(.*)$", script.read_text(), re.M)
    return match.group(1).split() if match else []


def spatch(script, root):
    """(script, exit status, what it said) of one semantic patch on all files."""
    status, text = run(["spatch", "-D", "report", "--no-show-diff", "--very-quiet",
                        "--cocci-file", str(script), "--macro-file", str(MACROS),
                        *options(script), "-I", "include", "--dir", "."], cwd=root)
    return script, status, text


def about(script, status, text):
    """Findings in what one semantic patch said."""
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines:
        match = MESSAGE.match(line)
        if match:
            yield Finding(os.path.normpath(match[1]), int(match[2]),
                          f"{match[3]} [{script.stem}]")
        elif GAVE_UP.search(line):
            yield Finding("", 0, f"{script.name}: {line.strip()}")
    if status:
        yield Finding("", 0, f"{script.name}: spatch failed with status {status}: "
                      + " ".join(lines[-1:]))


def check(tree):
    with copy(tree) as seen, ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(lambda script: spatch(script, seen.root),
                               scripts(tree.planted)):
            yield from about(*result)


def check_parse(tree):
    with copy(tree) as seen, ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = [path for path in seen.select(".c", ".h")
                 if "TRACE_SYSTEM" not in seen.text(path)]

        def parse(path):
            return run(["spatch", "--macro-file", str(MACROS), "--parse-c", path],
                       cwd=seen.root)[1]
        for path, text in zip(paths, pool.map(parse, paths)):
            for name, line, piece in UNPARSED.findall(text):
                if name == path and BODY.search(piece):     # path may include name
                    yield Finding(path, int(line),
                                  "spatch skips this function: it cannot parse it")
            if "nb good" not in text:
                yield Finding(path, 0, "spatch says nothing about it")
