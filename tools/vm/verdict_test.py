#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Planted failures: each must turn a good run into a failed one.

Prints ok/not ok lines; status 1 if the verdict missed one.
"""

import os
import subprocess
import sys
import tempfile

import verdict

TICKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest-ticks")

GOOD_KTAP = """KTAP version 1
# release 6.12.0
1..2
    KTAP version 1
    1..2
    ok 1 the first thing
    ok 2 the second thing # SKIP not on this machine
# leaks alpha 0
# taint alpha 12288
ok 1 alpha
    KTAP version 1
    1..1
        KTAP version 1
        # Subtest: suite
        1..2
            KTAP version 1
            # Subtest: case_a
            ok 1 zero
            ok 2 one
        # case_a: pass:2 fail:0 skip:0 total:2
        ok 1 case_a
        ok 2 case_b
    ok 1 suite
# leaks beta 0
# taint beta 12288
ok 2 beta
# end
"""
GOOD_CONSOLE = """[    0.000000] Linux version 6.12.0
[    0.100000] kasan: KernelAddressSanitizer initialized (generic)
[    0.200000] DMA-API: preallocated 65536 debug entries
[    0.200000] DMA-API: debugging enabled by kernel config
[    0.200000] ... MAX_LOCKDEP_CHAINS:      65536
[    0.300000] TSC: [Firmware Bug]: the clock is odd
[    2.000000] iopasid: loading out-of-tree module taints kernel.
[    2.500000] vtd-model: defect: vtdm0: DMA reached memory that was reported as gone: ...
[    3.000000] reboot: Restarting system
"""

# One line for the console, as the kernel writes it.
BAD_CONSOLE = {
    "WARN": "[ 3.0] WARNING: CPU: 0 PID: 77 at drivers/x.c:12 f+0x10/0x20 [iopasid]",
    "BUG": "[ 3.0] BUG: kernel NULL pointer dereference, address: 0000000000000008",
    "kernel BUG": "[ 3.0] kernel BUG at mm/slub.c:448!",
    "oops": "[ 3.0] Oops: general protection fault, probably for non-canonical address",
    "panic": "[ 3.0] Kernel panic - not syncing: Fatal exception",
    "lockdep circular": "[ 3.0] WARNING: possible circular locking dependency detected",
    "lockdep irq": "[ 3.0] WARNING: inconsistent lock state",
    "lockdep off": "[ 3.0] INFO: lockdep is turned off.",
    "lockdep limit": "[ 3.0] MAX_LOCKDEP_CHAINS too low!",
    "RCU use": "[ 3.0] WARNING: suspicious RCU usage",
    "RCU stall": "[ 3.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    "atomic sleep": "[ 3.0] BUG: sleeping function called from invalid context at mm/slab.h:1",
    "KASAN": "[ 3.0] BUG: KASAN: slab-use-after-free in f+0x10/0x20 [iopasid]",
    "UBSAN": "[ 3.0] UBSAN: shift-out-of-bounds in drivers/x.c:12:3",
    "kmemleak": "[ 3.0] kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "kmemleak off": "[ 3.0] kmemleak: Kernel memory leak detector disabled",
    "DMA API": "[ 3.0] DMA-API: nvme 0000:00:10.0: device driver frees DMA memory with wrong function",
    "DMA API off": "[ 3.0] DMA-API: debugging out of memory - disabling",
    "soft lockup": "[ 3.0] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [dd:80]",
    "hung task": "[ 3.0] INFO: task rmmod:90 blocked for more than 60 seconds.",
    "refcount": "[ 3.0] refcount_t: underflow; use-after-free.",
    "list": "[ 3.0] list_del corruption. prev->next should be ffff",
    "debug object": "[ 3.0] ODEBUG: free active (active state 0) object type: work_struct",
    "irq": "[ 3.0] irq 24: nobody cared (try booting with the \"irqpoll\" option)",
    "stack dump": "[ 3.0] Call Trace:",
    "missed flush": "[ 3.0] vtd-model: DEFECT vtdm0: DMA reached memory that was reported as gone: ...",
}

# KCSAN's report, with the names of two functions and of a caller
RACE = """[    3.0] ==================================================================
[    3.0] BUG: KCSAN: data-race in {one} / {other}
[    3.0]
[    3.0] write to 0xffffffffc009a628 of 8 bytes by task 87 on cpu 0:
[    3.0]  {one}+0x1d/0x30
[    3.0]  {caller}
[    3.0]
[    3.0] read to 0xffffffffc009a628 of 8 bytes by interrupt on cpu 1:
[    3.0]  {other}+0x17/0x30
[    3.0]
[    3.0] value changed: 0x0000000000000009 -> 0x000000000000000a
[    3.0]
[    3.0] Reported by Kernel Concurrency Sanitizer on:
[    3.0] CPU: 0 UID: 0 PID: 87 Comm: rmmod Tainted: G           O E
[    3.0] ==================================================================
"""
STOCK_RACE = {"one": "ksoftirqd_run", "other": "tick_sched_do_timer", "caller": "kthread+0x1/0x2 [nvme]"}

# Text of the good KTAP and what replaces it.
BAD_KTAP = {
    "a result not ok": ("    ok 1 the first thing", "    not ok 1 the first thing"),
    "a test not ok": ("ok 1 alpha", "not ok 1 alpha"),
    "a nested case not ok": ("        ok 2 case_b", "        not ok 2 case_b"),
    "a nested suite not ok": ("    ok 1 suite", "    not ok 1 suite"),
    "no plan in a test": ("    1..2\n    ok 1 the first", "    ok 1 the first"),
    "no plan in a suite": ("        1..2\n            KTAP", "            KTAP"),
    "no plan at the top": ("1..2\n    KTAP", "    KTAP"),
    "fewer results than planned": ("    1..2\n    ok 1 the first", "    1..3\n    ok 1 the first"),
    "more results than planned": ("    1..2\n    ok 1 the first", "    1..1\n    ok 1 the first"),
    "a case lost": ("        ok 1 case_a\n", ""),
    "a test that skips all after a result": ("    ok 2 the second thing # SKIP not", "    1..0 # SKIP not"),
    "a parameter not ok": ("            ok 2 one", "            not ok 2 one"),
    "a parameter lost": ("            ok 2 one\n", ""),
    "parameters without a sum": ("        # case_a: pass:2 fail:0 skip:0 total:2\n", ""),
    "wrong number": ("    ok 1 the first thing", "    ok 2 the first thing"),
    "a test that reported nothing": (GOOD_KTAP[GOOD_KTAP.index("    KTAP"):GOOD_KTAP.index("# leaks alpha")], ""),
    "taint W": ("# taint alpha 12288", "# taint alpha 12800"),
    "taint of a KUnit run outside one": ("# taint beta 12288", "# taint beta 274432"),
    "a leak": ("# leaks beta 0", "# leaks beta 1"),
    "no leak check on the debug kernel": ("# leaks beta 0", "# leaks beta none"),
    "taint not reported": ("# taint", "# paint"),
    "guest stopped early": ("# end\n", ""),
    "guest stopped in the first test": (GOOD_KTAP[GOOD_KTAP.index("    ok 2"):], ""),
    "bail out": ("# end\n", "Bail out! no device\n# end\n"),
    "nothing at all": (GOOD_KTAP, ""),
}


def failed(ktap, console, **options):
    return any(case.status == "not ok" for case in verdict.judge(ktap, console, **options))


def race_trials():
    """Data races: whose they are, and a planted one."""
    stock = RACE.format(**STOCK_RACE)
    case = verdict.judge(GOOD_KTAP, GOOD_CONSOLE + stock + stock)[-1]
    yield "data races of the stock kernel are no failure, but counted", \
        case.status == "ok" and "2 data races" in case.name and "ksoftirqd_run" in case.name
    for key, name in (("one", "f [iopasid_vtd]"), ("other", "f [vtd_model]"), ("caller", "f+0x1/0x2 [core_kunit]")):
        ours = RACE.format(**{**STOCK_RACE, key: name})
        yield f"fails on a data race with {name}", failed(GOOD_KTAP, GOOD_CONSOLE + stock + ours + stock)
    yield "fails on a data race whose report is cut off", failed(GOOD_KTAP, GOOD_CONSOLE + stock[:-80])
    yield "fails on a complaint within another's report", \
        failed(GOOD_KTAP, GOOD_CONSOLE + stock.replace("[    3.0] value", BAD_CONSOLE["WARN"] + "\n[    3.0] value"))
    planted = RACE.format(**{**STOCK_RACE, "one": "planted_race [iopasid_planted]"})
    yield "passes when the planted race is found", \
        not failed(GOOD_KTAP, GOOD_CONSOLE + planted, planted_races=["planted_race"])
    yield "fails on a planted race that nobody asked for", failed(GOOD_KTAP, GOOD_CONSOLE + planted)
    yield "fails when the planted race is not found", \
        failed(GOOD_KTAP, GOOD_CONSOLE + planted, planted_races=["planted_race", "planted_send"])
    yield "fails on another race beside the planted one", \
        failed(GOOD_KTAP, GOOD_CONSOLE + planted + ours, planted_races=["planted_race"])


def ticks(dead):
    """What tools/vm/guest-ticks says of two processors, if the one with this mask is dead."""
    fakes = {"usleep": "exit", "taskset": f'[ "$1" = {dead} ] && exec sleep 60; shift; exec "$@"'}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in fakes.items():
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\n{text}\n")
            os.chmod(file.name, 0o755)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        return subprocess.run([TICKS, "2"], capture_output=True, text=True, check=False, env=environment)


def timer_trials():
    """A processor whose timer QEMU has lost."""
    well = ticks("none")
    yield "all processors tick", well.returncode == 0 and well.stdout.strip() == "all"
    for mask, number in (("1", "0"), ("2", "1")):
        lost = ticks(mask)
        yield f"processor {number} does not", lost.returncode == 1 and lost.stdout.strip() == number
    yield "a guest that says so is told from others", \
        verdict.lost_timers("# lost  1\r\n") == "1" and not verdict.lost_timers(GOOD_KTAP)
    yield "fails when there is no other guest", failed("# lost 1\n", GOOD_CONSOLE)


def trials():
    """Yield (name, whether the verdict was right)."""
    yield "a good run passes", not failed(GOOD_KTAP, GOOD_CONSOLE, leak_check=True)
    statuses = [case.status for case in verdict.judge(GOOD_KTAP, GOOD_CONSOLE)]
    yield "each case is counted once", statuses == ["ok", "skip", "ok", "ok", "ok", "ok"]
    yield "a serial line's carriage returns are ignored", not failed(GOOD_KTAP.replace("\n", "\r\n"), GOOD_CONSOLE)
    yield "a KUnit run may carry its taint", not failed(GOOD_KTAP.replace("12288", "274432"), GOOD_CONSOLE, kunit=True)
    yield "fails on a time-out", failed(GOOD_KTAP, GOOD_CONSOLE, faults=["no end after 120 s"])
    for name, line in BAD_CONSOLE.items():
        yield f"fails on {name}", failed(GOOD_KTAP, GOOD_CONSOLE + line + "\n")
    yield from race_trials()
    yield from timer_trials()
    for name, (old, new) in BAD_KTAP.items():
        if old not in GOOD_KTAP:
            yield f"fails on {name} (its text is not in the sample)", False
        else:
            yield f"fails on {name}", failed(GOOD_KTAP.replace(old, new), GOOD_CONSOLE, leak_check=True)


def main():
    missed = 0
    for name, right in trials():
        print(f"{'ok' if right else 'not ok'} verdict: {name}")
        missed += not right
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
