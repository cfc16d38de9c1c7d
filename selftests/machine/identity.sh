# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# One device is switched to pass-through and back by sysfs, between drivers.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

TYPE=/sys/bus/pci/devices/$A/iopasid/type

set_type() {
	echo "$1" >$TYPE
}

plan 18

check "modules load" start dma_pasid_min=64
check_is "translated by default" translated "$(cat $TYPE)"
check_is "not while a driver is bound" "Device or resource busy" "$(error_of set_type identity)"
check_is "not to a word that means nothing" "Invalid argument" "$(error_of set_type blocked)"
unbind $A
check "identity, without a driver" set_type identity
bind $A
check_is "sysfs says so" identity "$(cat $TYPE)"
check_is "the RID passes through" identity "$(domain_of $A)"
check_is "the other device does not" translated "$(domain_of $B)"
check_is "it has a PASID" 0x40 "$(pasid_of $A)"
check "its entry is the RID's" same_entry $A 0x40 0
check "DMA works" selftest_passes $A
check "DMA of the other device works" selftest_passes $B
unbind $A
check "back to translated" set_type translated
bind $A
check_is "the RID is translated" translated "$(domain_of $A)"
check "its PASID's entry is the RID's again" same_entry $A 0x40 0
check "DMA works again" selftest_passes $A
check "everything unloads" stop
check "the unit is as it was found" unit_is_free
