# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after /lib.sh and edu.sh by tests that need the VT-d unit.
#
#   start [PARAM=VALUE]...   load everything; the parameters are iopasid.ko's
#   start_unit               load everything but the edu driver
#   stop                     unload everything
#   steer DEV PASID          DMA of the device without PASID uses that PASID;
#                            0 undoes it. QEMU 11 ignores it
#   steered TEXT COMMAND...  as check, skipped where nothing can be steered
#   steered_log TEXT REGEX   as expect_log, likewise
#   through DEV PASID COMMAND...  a command while DEV is steered to PASID
#   logged REGEX             status 0 if the log says so since the mark
#   same_entry DEV P Q       status 0 if PASIDs P and Q have the same table
#   counter NAME             a counter of the unit
#   group_of DEV             what debugfs says of the device's group
#   domain_of DEV            what DMA without PASID reaches: translated, ...
#   live_iova DEV            bytes that its group has mapped for DMA
#   live_iova_total          the same for all groups
#   rebind DEV               unbind the driver, if there is one, and bind it again
#   stage                    what the unit translates with: second or first
#   reason_absent            the reason of a fault at an address that is not mapped,
#                            which depends on the stage
#   unit_is_free             status 0 if the unit translates nothing and has no
#                            queue, as before the first load

IOPASID=/sys/kernel/debug/iopasid
VTD=$IOPASID/vtd
UNIT=dmar0
UNIT_BASE=0xfed90000

start_unit() {
	load iopasid "$@" && load iopasid-vtd rid_pasid=1 test_knobs=1
}

start() {
	start_unit "$@" && load iopasid-edu dma_bits=64
}

stop() {
	[ ! -e /sys/module/iopasid_edu ] || unload iopasid-edu || return
	unload iopasid-vtd && [ ! -e /sys/module/iopasid ]
}

steer() {
	echo "$2" >"$VTD/devices/$1/rid_pasid"
}

through() {
	_dev=$1
	steer "$1" "$2" || return
	shift 2
	"$@"
	_status=$?
	steer "$_dev" 0 && return $_status
}

logged() {
	log_since | grep -qE -e "$1"
}

steered() {
	if [ "$QEMU" -lt 11 ]; then
		check "$@"
	else
		skip "$1" "QEMU 11 ignores RID_PASID"
	fi
}

steered_log() {
	if [ "$QEMU" -lt 11 ]; then
		expect_log "$@"
	else
		skip "$1" "QEMU 11 ignores RID_PASID"
	fi
}

counter() {
	awk -v name="$1" '$1 == name { print $2 }' "$VTD/$UNIT/counters"
}

group_of() {
	awk -v device="$1" '
		/^group/ { if (found) print text; text = ""; found = 0 }
		$1 == "device" && $2 == device { found = 1 }
		{ text = text (text == "" ? "" : "\n") $0 }
		END { if (found) print text }' $IOPASID/groups
}

domain_of() {
	group_of "$1" | sed -n '1s/.* RID \([a-z]*\).*/\1/p'
}

_live() {
	awk '$1 == "live_bytes" { sum += $2 } END { print sum + 0 }'
}

live_iova() {
	group_of "$1" | _live
}

live_iova_total() {
	_live <$IOPASID/groups
}

# The dump's columns: PASID, type, domain id, address width, page table.
_entry() {
	awk -v pasid="$(($2))" 'NR > 1 && $1 == pasid { print $2, $3, $4, $5 }' \
		"$VTD/devices/$1/pasid_table"
}

same_entry() {
	_first=$(_entry "$1" "$2") _second=$(_entry "$1" "$3")
	echo "PASID $2: $_first, PASID $3: $_second"
	[ -n "$_first" ] && [ "$_first" = "$_second" ]
}

rebind() {
	_driver=$(readlink -f "/sys/bus/pci/devices/$1/driver") || return 0
	echo "$1" >"$_driver/unbind"
	echo "$1" >"$_driver/bind"
}

register() {
	devmem $((UNIT_BASE + $1)) "$2"
}

# A driver that has the unit keeps its registers from devmem.
_ext_capability() {
	if [ -e "$VTD/$UNIT/registers" ]; then
		awk '$2 == "ext_capability" { print "0x" $3 }' "$VTD/$UNIT/registers"
	else
		register 0x10 64
	fi
}

# Second stage is used where the unit has it.
stage() {
	[ $(($(_ext_capability) >> 46 & 1)) -eq 1 ] && echo second || echo first
}

reason_absent() {
	[ "$(stage)" = second ] && echo 0x05 || echo 0x71
}

# GSTS: translation, queue and interrupt remapping.
unit_is_free() {
	[ $(($(register 0x1c 32) & 0x86000000)) -eq 0 ]
}
