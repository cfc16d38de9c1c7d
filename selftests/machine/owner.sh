# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A group belongs to drivers or to one user context, never to both.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

claim() {
	echo "$1" >$EDU/claim
}

plan 14

check "modules load" start dma_pasid_min=64
check_is "a group with a driver cannot be claimed" "Device or resource busy" "$(error_of claim $A)"
check_is "nor a device that no unit manages" "No such device" "$(error_of claim 0000:1f:1f.0)"
unbind $A
check "without a driver it can" claim $A
check_is "its RID is blocked" blocked "$(domain_of $A)"
check_is "its type cannot be changed" "Device or resource busy" \
	"$(error_of sh -c "echo identity >/sys/bus/pci/devices/$A/iopasid/type")"
log_mark
check_fails "a driver that wants DMA is not bound" bind $A
expect_log_count "one line says why" "$A: iopasid: group [0-9]+ gives its driver no DMA \(-EBUSY\)" 1
check_is "nothing is mapped for it" 0 "$(live_iova $A)"
check "the other group goes on" selftest_passes $B
claim none
check "given back, a driver is bound" bind $A
check_is "with its PASID" 0x40 "$(pasid_of $A)"
check "and DMA" selftest_passes $A
check "everything unloads" stop
