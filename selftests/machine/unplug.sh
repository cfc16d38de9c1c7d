# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A device leaves and comes back while it has a PASID, while its driver maps and
# unmaps, and when its driver leaves the PASID behind.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

remove() {
	echo 1 >/sys/bus/pci/devices/$1/remove
}

rescan() {
	echo 1 >/sys/bus/pci/rescan
}

# Until the control is gone; says how often it mapped.
map_for_ever() {
	_maps=0
	while put $A mapping map; do
		_maps=$((_maps + 1))
		put $A mapping unmap || break
	done 2>/dev/null
	echo $_maps >/tmp/maps
}

gone() {
	[ ! -e /sys/bus/pci/devices/$A ] && [ -z "$(group_of $A)" ]
}

back() {
	[ -e $EDU/$A ] && [ "$(pasid_of $A)" = 0x40 ] && [ "$(domain_of $A)" = translated ]
}

plan 18

start dma_pasid_min=64
check "the device has a PASID" test "$(pasid_of $A)" = 0x40
selftest_passes $A
log_mark
check "it leaves" remove $A
check "nothing of it is left" gone
expect_no_log "nothing was left behind by its driver" "$A: iopasid: driver left"
check "the other group goes on" selftest_passes $B
check "the bus is scanned again" rescan
check "it comes back as a late device" wait_for 10 back
check "with DMA" selftest_passes $A

map_for_ever &
mapper=$!
sleep 1
check "it leaves while it maps" remove $A
wait $mapper
check "the mapper ends, having mapped often" test "$(cat /tmp/maps)" -gt 20
check "nothing of it is left after that either" gone
rescan
check "it comes back" wait_for 10 back

put $A pasid forget
log_mark
remove $A
check "it leaves with a PASID that its driver left" gone
expect_log_count "which is said once" "$A: iopasid: driver left" 1
rescan
check "the number is free again" wait_for 10 back

put $A extra_pasids 10
put $A mapping map
check "it leaves with eleven PASIDs and a mapping" remove $A
check "nothing of it is left" gone
check "everything unloads" stop
