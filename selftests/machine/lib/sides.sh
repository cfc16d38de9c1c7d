# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after edu.sh and vtd.sh by differential.sh: one list of operations
# (operations.awk) on two devices, each behind its unit.
#
#   side KIND DEV UNIT    work with that device from now on. KIND is edu or endpoint:
#                         both drivers have the files map, unmap, fill, check,
#                         slots, dma and pasid
#   apply LIST RESULTS    run the operations of a file, one line of result each:
#                         OPERATION|ADDRESS|RESULT
#
# ADDRESS is "#N", the N-th different one that the operations have met, since the
# numbers need not be the same. RESULT of a DMA says where its bytes were found,
# as "to SLOT.CHUNK" and "from SLOT.CHUNK", what the unit reported, as "blocked
# REASON" (and what in the report is not of this DMA), both, or "nothing". Of any
# other operation it is "ok" or the error.
#
# Each chunk of memory holds a pattern of its own before each DMA, what a device
# writes is another one: bytes that arrived through a stale translation are found
# where they went.

SLOTS='0 1 2 3 4 5'
CHUNKS='0 1 2 3'
CHUNK=1024
# The pattern that devices write; those of the chunks are below
OUT=1000

side() {
	KIND=$1 SIDE_DEV=$2 SIDE_UNIT=$3
	case $KIND in
	edu) FILES=$EDU/$SIDE_DEV ;;
	endpoint) FILES=/sys/kernel/debug/iopasid-endpoint/$SIDE_DEV ;;
	esac
}

verb() {
	echo "$2" >"$FILES/$1"
}

# The result of an operation that is no DMA
tried() {
	error_of verb "$@"
}

seed_of() {
	echo $(($1 * 4 + $2 + 1))
}

fill_chunk() {
	verb fill "$1 $(($2 * CHUNK)) $CHUNK $(seed_of "$1" "$2")"
}

fill_slot() {
	for _chunk in $CHUNKS; do
		fill_chunk "$1" "$_chunk"
	done
}

slot_address() {
	awk -v slot="$1" '$1 == slot && $2 != "unmapped" { print $2 }' "$FILES/slots"
}

# Sets NUMBER: the place of an address among those that were met.
number_of() {
	case " $_met " in
	*" $1="*)
		NUMBER=${_met#*"$1="}
		NUMBER=${NUMBER%% *}
		;;
	*)
		_met_count=$((_met_count + 1))
		NUMBER=$_met_count
		_met="$_met $1=$NUMBER"
		;;
	esac
}

# Sends the DMA of one device with or without its PASID.
transfer() {
	case $KIND-$1 in
	edu-api)
		steer "$SIDE_DEV" $PASID
		verb dma "rid $2 $3 $CHUNK" 2>/dev/null
		steer "$SIDE_DEV" 0
		;;
	edu-rid) verb dma "rid $2 $3 $CHUNK" ;;
	endpoint-api) verb dma "$PASID $2 $3 $CHUNK $4" ;;
	endpoint-rid) verb dma "rid $2 $3 $CHUNK $4" ;;
	esac 2>/dev/null
}

# What the unit has reported since the last call: sets FAULT.
fault() {
	FAULT=''
	{
		read -r _count
		read -r _ _source _ _pasid _verb _address _ _reason
	} <"$VTD/$SIDE_UNIT/last_fault"
	[ "$_count" != "$_faults" ] || return 0
	_faults=$_count
	FAULT="blocked $_reason"
	[ $(($_address)) -eq $(($3 & ~0xfff)) ] || FAULT="$FAULT at $_address"
	[ "$_verb" = "$2" ] || FAULT="$FAULT as $_verb"
	case $1 in
	rid) [ $(($_pasid)) -eq 0 ] || FAULT="$FAULT PASID $_pasid" ;;
	api) [ $(($_pasid)) -eq $((PASID)) ] || FAULT="$FAULT PASID $_pasid" ;;
	esac
}

# Which chunk the device's pattern went to; its own pattern comes back there.
written() {
	for _slot in $SLOTS; do
		for _chunk in $CHUNKS; do
			verb check "$_slot $((_chunk * CHUNK)) $CHUNK $OUT" 2>/dev/null || continue
			fill_chunk "$_slot" "$_chunk"
			echo "to $_slot.$_chunk"
		done
	done
}

matches() {
	case $KIND in
	edu) verb fetched "$CHUNK $2" 2>/dev/null ;;
	# The DMA once more: it meets the same caches.
	endpoint) transfer $1 "$2" ;;
	esac
}

# Which chunk the device's bytes came from; $1 and $2 are the most likely one.
fetched() {
	for _slot in $1 $SLOTS; do
		for _chunk in $2 $CHUNKS; do
			_seed=$(seed_of "$_slot" "$_chunk")
			matches "$3" "$_seed" || continue
			echo "from $_slot.$_chunk"
			return
		done
	done
}

# WAY VERB ADDRESS SLOT CHUNK
dma() {
	case $2 in
	write)
		transfer "$1" write "$3" $OUT
		fault "$1" write "$3"
		_found=$(written)
		;;
	read)
		transfer "$1" read "$3" "$(seed_of "$4" "$5")"
		fault "$1" read "$3"
		_found=''
		# A blocked one brings nothing, and would be reported each time.
		[ "$KIND" = endpoint ] && [ -n "$FAULT" ] || _found=$(fetched "$4" "$5" "$1 read $3")
		;;
	esac
	RESULT=$(echo $_found $FAULT)
	: "${RESULT:=nothing}"
}

mapping() {
	RESULT=$(tried map "$1 4096 $2")
	[ "$RESULT" = ok ] || return 0
	eval "_at_$1=$(slot_address "$1")"
	fill_slot "$1"
}

unmapping() {
	case $1 in
	unmap) RESULT=$(tried unmap "$2") ;;
	unflushed)
		echo 1 >"$VTD/$SIDE_UNIT/suppress_flush"
		RESULT=$(tried unmap "$2")
		echo 0 >"$VTD/$SIDE_UNIT/suppress_flush"
		;;
	esac
}

address_of() {
	case $1 in
	0x*) ADDRESS=$1 ;;
	*) eval "ADDRESS=\$_at_$1" ;;
	esac
}

# One operation: sets RESULT and ADDRESS.
operate() {
	ADDRESS=none
	case $1 in
	map) mapping "$2" "$3" && address_of "$2" ;;
	unmap | unflushed)
		address_of "$2"
		unmapping "$1" "$2"
		;;
	attach | destroy) RESULT=$(tried pasid "$1") ;;
	dma)
		address_of "$4"
		case $4 in
		0x*) dma "$2" "$3" "$4" 0 0 ;;
		*) dma "$2" "$3" "$(printf '0x%x' $((ADDRESS + $5 * CHUNK)))" "$4" "$5" ;;
		esac
		;;
	esac
}

apply() {
	_met='' _met_count=0
	read -r _faults <"$VTD/$SIDE_UNIT/last_fault"
	# No translation of an earlier list stays in a cache.
	[ "$(cat "$FILES/pasid")" = none ] || verb pasid destroy
	verb pasid attach
	[ "$KIND" != edu ] || verb load $OUT
	for _slot in $SLOTS; do
		verb map "$_slot 4096"
		fill_slot "$_slot"
		verb unmap "$_slot"
	done
	while read -r _op; do
		# shellcheck disable=SC2086  # words
		operate $_op
		number_of "$ADDRESS"
		echo "$_op|#$NUMBER|$RESULT"
	done <"$1" >"$2"
}
