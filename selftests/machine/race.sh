# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# KCSAN sees the races of a module that has some, and no others: the harness
# compares what it reported (tools/vm/run --expect-race).
. /lib.sh

reported() {
	log_since | grep -q "BUG: KCSAN: data-race in .*$1 \[iopasid_planted\]"
}

plan 5

check_is "KCSAN is on" "enabled: 1" "$(head -n 1 /sys/kernel/debug/kcsan)"
log_mark
check "the module with the races loads" load iopasid-planted
check "a plain count without a lock is found" wait_for 30 reported planted_race
check "a missing barrier is found" wait_for 60 reported planted_send
check "it unloads" unload iopasid-planted
