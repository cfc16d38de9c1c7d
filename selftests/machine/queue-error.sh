# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The unit refuses a descriptor (a debug knob plants it): one flush fails, its
# addresses are not used again, all else goes on.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

plan 13

check "modules load" start dma_pasid_min=64
put $A mapping map
before=$(get $A mapping)
log_mark
echo 1 >$VTD/$UNIT/inject_bad_descriptor
put $A mapping unmap
check_is "the page is unmapped" none "$(get $A mapping)"
expect_log_count "the unit's refusal is one line" "$UNIT refused descriptor 000000000000000f" 1
check_is "it was counted" 1 "$(counter queue_errors)"
check_is "the knob has run out" 0 "$(cat $VTD/$UNIT/inject_bad_descriptor)"

put $A mapping map
check_fails "the address is not given out again" test "$(get $A mapping)" = "$before"
doorbells=$(counter doorbells)
put $A mapping unmap
check_is "the next unmap is one doorbell again" 1 $(($(counter doorbells) - doorbells))
check_is "no error is left" 1 "$(counter queue_errors)"
check "DMA works" selftest_passes $A
put $A pasid destroy
faults=$(counter faults)
log_mark
through $A 0x40 out_of $A 0x1000
steered "DMA through a PASID that was detached is counted" test $(($(counter faults) - faults)) -eq 1
steered_log "and reported" "DMA write by $A PASID 0x40 address 0x1000 blocked"
check "the other group goes on" selftest_passes $B
check "everything unloads" stop
