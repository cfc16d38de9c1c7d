# SPDX-License-Identifier: GPL-2.0-only
"""Building the modules with every warning that kbuild has, an error each."""

import fcntl
import hashlib
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tree import ROOT, Cannot, Finding, Skip, cache, run

MESSAGE = re.compile(r"^(?P<path>[^\s:]+):(?P<line>\d+):(?:\d+:)? "
                     r"(?P<text>(?:fatal )?(?:error|warning): .*)$")
COMPLAINT = re.compile(r"^(?:WARNING|ERROR)\b.*|.*\bmake.*\*\*\* No rule.*")

# Errors, so that an incremental build never forgets a warning.
W1 = ["W=1e"]


def output(root, name):
    """Where the objects of a checkout are kept between runs."""
    checkout = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    return cache() / "lint" / checkout / name


@contextmanager
def alone(build):
    """No other gate, of this run or another, builds there meanwhile."""
    build.mkdir(parents=True, exist_ok=True)
    with open(f"{build}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(tree, text):
    """The findings in what make said, each once."""
    found = {}
    for line in text.splitlines():
        match = MESSAGE.match(line)
        if match:
            finding = Finding(tree.owner(match["path"]), int(match["line"]), match["text"])
            found[finding] = None
        elif COMPLAINT.match(line):
            found[Finding("", 0, line.strip())] = None
    return list(found)


def finish(tree, build, status, text):
    findings = read(tree, text)
    if status and not findings:
        findings = [Finding("", 0, line) for line in text.splitlines()[-20:]]
    if findings:
        shutil.rmtree(build, ignore_errors=True)
    return findings


def make_modules(tree, kdir, job, options):
    build = output(tree.root, job.output)
    with alone(build):
        status, text = run(["make", "-k", f"-j{os.cpu_count()}", "-C", str(tree.root),
                            job.target, f"KDIR={kdir}", f"BUILD={build}", *options])
        return finish(tree, build, status, text)


def make_planted(tree, kdir, options):
    """One module of each planted file, with the flags that ours are built with."""
    for name in ("include", "compat"):
        Path(tree.root, name).symlink_to(ROOT / name)
    flags = [line for line in (ROOT / "Kbuild").read_text().splitlines()
             if "ccflags-" in line]
    objects = [path[:-1] + "o" for path in tree.select(".c")]
    Path(tree.root, "Kbuild").write_text("\n".join(
        ["CONFIG_IOPASID ?= m", *flags, "obj-m := " + " ".join(objects), ""]))
    status, text = run(["make", "-k", f"-j{os.cpu_count()}", "-C", str(kdir),
                        f"M={tree.root}", "modules", *options])
    return finish(tree, tree.root / "none", status, text)


@dataclass(frozen=True)
class Job:
    """One way to build the modules."""

    flavour: str        # of the kernel
    output: str         # jobs that share one do not run at once
    options: tuple = ()
    target: str = "modules"
    optional: bool = False      # its kernel takes long to make

    def __call__(self, tree):
        kdir = cache() / "kernels" / self.flavour / "build"
        if not (kdir / "Module.symvers").exists():
            if self.optional:
                raise Skip(f"no {self.flavour} kernel in {kdir} yet")
            raise Cannot(f"no kernel headers in {kdir}: run tools/setup")
        options = [*W1, *self.options]
        if tree.planted:
            return make_planted(tree, kdir, options)
        return make_modules(tree, kdir, self, options)


CLOUD = Job("cloud", "cloud")
FULL = Job("full", "full")
STUBS = Job("cloud", "stubs", ("CONFIG_IOPASID=n",))
SPARSE = Job("cloud", "cloud", ("C=2", "CF=-Wsparse-error"))
DEBUG = Job("debug", "debug", ("C=1", "CF=-Wsparse-error"), target="kunit", optional=True)
