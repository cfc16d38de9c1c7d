# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The attach API as a driver sees it: counting, limits, mistakes.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

attached() {
	group_of $A | grep -q "PASID 0x40 .*: $A\$"
}

plan 24

# Counted per device, one number
check "modules load" start dma_pasid_min=64
check_is "the PASID of the probe" 0x40 "$(pasid_of $A)"
check "attached again" put $A pasid attach
check_is "the same number" 0x40 "$(pasid_of $A)"
put $A pasid destroy
check "one destroy of two leaves it" attached
put $A pasid destroy
check_fails "the second one ends it" attached
check "DMA with the RID goes on" selftest_passes $A
log_mark
check "one destroy too many has no effect" put $A pasid destroy
expect_log_count "and is said" "$A: iopasid: edu_pasid_write.* destroys a DMA API PASID that it has not attached" 1
check "attach works after it" put $A pasid attach
check_is "with the number that is free" 0x40 "$(pasid_of $A)"
check_is "both groups have that number" 0x40 "$(pasid_of $B)"

# Modules that are in use
check_is "the unit's module stays while a driver is bound" \
	"Resource temporarily unavailable" "$(error_of rmmod iopasid_vtd | sed 's/.*: //')"
unbind $A
check_is "and while another one is" \
	"Resource temporarily unavailable" "$(error_of rmmod iopasid_vtd | sed 's/.*: //')"
check "everything unloads without drivers" stop

# No number is left
start dma_pasid_min=32767
check_is "the last number of 15 bits" 0x7fff "$(pasid_of $A)"
put $A pasid destroy
check "it is taken by another attachment" put $A extra_pasids "1 32767"
check_is "then the DMA API gets none" "No space left on device" "$(error_of put $A pasid attach)"
check_is "no PASID" none "$(pasid_of $A)"
check "DMA with the RID goes on" selftest_passes $A
put $A extra_pasids 0
check "it is free again" put $A pasid attach
stop
log_mark
start dma_pasid_min=32768
expect_log_count "a first number beyond the device's limit" \
	"iopasid-edu $A: no PASID for DMA \(-ENOSPC\)" 1
check "the driver works without" selftest_passes $A
check "everything unloads" stop
