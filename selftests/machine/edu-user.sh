# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A program has a real PCI device, behind QEMU's unit, while its neighbour has a
# driver with DMA of its own.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh
. /tests/lib/kselftest.sh

USER_DRIVER=/sys/bus/pci/drivers/iopasid-edu-user
UNSAFE=/sys/module/iopasid_iommufd/parameters/allow_unsafe_interrupts

# From its driver to the one for programs
give() {
	unbind "$1" && echo iopasid-edu-user >"/sys/bus/pci/devices/$1/driver_override" &&
		echo "$1" >$USER_DRIVER/bind
}

take_back() {
	echo "$1" >$USER_DRIVER/unbind && echo >"/sys/bus/pci/devices/$1/driver_override" &&
		bind "$1"
}

plan 15

check "modules load" start dma_pasid_min=64
check_fails "the driver for programs is for devices that are meant" sh -c "echo $A >$USER_DRIVER/bind"
check "a device is given to it" give $A
check "its file is there" test -c /dev/iopasid-edu/$A
log_mark
kselftest iommufd/edu -t refused
expect_log "a line says why" "$A.*interrupt"
echo 1 >$UNSAFE
log_mark
kselftest iommufd/edu -T refused
expect_log "and one that it is not safe" "interrupt"
check "the neighbour's driver goes on" selftest_passes $B
exec 5<>/dev/iopasid-edu/$A
check_fails "an open file keeps its driver's module" rmmod iopasid_edu
check "but not the driver" sh -c "echo $A >$USER_DRIVER/unbind; [ ! -e /dev/iopasid-edu/$A ]"
echo $A >$USER_DRIVER/bind
exec 5<&-
check "the kernel has it back" take_back $A
check "with DMA" selftest_passes $A
check "the unit has nothing of it" test "$(domain_of $A)" = translated
check "everything unloads" stop
