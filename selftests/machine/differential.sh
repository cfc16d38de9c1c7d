# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# One list of operations on two units: where the bytes of each DMA went, and what
# was reported, must be the same, but for the exceptions of lib/compare.awk. The
# first side is an edu device behind QEMU's unit, the second one an endpoint
# behind the software unit.
#
# The lists follow from numbers. Others than those below:
#   tools/vm/run --smp 1 --append "iopasid.seeds=7,8 iopasid.operations=300" ...
#
# One processor: which address is free next depends on the processor.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh
. /tests/lib/sides.sh

PASID=0x40

argument() {
	tr ' ' '\n' </proc/cmdline | sed -n "s/^iopasid\.$1=//p" | tr ',' ' '
}

SEEDS=$(argument seeds)
: "${SEEDS:=1 2}"
COUNT=$(argument operations)
: "${COUNT:=120}"

# The software unit is to know what QEMU's knows.
start_sides() {
	load vtd-model endpoints=1 pasid_width=15 ats=0 pri=0 "caps=$(capabilities)" &&
		start dma_pasid_min=64 dma_mode="$1" && load iopasid-endpoint
}

first_side() {
	side edu $A $UNIT
}

second_side() {
	side endpoint "$(ls /sys/kernel/debug/iopasid-endpoint)" "$(basename $VTD/vtd-model*)"
}

capabilities() {
	case $SHAPE in
	first-stage) echo ssts=0,sslps=0,ssads=0,nest=0 ;;
	*) echo fsts=0,nest=0,fs1gp=0 ;;
	esac
}

stop_sides() {
	unload iopasid-endpoint && stop || return
	# Gone with the last that needed it, or not
	[ ! -e /sys/module/vtd_model ] || unload vtd-model
}

# Both sides run a list: status 0 if they agree, which is printed in any case.
both() {
	first_side
	apply "$1" /tmp/first
	second_side
	apply "${2-$1}" /tmp/second
	awk -f /tests/lib/compare.awk /tmp/first /tmp/second
}

agree() {
	both "$1" >/tmp/said
	_status=$?
	while read -r _line; do
		note "$_line"
	done </tmp/said
	return $_status
}

results() {
	grep -c "$1" /tmp/first
}

# The list must be one in which something happens.
has_all() {
	[ "$(results '^dma .*|\(to\|from\) ')" -gt 9 ] && [ "$(results '|blocked')" -gt 4 ]
}

random_lists() {
	for _seed in $SEEDS; do
		awk -v seed="$_seed" -v count="$COUNT" -v nowhere="$2" \
			-f /tests/lib/operations.awk </dev/null >/tmp/list
		check "$1, list $_seed: the sides agree" agree /tmp/list
		note "$1, list $_seed: $(results '^dma') DMAs, $(results '|blocked') blocked"
		[ "$2" -eq 0 ] || check "$1, list $_seed: some DMA arrives, some is blocked" has_all
	done
}

# What happens around an unmap whose flush is left out, on purpose and in full
stale_list() {
	cat <<-END
		map 0 both
		dma rid write 0 1
		unflushed 0
		dma rid write 0 1
		map 1 both
		dma rid read 1 2
		unmap 1
		dma rid read 1 2
		map 2 to-device
		dma rid write 2 0
		dma rid read 2 0
		unmap 2
		dma rid read 2 0
	END
}

# A side that does something else must be found: its second unmap is flushed.
planted_list() {
	stale_list | sed 's/^unflushed/unmap/'
}

planted() {
	stale_list >/tmp/list
	planted_list >/tmp/other
	! both /tmp/list /tmp/other >/tmp/said && grep -q '^line 4: ' /tmp/said
}

# shellcheck disable=SC2086  # words
set -- $SEEDS
plan $((8 + 3 * $#))
check "translated: modules load" start_sides translated
check "the software unit is the second side" test -d "$VTD/$(basename $VTD/vtd-model*)"
stale_list >/tmp/list
check "translated, stale window: the sides agree" agree /tmp/list
check "translated, stale window: DMA arrived in it" \
	grep -q '^dma rid write 0 1|#[0-9]*|to 0\.1$' /tmp/first
check "a side that differs is found" planted
random_lists translated 1
check "translated: modules unload" stop_sides
check "pass-through: modules load" start_sides identity
random_lists pass-through 0
check "pass-through: modules unload" stop_sides
