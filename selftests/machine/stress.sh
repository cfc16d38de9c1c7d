# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Everything at the same time on one group of two endpoints, and on two more: map,
# DMA and unmap; PASIDs that come and go; DMA to nowhere, with page requests and
# with faults; readers of all files; a unit whose caches, queue and interrupts
# change their ways. Half of the time with each stage. The detector, KASAN, lockdep
# and KCSAN look on: whatever they say fails the run.
. /lib.sh
. /tests/lib/model.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

SECONDS_EACH=60
VTD=/sys/kernel/debug/iopasid/vtd
DIR=/tmp/stress
NOWHERE=0x3000

running() {
	[ -e $DIR/on ]
}

# A command again and again; the first failure is kept.
repeat() {
	while running; do
		"$@" >/dev/null 2>$DIR/said || {
			echo "$*: $(cat $DIR/said)" >>$DIR/failed
			return
		}
	done
}

some_pasids() {
	put $1 pasids "40 60" && put $1 pasids 0 &&
		put $1 pasids "1 1048575" && put $1 pasids 0
}

# Nobody has mapped it: without ATS a fault, with ATS a page request as well.
to_nowhere() {
	for _way in "rid write" "api read" "rid read" "api write"; do
		for _flag in no-ats ""; do
			put $1 dma "$_way $NOWHERE 64 1 $_flag" 2>/dev/null && return 1
		done
	done
	return 0
}

read_all() {
	cat $VTD/devices/$1/pasid_table $VTD/devices/$1/pasid_table_raw \
		$VTD/vtd-model.0/* $MODEL/vtdm0/stats $MODEL/vtdm0/endpoints \
		$ENDPOINTS/$1/slots
	echo "60 0x10000" >$VTD/devices/$1/walk && cat $VTD/devices/$1/walk
	sleep 0.05
}

caches() {
	for _cache in context pasid paging iotlb device; do
		knob entries_$_cache "$1" || return
	done
}

# The unit behaves in another way every few seconds.
moods() {
	caches 2 && sleep 2 && caches 64 && knob irq_inline 1 && sleep 2 &&
		knob completion_thread 1 && sleep 2 && knob reorder 1 && sleep 2 &&
		knob irq_inline 0 && sleep 2 && knob completion_thread 0 &&
		knob completion_reads 3 && sleep 2 && caches 1 && sleep 2 &&
		knob completion_reads 0 && knob reorder 0 && caches 4096
}

writers() {
	for _dev in $C $D; do
		repeat put $_dev stress "20 65536" &
		repeat put $_dev stress "20 8192" &
	done
	repeat put $A stress "20 4096" &
	repeat put $B stress "5 1048576" &
	repeat some_pasids $C &
	repeat to_nowhere $D &
	repeat to_nowhere $A &
	repeat read_all $C &
	repeat moods &
}

failures() {
	for _dev in $A $B $C $D; do
		get $_dev stress
	done | awk '{ n += $4 } END { print n }'
}

rounds() {
	for _dev in $A $B $C $D; do
		get $_dev stress
	done | awk '{ n += $2 } END { print n }'
}

unit_counter() {
	awk -v name="$1" '$1 == name { print $2 }' $VTD/vtd-model.0/counters
}

# Something of everything has happened.
busy() {
	[ "$(rounds)" -gt 100 ] && [ "$(unit_counter faults)" -gt 0 ] &&
		[ "$(unit_counter page_requests)" -gt 0 ] &&
		[ "$(unit_counter entry_changes)" -gt 100 ]
}

# $1: the stage
stress() {
	check "$1: modules load" load vtd-model detector=fail
	check "$1: the unit's driver" load iopasid-vtd "stage=$1"
	check "$1: the endpoints' driver" load iopasid-endpoint
	_tables=$(unit_counter pasid_tables)

	mkdir -p $DIR
	rm -f $DIR/failed
	touch $DIR/on
	writers
	sleep $SECONDS_EACH
	rm $DIR/on
	wait

	note "$1: $(rounds) rounds; $(unit_counter faults) faults," \
		"$(unit_counter page_requests) page requests," \
		"$(unit_counter entry_changes) entry changes," \
		"$(stat would_be_stale) entries that a report doomed"
	check "$1: something of everything happened" busy
	check_is "$1: no command failed" "" "$(cat $DIR/failed 2>/dev/null)"
	check_is "$1: every round had its data" 0 "$(failures)"
	check_is "$1: the detector found nothing" 0 "$(knob defects)"
	check_is "$1: no queue error, no timeout, no page leaked" "0 0 0" \
		"$(unit_counter queue_errors) $(unit_counter timeouts) $(unit_counter pages_leaked)"
	check_is "$1: no PASID table is left" "$_tables" "$(unit_counter pasid_tables)"
	for _dev in $A $B $C $D; do
		check "$1: $_dev: DMA both ways" selftest_passes $_dev
	done
	check "$1: everything unloads" stop
}

plan 28
stress second
stress first
