# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Ten PASIDs of one domain. With the flush suppressed, DMA through each of them
# still lands in a page that is unmapped: so a flush is needed, for each. With
# it, one unmap blocks all ten and rings the queue's doorbell once: second stage
# needs one descriptor, first stage one for each. From 17 on, the RID counted as
# well, first stage takes one for all.
#
# The sequence is short: the emulated IOTLB holds 1024 entries and is dropped
# whole when it is full.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

[ "$QEMU" -lt 11 ] || skip_all "QEMU 11 ignores RID_PASID"

# DMA through a PASID to the page: status 0 if the bytes arrived.
lands() {
	fill $A page untouched
	steer $A "$1" && out_of $A "$ADDRESS" && holds $A page "$WORD"
}

# What the device will write: sent through the coherent buffer by its RID.
load_device() {
	fresh_word
	steer $A 0
	fill $A buffer "$WORD"
	into $A "$(get $A buffer_addr)"
}

# The result of each PASID in a row.
all_land() {
	_results=
	for _pasid in $PASIDS; do
		lands "$_pasid" && _results="$_results yes" || _results="$_results no"
	done
	echo $_results
}

# Unmap the page, and say what that took.
unmap_and_count() {
	_doorbells=$(counter doorbells) _by_domain=$(counter iotlb_descriptors)
	_by_pasid=$(counter pasid_iotlb_descriptors)
	put $A mapping unmap
	DOORBELLS=$(($(counter doorbells) - _doorbells))
	DESCRIPTORS="$(($(counter iotlb_descriptors) - _by_domain)) $(($(counter pasid_iotlb_descriptors) - _by_pasid))"
}

YES='yes yes yes yes yes yes yes yes yes yes'
NO='no no no no no no no no no no'

plan 18

check "modules load" start dma_pasid_min=64
put $A extra_pasids 9
PASIDS="$(get $A pasid) $(get $A extra_pasids)"
check_is "ten PASIDs" 10 "$(echo $PASIDS | wc -w)"
group=$(group_of $A)
for pasid in $PASIDS; do
	echo "$group" | grep -q "PASID $(printf '%#x' "$pasid") .*the DMA domain.* $A\$" || failed=yes
done
check_is "of one domain" "" "$failed"

put $A mapping map
ADDRESS=$(get $A mapping)
load_device
check_is "mapped: DMA lands through each" "$YES" "$(all_land)"

echo 1 >$VTD/$UNIT/suppress_flush
put $A mapping unmap
echo 0 >$VTD/$UNIT/suppress_flush
check_is "the page is unmapped" none "$(get $A mapping)"
check_is "unmapped without flush: DMA still lands through each" "$YES" "$(all_land)"

put $A mapping map
ADDRESS=$(get $A mapping)
check_fails "mapped again" test "$ADDRESS" = none
load_device
check_is "DMA lands through each again" "$YES" "$(all_land)"

unmap_and_count
check_is "unmapped with flush: one doorbell" 1 "$DOORBELLS"
case $(stage) in
second) check_is "and one descriptor" "1 0" "$DESCRIPTORS" ;;
first) check_is "and a descriptor for each PASID and the RID" "0 11" "$DESCRIPTORS" ;;
esac
log_mark
check_is "DMA is blocked through each" "$NO" "$(all_land)"
expect_log "the first of them is reported" \
	"DMA write by $A PASID $(printf '%#x' "${PASIDS%% *}") address $(echo "$ADDRESS" | sed 's/^0x0*/0x/') blocked: reason $(reason_absent) "

# So many that one descriptor is better than one for each
steer $A 0
put $A extra_pasids 6
put $A mapping map
ADDRESS=$(get $A mapping)
PASIDS="$(get $A pasid) $(get $A extra_pasids | tail -n 1)"
load_device
check_is "16 PASIDs and the RID: DMA lands through the first and the last" "yes yes" "$(all_land)"
unmap_and_count
check_is "16 PASIDs and the RID: one doorbell" 1 "$DOORBELLS"
check_is "16 PASIDs and the RID: one descriptor" "1 0" "$DESCRIPTORS"
check_is "16 PASIDs and the RID: DMA is blocked through both" "no no" "$(all_land)"

steer $A 0
put $A extra_pasids 0
check_is "all but one are detached" 1 "$(group_of $A | grep -c ' PASID 0x')"
check "everything unloads" stop
