#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Judge one run of a virtual machine: its KTAP and its console.

    verdict.py FOLDER [--kunit] [--leak-check]

FOLDER holds verdict.ktap and console.log. One line a test case; status 1 if
any is not ok. tools/vm/run calls judge() with the same files.

The kernel's own complaints fail a run wherever they appear, and so does what
the software VT-d unit's detector finds: what a test provokes on purpose must be
told in words that are none of these. The one exception are data races (KCSAN)
that none of our modules is part of: they are counted.
"""

import argparse
import re
import sys

CONSOLE_FAULTS = re.compile("|".join((
    r"\bWARNING:", r"\bBUG(:| at)", r"\bOops\b", r"cut here", r"Call Trace:", r"Kernel panic",
    r"general protection fault", r"unable to handle", r"invalid opcode",
    r"INFO: possible", r"possible (circular|recursive) locking", r"inconsistent lock state",
    r"suspicious RCU", r"lockdep is turned off", r"MAX_\w+ too low",
    r"\bKASAN:", r"\bUBSAN:", r"kmemleak: \d+ new", r"kmemleak: .*(disabled|exceeded)", r"ODEBUG:",
    r"DMA-API: (?!preallocated|debugging (enabled|disabled) )",
    r"soft lockup", r"hard LOCKUP", r"detected (expedited )?stalls", r"self-detected stall",
    r"blocked for more than", r"refcount_t:", r"list_(add|del) corruption", r"Bad page",
    r"page allocation failure", r"Out of memory:", r"scheduling while atomic", r"nobody cared",
    r"cannot create duplicate filename", r"already present!", r"does not have a release",
    # The software VT-d unit's stale-translation detector, in mode "fail"
    r"vtd-model: DEFECT\b",
)))
# A whole report, up to its last line; one that is cut off stays a complaint.
RACE = re.compile(r"^[^\n]*BUG: KCSAN: (?:data-race|assert: race) in (?P<where>[^\n]*)\n"
                  r"(?P<rest>(?:(?![^\n]*BUG: KCSAN:)[^\n]*\n)*?[^\n]*={50,}\s*?)$", re.M)
OUR_MODULE = re.compile(r"\[(?:iopasid\w*|\w+_model|\w+_kunit)\]")
TAINT_OUT_OF_TREE = 1 << 12
TAINT_UNSIGNED = 1 << 13
TAINT_TEST = 1 << 18
SHOWN_FAULTS = 5
EXCERPT_BEFORE, EXCERPT_LINES = 3, 40

VERSION = re.compile(r"^K?TAP version \d+$")
PLAN = re.compile(r"^1\.\.(\d+)(?:\s+#\s*SKIP\s*(.*))?$", re.I)
PARAMETERS = re.compile(r"pass:\d+ fail:\d+ skip:\d+ total:(\d+)$")
RESULT = re.compile(r"^(ok|not ok)\s+(\d+)\s*(?:- )?([^#]*?)\s*(?:#\s*(SKIP|TODO)\s*(.*))?$", re.I)


class Case:
    """One result: status is "ok", "not ok" or "skip"."""

    def __init__(self, status, name, why=""):
        self.status, self.name, self.why = status, name, why

    def __str__(self):
        return f"{self.status} {self.name}" + (f" - {self.why}" if self.why else "")


class Result:
    def __init__(self, match, notes, level):
        self.passed = match.group(1).lower() == "ok"
        self.number, self.name = int(match.group(2)), match.group(3)
        self.skipped = (match.group(4) or "").upper() == "SKIP"
        self.reason = match.group(5) or ""
        self.notes, self.level = notes, level


class Level:
    """The plan, results and pending notes at one depth of indentation."""

    def __init__(self):
        self.plan, self.skip_reason, self.results, self.notes = None, None, [], []


def parse(text):
    """Return the top level of a KTAP document; deeper levels hang on results."""
    open_levels = {}
    bail = None
    for raw in text.splitlines():
        line = raw.rstrip("\r").rstrip()
        depth = len(line) - len(line.lstrip(" "))
        line = line.strip()
        if not line:
            continue
        level = open_levels.setdefault(depth, Level())
        plan, result = PLAN.match(line), RESULT.match(line)
        if line.startswith("Bail out!"):
            bail = line
        elif plan:
            level.plan, level.skip_reason = int(plan.group(1)), plan.group(2)
        elif result:
            below = sorted(inner for inner in open_levels if inner > depth)
            inner = open_levels.get(below[0]) if below else None
            for gone in below:
                del open_levels[gone]
            level.results.append(Result(result, level.notes, inner))
            level.notes = []
        elif not VERSION.match(line):
            level.notes.append(line.lstrip("# "))
    top = open_levels.pop(0, Level())
    top.unfinished = [open_levels[depth] for depth in sorted(open_levels)]
    top.bail = bail
    return top


def parameter_count(notes):
    """KUnit plans no parameters of a case, but sums them up after the last one."""
    totals = [PARAMETERS.search(note) for note in notes]
    return next((int(total.group(1)) for total in totals if total), None)


def judge_level(level, path):
    """Yield the cases of a level, and what is wrong with its plan."""
    if level.skip_reason is not None and level.plan == 0 and not level.results:
        yield Case("skip", path, level.skip_reason)
        return
    for expected, result in enumerate(level.results, 1):
        name = f"{path}: {result.name}" if path else result.name
        if result.number != expected:
            yield Case("not ok", name, f"result numbered {result.number} where {expected} was expected")
        yield from judge_result(result, name)
    if level.plan is None:
        yield Case("not ok", path or "plan", "no plan line (1..N): the test ended before it began")
    elif len(level.results) != level.plan:
        yield Case("not ok", path or "plan", f"planned {level.plan} results, got {len(level.results)}")


def judge_result(result, name):
    failed_below = False
    if result.level is not None and result.level.plan is None:
        result.level.plan = parameter_count(result.notes)
    if result.level is not None and (result.level.plan is not None or result.level.results):
        for case in judge_level(result.level, name):
            failed_below |= case.status == "not ok"
            yield case
        if not result.passed and not failed_below:
            yield Case("not ok", name, "; ".join(result.level.notes + result.notes)[-600:])
        return
    if result.skipped:
        yield Case("skip", name, result.reason)
    elif result.passed and result.level is None and ": " not in name:
        yield Case("not ok", name, "no plan line (1..N): the test reported nothing")
    else:
        notes = result.notes + (result.level.notes if result.level else [])
        yield Case("ok" if result.passed else "not ok", name,
                   "" if result.passed else "; ".join(notes)[-600:])


class Races:
    """The data races of a console: planted in functions of ours, foreign, the others.

    text is the console without the headlines of the planted and the foreign
    ones, which are no complaints then.
    """

    def __init__(self, console, planted=()):
        self.planted, self.foreign = [], []
        self.text = RACE.sub(lambda match: self.sort(match, planted), console)

    def sort(self, match, planted):
        if not OUR_MODULE.search(match.group()):
            self.foreign.append(match["where"].strip())
        elif found := [name for name in planted if re.search(rf"\b{name} \[", match["where"])]:
            self.planted += found
        else:
            return match.group()
        return match["rest"]


def judge_kernel(ktap, console, kunit, leak_check):
    """Return what is wrong with the kernel after the tests."""
    faults = []
    lines = [line for line in console.splitlines() if CONSOLE_FAULTS.search(line)]
    faults += [f"console: {line.strip()}" for line in lines[:SHOWN_FAULTS]]
    if len(lines) > SHOWN_FAULTS:
        faults.append(f"console: {len(lines) - SHOWN_FAULTS} more such lines")
    allowed = TAINT_OUT_OF_TREE | TAINT_UNSIGNED | (TAINT_TEST if kunit else 0)
    taints = re.findall(r"^# taint (\S+) (\d+)\r?$", ktap, re.M)
    for name, value in taints:
        if int(value) & ~allowed:
            faults.append(f"after {name} the kernel is tainted with {int(value) & ~allowed:#x} beside O and E")
    leaks = re.findall(r"^# leaks (\S+) (\S+)\r?$", ktap, re.M)
    for name, value in leaks:
        if value not in ("0", "none"):
            faults.append(f"kmemleak reports {value} leaks after {name}: see the end of its console")
        if leak_check and value == "none":
            faults.append(f"kmemleak is off after {name}: leaks would go unseen")
    if not taints or not leaks:
        faults.append("the guest did not report its taint and leaks")
    if not re.search(r"^# end\r?$", ktap, re.M):
        faults.append("the guest stopped before the end of its list of tests")
    return faults


def lost_timers(ktap):
    """The processors whose timer QEMU has lost before the tests began (tools/vm/guest-ticks), or None."""
    found = re.search(r"^# lost (.+?)\r?$", ktap, re.M)
    return found and found[1].strip()


def excerpt(console):
    """The lines of the console around the kernel's first complaint; the last ones if there is none."""
    lines = [line.rstrip() for line in Races(console).text.splitlines()]
    first = next((number for number, line in enumerate(lines) if CONSOLE_FAULTS.search(line)), len(lines))
    start = max(0, min(first - EXCERPT_BEFORE, len(lines) - EXCERPT_LINES))
    return lines[start:start + EXCERPT_LINES]


def judge(ktap, console, kunit=False, leak_check=False, faults=(), planted_races=()):
    """Return every case of a run; the last one is the kernel itself.

    planted_races names functions of ours in which KCSAN must find one each.
    """
    top = parse(ktap)
    cases = list(judge_level(top, ""))
    for level in top.unfinished[:1]:
        cases += judge_level(level, "unfinished test")
    if top.bail:
        cases.append(Case("not ok", "bail out", top.bail))
    races = Races(console, planted_races)
    wrong = list(faults) + judge_kernel(ktap, races.text, kunit, leak_check)
    wrong += [f"KCSAN found no data race in {name}" for name in planted_races if name not in races.planted]
    good = "kernel: no complaint, no leak, no taint"
    if races.foreign:
        good += f"; {len(races.foreign)} data races without our modules, the first in {races.foreign[0]}"
    cases += [Case("not ok", "kernel", text) for text in wrong] or [Case("ok", good)]
    return cases


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--kunit", action="store_true")
    parser.add_argument("--leak-check", action="store_true")
    options = parser.parse_args()
    cases = judge(read(f"{options.folder}/verdict.ktap"), read(f"{options.folder}/console.log"),
                  options.kunit, options.leak_check)
    for case in cases:
        print(case)
    return any(case.status == "not ok" for case in cases)


if __name__ == "__main__":
    sys.exit(main())
