# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Groups of the topology shape, and DMA from each place in it.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

PORT=0000:01:00.0
BRIDGED_1=0000:03:01.0 BRIDGED_2=0000:03:02.0
FUNCTION_0=0000:00:0a.0 FUNCTION_1=0000:00:0a.1
ALL="$A $B $PORT $BRIDGED_1 $BRIDGED_2 $FUNCTION_0 $FUNCTION_1"

group() {
	cat "/sys/bus/pci/devices/$1/iopasid/group"
}

# The edus that are in a group, in the order of their addresses.
edus_with() {
	for _dev in $ALL; do
		[ "$(group "$_dev")" = "$(group "$1")" ] && printf '%s ' "$_dev"
	done
}

plan 27

check "modules load" start dma_pasid_min=64
check_is "alone: a slot of the root bus" "$A " "$(edus_with $A)"
check_is "alone: another slot" "$B " "$(edus_with $B)"
check_is "alone: behind a root port with ACS" "$PORT " "$(edus_with $PORT)"
check_is "together: behind a PCIe-to-PCI bridge" "$BRIDGED_1 $BRIDGED_2 " "$(edus_with $BRIDGED_1)"
check_is "together: functions of one slot without ACS" "$FUNCTION_0 $FUNCTION_1 " "$(edus_with $FUNCTION_0)"
for dev in $PORT $BRIDGED_1 $BRIDGED_2 $FUNCTION_0 $FUNCTION_1; do
	check "$dev: DMA both ways" selftest_passes $dev
done

# Members share the address space.
shares() {
	fresh_word
	fill "$1" buffer "$WORD"
	into "$2" "$(get "$1" buffer_addr)"
	fill "$1" buffer wiped
	out_of "$2" "$(get "$1" buffer_addr)"
	holds "$1" buffer "$WORD"
}

check "a member reaches its sibling's memory (behind the bridge)" shares $BRIDGED_1 $BRIDGED_2
check "a member reaches its sibling's memory (functions)" shares $FUNCTION_0 $FUNCTION_1
check_is "members have the same PASID" "0x40 0x40" "$(pasid_of $BRIDGED_1) $(pasid_of $BRIDGED_2)"
put $BRIDGED_1 pasid destroy
check "one member's destroy leaves the other's attachment" \
	test "$(group_of $BRIDGED_1 | grep -c "PASID 0x40 .*: $BRIDGED_2\$")" = 1
put $BRIDGED_2 pasid destroy
check "the last one's ends it" test "$(group_of $BRIDGED_1 | grep -c "PASID 0x40")" = 0
put $BRIDGED_1 pasid attach
check_is "the number is handed out again" 0x40 "$(pasid_of $BRIDGED_1)"
unbind $FUNCTION_0
check_is "a member's driver keeps the group's type as it is" "Device or resource busy" \
	"$(error_of sh -c "echo identity >/sys/bus/pci/devices/$FUNCTION_0/iopasid/type")"
check "the sibling goes on without it" selftest_passes $FUNCTION_1

# A user has all of it: no driver is bound to a sibling, or to one that comes late.
has_driver() {
	[ -e "/sys/bus/pci/devices/$1/driver" ]
}

unbind $FUNCTION_1
check "a group without drivers can be claimed" sh -c "echo $FUNCTION_0 >$EDU/claim"
check_fails "no driver for a member of it" sh -c "echo $FUNCTION_1 >/sys/bus/pci/drivers_probe"
check_fails "not even one that is asked for" has_driver $FUNCTION_1
echo 1 >/sys/bus/pci/devices/$FUNCTION_1/remove
echo 1 >/sys/bus/pci/rescan
check_is "a late joiner is a member" "$FUNCTION_0 $FUNCTION_1 " "$(edus_with $FUNCTION_0)"
check_fails "and gets no driver" has_driver $FUNCTION_1
echo none >$EDU/claim
check "until the user goes" wait_for 10 test -e $EDU/$FUNCTION_1/selftest
check "then it has DMA" selftest_passes $FUNCTION_1
check "everything unloads" stop
