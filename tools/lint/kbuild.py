# SPDX-License-Identifier: GPL-2.0-only
"""Building the modules with every warning that kbuild has, an error each."""

import fcntl
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tree import ROOT, Cannot, Finding, cache, run

MESSAGE = re.compile(r"^(?P<path>[^\s:]+):(?P<line>\d+):(?:\d+:)? "
                     r"(?P<text>(?:fatal )?(?:error|warning): .*)$")
COMPLAINT = re.compile(r"^(?:WARNING|ERROR)\b.*|.*\bmake.*\*\*\* No rule.*")

# As tools/vm/run builds what it boots: errors, so that a later make does not
# forget a warning.
STRICT = ["CONFIG_IOPASID_IOMMUFD_MOCK=m", "W=1e"]
SPARSE = ["C=1", "CF=-Wsparse-error"]


@contextmanager
def alone(build):
    """No other gate, of this run or another, builds there meanwhile."""
    build.mkdir(parents=True, exist_ok=True)
    with open(build.with_name(f".{build.name}.lock"), "w", encoding="ascii") as lock:
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
    # Some, like modpost's, are said only once. Machines may use the modules.
    for note in build.rglob(".*.cmd") if findings else ():
        note.unlink()
    return findings


def make_modules(tree, kdir, job, options):
    build = Path(tree.root, "build", job.output)
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
    output: str         # below build/
    options: tuple = ()
    target: str = "modules"

    def __call__(self, tree):
        kdir = cache() / "kernels" / self.flavour / "build"
        if not (kdir / "Module.symvers").exists():
            more = " --kernel debug" if self.flavour == "debug" else ""
            raise Cannot(f"no kernel to build for in {kdir}: run tools/setup{more}")
        options = [*STRICT, *self.options]
        if tree.planted:
            return make_planted(tree, kdir, options)
        return make_modules(tree, kdir, self, options)


CLOUD = Job("cloud", "cloud")
FULL = Job("full", "full")
STUBS = Job("cloud", "stubs", ("CONFIG_IOPASID=n", "CONFIG_IOPASID_IOMMUFD_MOCK=n"))
DEBUG = Job("debug", "debug", tuple(SPARSE), target="kunit")
