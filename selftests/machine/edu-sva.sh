# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A program's address space for a real PCI device, behind QEMU's unit. Where the
# unit lacks something, or the kernel was not told that it may go without, the
# program is told what.
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

# begin [PARAM=VALUE]...: iopasid-vtd's
begin() {
	load iopasid dma_pasid_min=64 && load iopasid-vtd rid_pasid=1 test_knobs=1 "$@" &&
		load iopasid-edu dma_bits=64 && echo 1 >$UNSAFE && give $A
}

finish() {
	take_back $A && selftest_passes $A && stop
}

missing() {
	[ "$(stage)" = first ] || { echo first_stage; return; }
	case $SHAPE in
	*-cm) echo caching_mode ;;
	*) echo coherency ;;
	esac
}

# Why there is none, each a test of the program
OTHERS="-T first_stage -T coherency -T caching_mode"
MISSING=$(missing)
works=''
[ "$MISSING" != coherency ] || works=yes

if [ -n "$works" ]; then plan 11; else plan 3; fi

check "modules load" begin
kselftest iommufd/edu-sva -t "$MISSING"
check "the device is the kernel's again" finish
[ -n "$works" ] || exit 0

log_mark
check "modules load, and reads of stale tables are accepted" begin sva_noncoherent=1
expect_log "a line says that this is for tests" "sva_noncoherent"
log_mark
# shellcheck disable=SC2086  # words
kselftest iommufd/edu-sva $OTHERS
expect_log "what is blocked is in the log" "DMA (read|write) by $A PASID 0x40 .*blocked: reason 0x71"
check "the neighbour's driver goes on" selftest_passes $B
case $SHAPE in
*-la57) check "the processor has five levels" grep -qw la57 /proc/cpuinfo ;;
*) check_fails "the processor has four levels" grep -qw la57 /proc/cpuinfo ;;
esac
check "which has its own translation" test "$(domain_of $B)" = translated
check "the device is the kernel's again" finish
