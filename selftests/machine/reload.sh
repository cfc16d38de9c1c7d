# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# All modules come and go twenty times with DMA in between; each time the unit
# is left as it was found.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

ROUNDS=20

# GSTS without RTPS, which no driver can clear; root table, fault control,
# protected memory.
registers() {
	echo "$(($(register 0x1c 32) & 0xbfffffff)) $(register 0x20 64) $(register 0x38 32) $(register 0x64 32)"
}

plan $((ROUNDS + 2))

before=$(registers)
note "GSTS RTADDR FECTL PMEN: $before"
check "the unit is free" unit_is_free
for round in $(seq $ROUNDS); do
	mode=translated
	[ $((round % 2)) -eq 1 ] || mode=identity
	failed=
	start dma_mode=$mode || failed="$failed start"
	selftest_passes $A || failed="$failed $A"
	put $B mapping map || failed="$failed map"
	stop || failed="$failed stop"
	[ "$(registers)" = "$before" ] || failed="$failed registers: $(registers)"
	check_is "round $round, $mode" "" "$failed"
done
check "no module is left" test ! -e /sys/module/iopasid -a ! -e /sys/kernel/debug/iopasid
