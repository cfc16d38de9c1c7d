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

has_driver() {
	[ -e "/sys/bus/pci/devices/$1/driver" ]
}

# Whoever had it before us left it able to DMA: its command register.
enable_all() {
	printf '\007' | dd of="/sys/bus/pci/devices/$1/config" bs=1 seek=4 conv=notrunc 2>/dev/null
}

# Status 0 if its command register has bus mastering on.
is_master() {
	_byte=$(dd if="/sys/bus/pci/devices/$1/config" bs=1 skip=4 count=1 2>/dev/null | od -An -tu1)
	[ $((_byte & 4)) -ne 0 ]
}

plan 18

check "modules load" start dma_pasid_min=64
check_is "a group with a driver cannot be claimed" "Device or resource busy" "$(error_of claim $A)"
check_is "nor a device that no unit manages" "No such device" "$(error_of claim 0000:1f:1f.0)"
unbind $A
enable_all $A
check "it may DMA by itself" is_master $A
check "without a driver it can" claim $A
check_fails "it may not any more" is_master $A
check_is "its RID is blocked" blocked "$(domain_of $A)"
check_is "its type cannot be changed" "Device or resource busy" \
	"$(error_of sh -c "echo identity >/sys/bus/pci/devices/$A/iopasid/type")"
check_is "a driver is not bound" "Resource temporarily unavailable" "$(error_of bind $A)"
echo $A 2>/dev/null >/sys/bus/pci/drivers_probe
check_fails "nor by itself" has_driver $A
check "it waits for the end of the user" \
	grep -q "^$A.*supplier iopasid-group[0-9]*-user not ready" /sys/kernel/debug/devices_deferred
check_is "nothing is mapped for it" 0 "$(live_iova $A)"
check "the other group goes on" selftest_passes $B
claim none
check "given back, it is bound" wait_for 10 test -e $EDU/$A/selftest
check_fails "and nothing waits" grep -q "^$A" /sys/kernel/debug/devices_deferred
check_is "with its PASID" 0x40 "$(pasid_of $A)"
check "and DMA" selftest_passes $A
check "everything unloads" stop
