# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The module parameter "stage": a unit gets page tables of the stage that was
# asked for, or is left alone with one line that says why.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

HAS=$(stage)
case $HAS in
second) LACKS=first ;;
first) LACKS=second ;;
esac

start_with() {
	load iopasid dma_pasid_min=64 && load iopasid-vtd rid_pasid=1 "stage=$1" && load iopasid-edu dma_bits=64
}

error_with() {
	error_of load iopasid-vtd "stage=$1" | sed 's/ (errno.*//'
}

plan 19

check "the core loads" load iopasid
log_mark
check_is "a word that means nothing" "Invalid argument" "$(error_with both)"
expect_log_count "one line says which do" "iopasid-vtd: stage=both: must be auto, second or first" 1
expect_log_count "and nothing else" "iopasid-vtd: " 1

status=$(register 0x1c 32)
log_mark
check_is "the stage that the unit lacks" "Operation not supported" "$(error_with $LACKS)"
expect_log_count "one line says why, and what to do" \
	"iopasid-vtd: $UNIT has no $LACKS stage .*stage=$LACKS .*stage=auto" 1
expect_log_count "and nothing else" "iopasid-vtd: " 1
check_is "the unit is untouched" "$status" "$(register 0x1c 32)"
unload iopasid

for stage in auto $HAS; do
	log_mark
	check "stage=$stage: modules load" start_with $stage
	expect_log_count "stage=$stage: the unit has that stage" "iopasid-vtd: $UNIT at .*: $HAS stage, pass-through, 4-level" 1
	check_is "stage=$stage: DMA is translated" "translated $HAS-stage" \
		"$(domain_of $A) $(awk '$1 == 64 { print $2 }' $VTD/devices/$A/pasid_table)"
	check "stage=$stage: with the RID, both ways" selftest_passes $A
	check "stage=$stage: everything unloads" stop
done
check "the unit is as it was found" unit_is_free
