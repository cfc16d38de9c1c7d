# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The numbers of PASIDs: the last one that there is, and ten thousand that come
# and go without leaving anything behind.
. /lib.sh
. /tests/lib/model.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

LAST=1048575
MANY=10000
COUNTERS=/sys/kernel/debug/iopasid/vtd/vtd-model.0/counters
TABLE=/sys/kernel/debug/iopasid/vtd/devices/$A/pasid_table

# What attachments take from the driver
taken() {
	awk '/^(domains|table_pages|pasid_tables|pages_leaked|tags|requesters) /' $COUNTERS
}

counter() {
	awk -v name="$1" '$1 == name { print $2 }' $COUNTERS
}

# KiB that nobody has. MemFree and MemAvailable leave out what the processors keep
# on lists of their own: a few MiB, and it differs from round to round.
free_memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^ *pages free / { pages += $3 } /^ *count: / { pages += $2 }
	     END { print 4 * pages }' /proc/zoneinfo
}

round() {
	put $A pasids "$1 ${2:-1}" && put $A pasids 0
}

# What the allocators keep for themselves comes with the first round.
memory_is_back() {
	round $MANY || return
	_before=$(free_memory)
	round $MANY && round $MANY && round $MANY || return
	_lost=$((_before - $(free_memory)))
	note "$((3 * MANY)) attachments: $_lost KiB less than before"
	[ $_lost -lt 1024 ]
}

plan 33

check "the software unit" start
BEFORE=$(taken)
note "$BEFORE"

check "PASID $LAST is attached" put $A pasids "1 $LAST"
check_is "and it alone" "1 $LAST $LAST" "$(get $A pasids)"
check "its entry is in the last place" grep -q "^$LAST " $TABLE
check_is "DMA with it arrives, too" "3 of 3 same" "$(get $A dma_all)"
check_is "and is blocked after the unmap" "3 of 3 blocked" "$(get $A blocked)"
check_fails "there is none after it" put $A pasids "2 $LAST"
check "it goes" put $A pasids 0
check_fails "with its entry" grep -q "^$LAST " $TABLE
check_is "and its table" "$BEFORE" "$(taken)"
check_is "DMA with it is blocked" "Bad address" \
	"$(error_of put $A dma "$LAST write $(get $A buffer_addr) 64 1")"

check "$MANY PASIDs are attached" put $A pasids $MANY
check_is "$MANY entries and two more" $((MANY + 2)) "$(grep -c '^[0-9]' $TABLE)"
check_is "in tables of 64" $((MANY / 64)) \
	$(($(counter pasid_tables) - $(echo "$BEFORE" | awk '/^pasid_tables/ { print $2 }')))
check_is "DMA with each" "$((MANY + 2)) of $((MANY + 2)) same" "$(get $A dma_all)"
check_is "blocked for each after one unmap" "$((MANY + 2)) of $((MANY + 2)) blocked" \
	"$(get $A blocked)"
check "they go" put $A pasids 0
check_is "with all their tables" "$BEFORE" "$(taken)"
check "one at a time in a table of its own" sh -c \
	"for n in 64 128 4096 524288; do echo 1 \$n; echo 0; done | while read -r line; do
		echo \$line >$ENDPOINTS/$A/pasids || exit; done"
check_is "leaves nothing either" "$BEFORE" "$(taken)"
if [ "$KERNEL" = debug ]; then
	skip "memory is back" "the debug kernel keeps freed memory for a while"
else
	check "memory is back" memory_is_back
fi
check_is "DMA without them goes on" "2 of 2 same" "$(get $A dma_all)"
check_is "the detector is content" 0 "$(knob defects)"
check "everything unloads" stop

# A unit in caching mode remembers that an entry of a table is not present.
not_at_101() {
	[ "$(error_of put $A dma "101 write $(get $A buffer_addr) 64 1 no-ats")" = "Bad address" ]
}

check "caching mode" start caps=cm=1
check "PASID 100 is attached" put $A pasids "1 100"
check "DMA with PASID 101 is blocked" not_at_101
check "PASID 100 goes, and the table of both" put $A pasids 0
check "DMA with PASID 101 is still blocked" not_at_101
check "PASID 101 is attached" put $A pasids "1 101"
check_is "DMA with it arrives" "3 of 3 same" "$(get $A dma_all)"
check_is "the detector is still content" 0 "$(knob defects)"
check "everything unloads again" stop
