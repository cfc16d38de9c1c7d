# SPDX-License-Identifier: GPL-2.0-only
"""What every text file has and what none has: licence tag, clean ends, no marks."""

import re

from tree import Finding

LICENCE = "GPL-2.0-only"
UAPI_LICENCE = "GPL-2.0-only WITH Linux-syscall-note"
SPDX = re.compile(r"SPDX-License-Identifier: (.*?)(?: \*/| -->)?$")
UNTAGGED = {"COPYING"}          # it is the licence
UNTAGGED_ROOMS = ("Documentation/ABI/",)        # their format has no comments

# Spelt so that this file does not find itself. SKIP and its fellow are TAP's.
MARKS = r"(?<!SKIP\|)\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b"
PLACES = r"(?<![\w.$}])/(hom[e]/|roo[t]/\w|wor[k]/|far[m]/|User[s]/|tmp/bash_job[s])"
HOSTS = (r"\b(deb|security|snapshot|ftp[.\w]*)[.]debian[.]org\b"
         r"|\b(archive|security)[.]ubuntu[.]com\b|\b(pypi|pythonhosted)[.]org\b"
         r"|\b(crates|docker|quay|ghcr)[.]io\b|\bnpmjs[.](org|com)\b"
         r"|\bproxy[.]golang[.]org\b|\braw[.]githubusercontent[.]com\b")


def licence(tree, path):
    """The tag stands on the first line, or below the #! line."""
    for number, line in list(tree.lines(path))[:2]:
        match = SPDX.search(line)
        if match:
            wanted = UAPI_LICENCE if path.startswith("include/uapi/") else LICENCE
            if match.group(1) != wanted:
                yield Finding(path, number, f"licence {match.group(1)}, not {wanted}")
            return
    yield Finding(path, 1, "no SPDX-License-Identifier")


def check(tree):
    texts = [path for path in tree.paths if tree.text(path)]
    for path in texts:
        if path not in UNTAGGED and not path.startswith(UNTAGGED_ROOMS):
            yield from licence(tree, path)
        if not tree.text(path).endswith("\n"):
            yield Finding(path, 0, "the last line has no end")
    own = [path for path in texts if path not in UNTAGGED]
    yield from tree.grep(r"[ \t\r]+$", own, "white space at the end")
    yield from tree.grep(MARKS, own, "{}: finish it, or file an issue")
    yield from tree.grep(PLACES, own, "{}: a path of one machine")
    yield from tree.grep(HOSTS, own, "{}: packages come from where the user's apt gets them")
