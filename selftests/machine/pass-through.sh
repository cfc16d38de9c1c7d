# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A unit without second stage: its devices stay pass-through, with PASIDs.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

plan 8

log_mark
check "modules load" start dma_pasid_min=64
expect_log_count "one line says what is missing" "iopasid-vtd: $UNIT has no second stage" 1
check_is "DMA passes through" identity "$(domain_of $A)"
check_is "the device has a PASID" 0x40 "$(pasid_of $A)"
check "its entry is the RID's entry" same_entry $A 0x40 0
check "with the RID, both ways" selftest_passes $A
steered "with the PASID, both ways" through $A 0x40 selftest_passes $A
check "everything unloads" stop
