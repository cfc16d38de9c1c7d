# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# DMA through the RID and through the DMA API's PASID reaches the same memory at
# the same addresses, translated and pass-through; another group's device does
# not reach it; after the destroy nobody does.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh
. /tests/lib/journey.sh

PASID=0x40

addresses_are() {
	_ram_end=$(awk '$1 == "MemTotal:" { print $2 * 1024 + 0x10000000 }' /proc/meminfo)
	case $1 in
	translated) [ $(($(get $A buffer_addr))) -gt "$_ram_end" ] ;;
	identity) [ $(($(get $A buffer_addr))) -lt "$_ram_end" ] ;;
	esac
}

both_ways() {
	check "$1: modules load" start dma_mode="$1" dma_pasid_min=64
	check_is "$1: the RID's domain" "$1" "$(domain_of $A)"
	check_is "$1: the DMA API's PASID" $PASID "$(pasid_of $A)"
	check "$1: DMA addresses are of that kind" addresses_are "$1"
	check "$1: the PASID's entry is the RID's entry" same_entry $A $PASID 0
	check "$1: with the RID, both ways" selftest_passes $A
	steered "$1: sent with the RID, back with the PASID" travels $A 0 $PASID
	steered "$1: sent with the PASID, back with the RID" travels $A $PASID 0
	steered "$1: with the PASID, both ways" through $A $PASID selftest_passes $A
}

# The device of another group writes to an address that the first one uses. Both
# allocate from the same end, so it is mapped in both groups: each has its own
# memory there.
own_memory() {
	fill $A buffer "$WORD-a"
	fill $B device "$WORD-b"
	out_of $B "$(get $A buffer_addr)"
	holds $A buffer "$WORD-a"
}

plan 30

both_ways translated
fresh_word
check "another group's device has its own memory at the same address" own_memory
check_is "and that is where its DMA went" \
	"$(get $A buffer_addr) $WORD-b" "$(get $B buffer_addr) $(head -n 1 $EDU/$B/buffer)"
log_mark
check "its DMA to an address of the first group only does not arrive" no_memory
expect_log "and is reported" \
	"iopasid: $UNIT: DMA write by $B PASID 0x0 address $(get $A mapping | sed 's/^0x0*/0x/') blocked: reason $(reason_absent) "

put $A pasid destroy
check_is "destroy: no PASID is left" none "$(pasid_of $A)"
log_mark
steered "destroy: DMA with the PASID is blocked" blocked
steered_log "destroy: the fault names device, PASID, address and reason" \
	"iopasid: $UNIT: DMA write by $A PASID $PASID address $(get $A buffer_addr | sed 's/^0x0*/0x/') blocked: reason 0x51 "
check "destroy: DMA with the RID goes on" selftest_passes $A
check "translated: modules unload" stop
check "translated: the unit is as it was found" unit_is_free

both_ways identity
put $A pasid destroy
log_mark
steered "pass-through: after the destroy the PASID is blocked" blocked
check "pass-through: modules unload" stop
