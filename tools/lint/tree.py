# SPDX-License-Identifier: GPL-2.0-only
"""The files that a gate looks at, and what a gate says about them."""

import functools
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLANTED = "tools/lint/planted/"


class Cannot(Exception):
    """The gate cannot run here, which is a failure of the gate."""


class Skip(Exception):
    """The gate has nothing to say here, for the reason given."""


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self):
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.text}" if where else self.text


def run(command, **options):
    """Run a tool; return (exit status, standard output and error together)."""
    try:
        done = subprocess.run(command, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **options)
    except FileNotFoundError:
        raise Cannot(f"{command[0]} is missing: run tools/setup") from None
    return done.returncode, done.stdout


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("IOPASID_CACHE") or Path(home) / "iopasid")


def ksrc():
    """The source of the kernel, which has the checkers in scripts/."""
    source = Path(os.environ.get("KSRC") or cache() / "linux-source")
    if not (source / "scripts/checkpatch.pl").exists():
        raise Cannot(f"no kernel source in {source}: run tools/setup")
    return source


class Tree:
    """A directory and the paths below it that the gates may see.

    A planted tree holds files with known defects, see planted.py.
    """

    def __init__(self, root, paths, planted=False):
        self.root = Path(root)
        self.paths = sorted(paths)
        self.planted = planted

    @classmethod
    def of_repository(cls, root):
        """What git knows or would add; everything, where there is no git."""
        status, out = run(["git", "-C", str(root), "ls-files", "-z", "-c", "-o",
                           "--exclude-standard"])
        if status:
            return cls.below(root)
        names = {name for name in out.split("\0") if name}
        return cls(root, [name for name in names
                          if not name.startswith(PLANTED)
                          and (Path(root) / name).is_file()
                          and not (Path(root) / name).is_symlink()])

    @classmethod
    def below(cls, root, planted=False):
        paths = [str(path.relative_to(root)) for path in Path(root).rglob("*")
                 if path.is_file() and not path.is_symlink()]
        return cls(root, [path for path in paths
                          if not path.startswith((PLANTED, ".git/", "build/"))], planted)

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        """The text of a file, or "" for one that is not text."""
        try:
            data = (self.root / path).read_bytes()
        except FileNotFoundError:       # gone since it was listed
            return ""
        return "" if b"\0" in data else data.decode(errors="replace")

    def lines(self, path):
        """(number, line) of each line."""
        return enumerate(self.text(path).split("\n"), 1)

    def select(self, *suffixes, below=("",)):
        """Paths that end in one of suffixes and begin with one of below."""
        return [path for path in self.paths
                if path.endswith(suffixes) and path.startswith(tuple(below))]

    def grep(self, pattern, paths, message):
        """A finding for each line of paths that pattern is found in."""
        regexp = re.compile(pattern)
        for path in paths:
            for number, line in self.lines(path):
                match = regexp.search(line)
                if match:
                    yield Finding(path, number, message.format(match.group(0)))

    def owner(self, name):
        """The path of this tree that a tool calls by an own name for it."""
        parts = Path(name).parts
        for start in range(len(parts)):
            path = "/".join(parts[start:])
            if path in self.paths:
                return path
        return name
