# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The detector of stale translations is shown defects: the VT-d driver leaves
# out one flush at a time, or sends it wrongly (its parameter plant), while a
# device does what must expose that. Without the plant the same steps must show
# nothing. Every word that plant= knows is tried, or is in the list of those
# that cannot be seen, with the reason.
. /lib.sh
. /tests/lib/model.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

PARAMETERS=/sys/module/iopasid_vtd/parameters
TRACING=/sys/kernel/tracing
EVENT=$TRACING/events/vtd_model/vtd_model_defect/enable
DRIVER=/sys/bus/vtd-model/drivers/iopasid-endpoint
STEERING=/sys/kernel/debug/iopasid/vtd/devices/$A/rid_pasid
SID_A=0008
SID_B=0100
SID_D=02f9
# Types of descriptors, as the knob lost_descriptors has them
LOST_IOTLB=$((1 << 2))
LOST_PASID_IOTLB=$((1 << 6))
# Domain ids: the DMA API's domains of A, B, and C with D come first
DID_PASS=1
DID_A=2
DID_CD=4
DID_OWN=5
# Of the domains that the scripts fill, and a second page next to it
ADDR=0x40000000
LAST=0x4000f000
# One address below each of sixteen tables
SIXTEEN=$(for _n in $(seq 0 15); do printf "%#x " $((ADDR + _n * 0x200000)); done)
# Memory that nobody frees: below 1 MiB
LOW=0x10000

# What no DMA of the model can show
exceptions() {
	cat <<-END
	all.context a unit is switched on with all flushed, and nothing was promised before
	all.pasid as all.context
	all.iotlb as all.context
	context-moved.context the new directory may get the page of the old: nothing is stale then
	context-moved.pasid as context-moved.context
	context-moved.iotlb what the old directory had at PASID 0 went with its own flush
	directory.iotlb there for walks under way: one of the model is in one piece
	was-nested.pasid the driver makes no nested entries
	was-nested.iotlb as was-nested.pasid
	was-nested.dev-tlb as was-nested.pasid
	new-nested.pasid as was-nested.pasid
	new-nested.iotlb as was-nested.pasid
	was-pass.context there for QEMU 10 only: the context entry has not changed
	new-pass.iotlb pass-through is never "not present" in an IOTLB
	new-pass.pasid-iotlb as new-pass.iotlb
	new-first.pasid-iotlb "not present" of that id and PASID went with the last detach
	new-second.iotlb "not present" of that id goes with each map
	END
}

plant() {
	echo "$1" >$PARAMETERS/plant
}

# start_for "VTD_MODEL PARAMETERS" "IOPASID_VTD PARAMETERS"
start_for() {
	# shellcheck disable=SC2086  # words
	load vtd-model detector=count $1 && load iopasid-vtd $2 &&
		load iopasid-endpoint || return
	[ ! -e $EVENT ] || echo 1 >$EVENT
}

# DMA that may be blocked: what matters is what the detector says.
dma() {
	put "$1" dma "$2" 2>/dev/null || true
}

addr_of() {
	get "$1" slots | awk -v slot="$2" '$1 == slot { print $2 }'
}

set_type() {
	echo $A >$DRIVER/unbind
	echo "$1" >$DEVICES/$A/iopasid/type
	echo $A >$DRIVER/bind
}

# Scenarios: each leaves the device as it was.

domain_with_pages() {
	put $A domain "attach 5"
	put $A domain "map $ADDR 0"
	put $A domain "map 0x40100000 1"
}

# Some pages of a table go.
leaves_gone() {
	domain_with_pages
	dma $A "5 write $LAST 64 1 $1"
	put $A domain "unmap $ADDR 65536"
	dma $A "5 write $LAST 64 1 $1"
	put $A domain detach
}

pages_gone() {
	leaves_gone no-ats
}

device_pages_gone() {
	leaves_gone
}

# All of a table goes, and with it the table; or more than one descriptor covers.
range_gone() {
	domain_with_pages
	dma $A "5 write $LAST 64 1 no-ats"
	put $A domain "unmap $1 $2"
	dma $A "5 write $LAST 64 1 no-ats"
	put $A domain detach
}

table_gone() {
	range_gone $ADDR 0x200000
}

# Many tables, and no process in between: who gets a free page next, a new process
# above all, hides that it was freed.
sixteen_map() {
	for _table in $SIXTEEN; do
		put $A domain "map $_table 0"
	done
}

sixteen_dma() {
	for _table in $SIXTEEN; do
		dma $A "5 write $_table 64 1 no-ats"
	done
}

tables_gone() {
	put $A domain "attach 5"
	sixteen_map
	sixteen_dma
	put $A domain "unmap $ADDR 0x2000000"
	sixteen_dma
	put $A domain detach
}

far_gone() {
	range_gone 0 0x100000000
}

# One PASID goes, the domain stays.
pasid_gone() {
	put $A pasids "1 5"
	put $A map "2 4096"
	_addr=$(addr_of $A 2)
	dma $A "5 write $_addr 64 1 $1"
	put $A pasids 0
	dma $A "5 write $_addr 64 1 $1"
	put $A unmap 2
}

detached() {
	pasid_gone no-ats
}

device_detached() {
	pasid_gone
}

# Another domain gets the PASID, the domain id and the addresses.
reused() {
	put $A domain "attach 5"
	put $A domain "map $ADDR 0"
	dma $A "5 write $LAST 64 1 no-ats"
	put $A domain detach
	put $A domain "attach 5"
	put $A domain "map $ADDR 1"
	dma $A "5 write $LAST 64 1 no-ats"
	put $A domain detach
}

# reaches_with NUMBER PASID: so many PASIDs from 16 on, one of them sends
many_pasids() {
	put $A pasids "$1 16"
	put $A map "2 4096"
	_addr=$(addr_of $A 2)
	dma $A "$2 write $_addr 64 1 no-ats"
	put $A unmap 2
	dma $A "$2 write $_addr 64 1 no-ats"
	put $A pasids 0
}

twenty() {
	many_pasids 20 30
}

two() {
	many_pasids 2 17
}

# Tables of PASIDs that nobody else has go. Several, because a page that somebody
# else has got by then was not freed, and one that is the old one again is right.
directories_gone() {
	for _pasid in 69 133 197 261 325 389; do
		put $A domain "attach $_pasid"
		put $A domain "map $ADDR 0"
		dma $A "$_pasid write $LAST 64 1 no-ats"
		put $A domain detach
		dma $A "$_pasid write $LAST 64 1 no-ats"
	done
}

# passed FLAG [LOST]: DMA by source id passes through, then is translated; the unit
# loses some descriptors meanwhile.
passed() {
	set_type identity
	dma $A "rid read $LOW 64 1 $1"
	knob lost_descriptors ${2-0}
	set_type translated
	knob lost_descriptors 0
	dma $A "rid read $LOW 64 1 $1"
}

was_passed() {
	passed no-ats
}

# Each of two invalidations makes up for the other.
was_passed_without_iotlb() {
	passed no-ats $LOST_IOTLB
}

was_passed_without_pasid_iotlb() {
	passed no-ats $LOST_PASID_IOTLB
}

device_was_passed() {
	passed
}

# A mate has the page in its device TLB, and wants it again while it is unmapped.
refilled() {
	put $C map "0 4096"
	_addr=$(addr_of $C 0)
	dma $D "rid write $_addr 64 1"
	knob completion_held 1
	put $C unmap 0 &
	sleep 0.2
	knob advance 16
	sleep 0.1
	dma $D "rid write $_addr 64 1"
	knob completion_held 0
	knob advance 64
	wait
	dma $D "rid write $_addr 64 1"
}

# Caching mode: DMA came too early.
too_early() {
	dma $A "5 write $ADDR 64 1 no-ats"
	put $A domain "attach 5"
	put $A domain "map $ADDR 0"
	dma $A "5 write $ADDR 64 1 no-ats"
	put $A domain detach
}

too_early_to_pass() {
	dma $A "5 read $LOW 64 1 no-ats"
	put $A pasids "1 5"
	dma $A "5 read $LOW 64 1 no-ats"
	put $A pasids 0
}

# The PASID that DMA without one is steered to has no domain.
steered() {
	put $A map "2 4096"
	_addr=$(addr_of $A 2)
	dma $A "rid write $_addr 64 1"
	echo 9 >$STEERING
	dma $A "rid write $_addr 64 1"
	echo 0 >$STEERING
	put $A unmap 2
}

# runs SCENARIO: what the detector says goes to $_found
runs() {
	echo >$TRACING/trace
	_defects=$(knob defects)
	$1
	_defects=$(($(knob defects) - _defects))
	_found=$(grep vtd_model_defect: $TRACING/trace | sed 's/.*vtd_model_defect: //')
}

# found WORD SCENARIO REGEX: not without the plant, and so with it. What that
# has left in the caches goes with a last run without it.
found() {
	runs "$2"
	[ "$_defects" -eq 0 ] || { echo "without plant: $_found" && return 1; }
	plant "$1" && runs "$2" && plant "" && $2
	[ "$_defects" -gt 0 ] || { echo "not found" && return 1; }
	echo "$_found" | grep -qE "$3" || { echo "found: $_found" && return 1; }
}

# finds WORD SCENARIO KIND PASID DOMAIN-ID ADDRESS WHO MISSING [SOURCE-ID]
finds() {
	_tried="$_tried $1"
	check "$1: $2" found "$1" "$2" \
		"vtdm0 $3 cache [0-9] source ${9-$SID_A} pasid $4 did $5 addr $6 .* by \"$7\" missing \"$8"
}

plan 49
_tried=''

check "second stage" start_for "" ""
check "the driver has plants" test -e $PARAMETERS/plants
[ -e $PARAMETERS/plants ] || exit
words=$(cat $PARAMETERS/plants)
log_mark
check_is "a word that means nothing" "Invalid argument" "$(error_of plant nonsense)"
expect_log "and the line" "plant=nonsense: must be empty or one of"

# Memory for all of them
memory() {
	for _slot in 0 1; do
		put $A map "$_slot 65536" && put $A unmap $_slot || return
	done
}
check "memory" memory

PAGE="IOTLB invalidate, page-selective, DID $DID_OWN, address"
finds second-leaves.iotlb pages_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
log_mark
finds second-tables.iotlb table_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
expect_log "the line in the log" "vtd-model: defect: vtdm0: .* reported by unmap; missing: IOTLB"
finds second-far.iotlb far_gone stale 5 $DID_OWN $LAST unmap "IOTLB invalidate, "
finds wrong-did pages_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
finds one-page pages_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
finds hint tables_gone freed 5 $DID_OWN "0x[0-9a-f]+" unmap "$PAGE .* IH 0"
finds free-early table_gone freed 5 $DID_OWN "0x[0-9a-f]+" nobody "$PAGE .* IH 0"
finds was-second.pasid detached stale 5 $DID_A "0x[0-9a-f]+" "attach or detach" \
	"PASID-cache invalidate, PASID 5, DID $DID_A"
finds was-second.iotlb reused stale 5 $DID_OWN $LAST "attach or detach" "$PAGE"
finds range.dev-tlb device_pages_gone stale 5 $DID_OWN $LAST unmap \
	"PASID device TLB invalidate, source id 0x8, PASID 5"
finds was-second.dev-tlb device_detached stale 5 $DID_A "0x[0-9a-f]+" "attach or detach" \
	"PASID device TLB invalidate, source id 0x8, PASID 5"
finds dev-tlb-early refilled stale -1 $DID_CD "0x[0-9a-f]+" unmap \
	"device TLB invalidate, source id 0x2f9, " $SID_D
finds was-pass.pasid was_passed stale -1 $DID_PASS $LOW "attach or detach" \
	"PASID-cache invalidate, PASID 0, DID $DID_PASS"
PAGE="PASID IOTLB invalidate, all of PASID 0, DID $DID_PASS"
finds was-pass.iotlb was_passed_without_pasid_iotlb stale -1 $DID_PASS $LOW \
	"attach or detach" "$PAGE"
finds was-pass.pasid-iotlb was_passed_without_iotlb stale -1 $DID_PASS $LOW \
	"attach or detach" "$PAGE"
finds was-pass.dev-tlb device_was_passed stale -1 $DID_PASS $LOW "attach or detach" \
	"device TLB invalidate, source id 0x8, "
finds directory.pasid directories_gone "(freed|stale)" "[0-9]+" 0 "0x[0-9a-f]+" ".*" \
	"PASID-cache invalidate, domain-selective or global, directory entry of PASIDs "
check "it unloads" stop

check "first stage" start_for "" stage=first
check "memory" memory
PAGE="PASID IOTLB invalidate, page, DID $DID_OWN, PASID 5, address"
finds first-leaves.pasid-iotlb pages_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
finds first-tables.pasid-iotlb table_gone stale 5 $DID_OWN $LAST unmap "$PAGE"
finds first-far.pasid-iotlb far_gone stale 5 $DID_OWN $LAST unmap "PASID IOTLB invalidate, "
finds hint tables_gone freed 5 $DID_OWN "0x[0-9a-f]+" unmap "$PAGE .* IH 0"
finds first-many.iotlb twenty stale 30 $DID_A "0x[0-9a-f]+" unmap \
	"PASID IOTLB invalidate, .*PASID 30"
finds one-pasid two stale 17 $DID_A "0x[0-9a-f]+" unmap "PASID IOTLB invalidate, .*PASID 17"
finds was-first.pasid detached stale 5 $DID_A "0x[0-9a-f]+" "attach or detach" \
	"PASID-cache invalidate, PASID 5, DID $DID_A"
finds was-first.pasid-iotlb reused stale 5 $DID_OWN $LAST "attach or detach" "$PAGE"
finds was-first.dev-tlb device_detached stale 5 $DID_A "0x[0-9a-f]+" "attach or detach" \
	"PASID device TLB invalidate, source id 0x8, PASID 5"
check "it unloads" stop

check "caching mode" start_for caps=cm=1 ""
check "memory" memory
finds new-second.pasid too_early not-present 5 0 $ADDR mapped \
	"PASID-cache invalidate, PASID 5, DID 0"
set_type identity
finds new-pass.pasid too_early_to_pass not-present 5 0 $LOW mapped \
	"PASID-cache invalidate, PASID 5, DID 0"
check "it unloads" stop

check "caching mode, first stage" start_for caps=cm=1 stage=first
check "memory" memory
finds new-first.pasid too_early not-present 5 0 $ADDR mapped \
	"PASID-cache invalidate, PASID 5, DID 0"
check "it unloads" stop

check "steering" start_for "caps=rps=1 pasid_width=0 ats=0 pri=0" rid_pasid=1
finds context-steered.context steered stale -1 0 "0x[0-9a-f]+" steering \
	"context-cache invalidate, device, source id 0x8"
check "it unloads" stop

each_once() {
	for _word in $_tried $(exceptions | cut -d" " -f1); do
		echo "$_word"
	done | sort -u
}
check_is "every word was tried or has a reason not to be" "$(echo "$words" | sort)" "$(each_once)"
