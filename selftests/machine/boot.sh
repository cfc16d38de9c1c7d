# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The harness itself: the machine is the one that was asked for.
. /lib.sh

plan 6

edus() {
	cat /sys/bus/pci/devices/*/uevent | grep -c '^PCI_ID=1234:11E8$'
}

check "PCI, debugfs and the kernel log are there" \
	test -e /sys/bus/pci/devices/0000:00:04.0 -a -d /sys/kernel/debug -a -w /dev/kmsg
check "two edu devices at least" test "$(edus)" -ge 2
check_is "the number of processors" "$SMP" "$(nproc)"

case $SHAPE in
no-unit) check "no DMAR table" test ! -e /sys/firmware/acpi/tables/DMAR ;;
*) check "a DMAR table" test -e /sys/firmware/acpi/tables/DMAR ;;
esac

case $KERNEL in
debug) check "the debug kernel looks for leaks" test -w /sys/kernel/debug/kmemleak ;;
*) check "a stock kernel does not" test ! -e /sys/kernel/debug/kmemleak ;;
esac

log_mark
echo "vm: hello" >/dev/kmsg
expect_log_count "the kernel log is searched from the mark on" "vm: hello" 1
