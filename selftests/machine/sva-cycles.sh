# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A thousand processes attach their address space, use it and end in all ways there
# are: sva-cycles of selftests/iommufd, quietly. Memory and PASIDs are as they were.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/model.sh
. /tests/lib/pinned.sh
. /tests/lib/sva.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

case $KERNEL in
debug) CYCLES=200 WARM_UP=60 BOUND=800 ;;
*) CYCLES=1000 WARM_UP=200 BOUND=1000 ;;
esac
# BOUND is in KiB: a page for each process, or for each of a quarter of them, is more.

# KiB that nobody has, with what the processors keep on lists of their own. What KASAN
# keeps of freed objects goes with the empty slabs.
free_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	for _shrink in /sys/kernel/slab/*/shrink; do
		echo 1 >"$_shrink"
	done
	awk '/^ *pages free / { pages += $3 } /^ *count: / { pages += $2 }
	     END { print 4 * pages }' /proc/zoneinfo
}

cycles() {
	/tests/iommufd/sva-cycles "$1"
}

# What the allocators keep for themselves comes with the first ones.
memory_is_back() {
	cycles $WARM_UP || return
	_before=$(free_memory)
	cycles $CYCLES || return
	_lost=$((_before - $(free_memory)))
	note "$CYCLES processes: $_lost KiB less than before"
	[ $_lost -lt $BOUND ]
}

plan $((4 + SVA_RESULTS))

check "modules load" start_sva
dmas=$(stat dmas)
check "$CYCLES processes come and go, and memory is back" memory_is_back
check "each has used its device" test $(($(stat dmas) - dmas)) -gt $((3 * CYCLES))
expect_no_log "what a device still does when its process is gone is no news" \
	'DMA (read|write) by'
sva_is_over "cycles"
