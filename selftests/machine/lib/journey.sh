# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after edu.sh and vtd.sh: transfers that show which memory a DMA
# reaches. Each uses bytes that no earlier transfer has used.
#
#   travels DEV P Q   the buffer is sent by way of PASID P, wiped, and fetched by
#                     way of PASID Q at the same address; status 0 if every byte
#                     is back. 0: without PASID
#   no_memory         $B writes to the address of a page that is mapped for $A;
#                     status 0 if the page of $A keeps its bytes and the fault
#                     is in the log
#   blocked           $A writes with $PASID to its own buffer; status 0 if the
#                     bytes do not arrive and the fault is in the log

travels() {
	fresh_word
	_address=$(get "$1" buffer_addr)
	fill "$1" buffer "$WORD"
	steer "$1" "$2" || return
	into "$1" "$_address"
	fill "$1" buffer wiped
	steer "$1" "$3" || return
	out_of "$1" "$_address"
	steer "$1" 0 || return
	holds "$1" buffer "$WORD"
}

no_memory() {
	fresh_word
	put $A mapping map
	fill $A page "$WORD-a"
	fill $B device "$WORD-b"
	out_of $B "$(get $A mapping)"
	wait_for 5 logged "DMA write by $B" && holds $A page "$WORD-a"
}

# Steered until the fault is reported: the report says where.
_out_and_reported() {
	out_of $A "$1" && wait_for 5 logged "DMA write by $A"
}

blocked() {
	fresh_word
	fill $A buffer "$WORD"
	fill $A device "other-$WORD"
	through $A "$PASID" _out_and_reported "$(get $A buffer_addr)" &&
		holds $A buffer "$WORD"
}
