# SPDX-License-Identifier: GPL-2.0-only
"""Files with one known defect each, which show that a gate is not blind.

planted/FOLDER/NAME holds, in its first lines,

    planted-as: PATH      where the file stands in the tree that the gate sees
    expect: REGEX         what a finding about PATH must say
                          ("nothing": a control, about which none may speak)
"""

import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tree import Cannot, Tree

HOME = Path(__file__).resolve().parent / "planted"

# What a fixture cannot hold without being found where it is stored.
SPELT = {"@MARK@": "TO" "DO", "@PLACE@": "/ho" "me/someone", "@HOST@": "deb." "debian.org",
         "@BLANKS@": "  ",
         "@LONG@": "".join(f"int planted_{number};\n" for number in range(600))}


def field(text, name, path):
    match = re.search(rf"\b{name}: (.*?)(?: \*/| -->)?$", text, re.M)
    if not match:
        raise Cannot(f"{path} has no line {name}:")
    return match.group(1)


class Fixture:
    def __init__(self, path):
        text = path.read_text()
        self.name = path.name
        self.path = field(text, "planted-as", path)
        self.expect = field(text, "expect", path)
        for word, meaning in SPELT.items():
            text = text.replace(word, meaning)
        self.text = text

    def failure(self, findings):
        """What the gate did wrong about this file, or None."""
        said = [finding.text for finding in findings if finding.path == self.path]
        if self.expect == "nothing":
            return f"{self.name}: found {said}, there is nothing" if said else None
        if any(re.search(self.expect, text) for text in said):
            return None
        return f"{self.name}: '{self.expect}' not found" + (f", but {said}" if said else "")


def fixtures(folders):
    return [Fixture(path) for folder in folders for path in sorted((HOME / folder).iterdir())]


@contextmanager
def tree(folders):
    """The planted tree of a gate and its fixtures."""
    planted = fixtures(folders)
    root = Path(tempfile.mkdtemp(prefix="iopasid-planted-"))
    try:
        for fixture in planted:
            path = root / fixture.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fixture.text)
        yield Tree.below(root, planted=True), planted
    finally:
        shutil.rmtree(root)


def failures(folders, check):
    """Fixtures about which check says too little, or too much."""
    with tree(folders) as (planted_tree, planted):
        findings = list(check(planted_tree))
        return [text for text in (fixture.failure(findings) for fixture in planted) if text]
