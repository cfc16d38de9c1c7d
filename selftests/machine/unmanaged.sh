# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Every source id has a policy: managed while the framework has the device, else
# as the module parameter says; none for a device that is not there.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

BRIDGE=$(grep -l 0x0604 /sys/bus/pci/devices/*/class | head -n 1 | sed 's,/class,,; s,.*/,,')

start_with() {
	load iopasid && load iopasid-vtd "unmanaged=$1" && load iopasid-edu dma_bits=64
}

requester() {
	awk -v source="${1#0000:}" '$1 == source { print $2 }' "$VTD/$UNIT/requesters"
}

without_requester() {
	for _function in /sys/bus/pci/devices/*; do
		[ -n "$(requester "${_function##*/}")" ] || echo "${_function##*/}"
	done
}

rescanned() {
	echo 1 >/sys/bus/pci/rescan
	[ "$(requester $A)" = managed ] && [ -e $EDU/$A ]
}

plan 15

check "modules load" start_with passthrough
check_is "every function has a context entry" "" "$(without_requester)"
check_is "the framework has the devices" "managed managed" "$(requester $A) $(requester $B)"
check_is "a bridge passes through" pass-through "$(requester $BRIDGE)"
echo 1 >/sys/bus/pci/devices/$A/remove
check_is "a device that has gone is blocked" blocked "$(requester $A)"
check "it comes back" wait_for 10 rescanned
check "with DMA" selftest_passes $A
check "everything unloads" stop

log_mark
check_is "another policy is no policy" "Invalid argument" \
	"$(error_of load iopasid-vtd unmanaged=open | sed 's/ (errno.*//')"
unload iopasid
check "modules load with unmanaged=blocked" start_with blocked
check_is "a bridge is blocked" blocked "$(requester $BRIDGE)"
check_is "the framework has the devices" "managed managed" "$(requester $A) $(requester $B)"
check "their DMA works" selftest_passes $A
expect_no_log "no DMA was blocked" "DMA (read|write) by"
check "everything unloads again" stop
