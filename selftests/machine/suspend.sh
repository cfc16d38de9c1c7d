# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Suspend to RAM, which loses the unit's registers, and resume.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

grep -q deep /sys/power/mem_sleep || skip_all "this kernel cannot suspend to RAM"

# tools/vm/run wakes a machine that sleeps.
sleep_and_wake() {
	echo mem >/sys/power/state
}

plan 10

check "modules load" start dma_pasid_min=64
put $A mapping map
address=$(get $A mapping)
fill $A page before-the-sleep
check "DMA works" selftest_passes $A
echo deep >/sys/power/mem_sleep
log_mark
check "the machine sleeps and wakes up" sleep_and_wake
expect_log "it was a deep sleep" "PM: suspend entry \(deep\)"
check "translation is on again" test "$(domain_of $A)" = translated
check "DMA works again" selftest_passes $A
into $A "$address"
check "what was mapped is mapped" holds $A device before-the-sleep
steered "the PASID works again" through $A 0x40 selftest_passes $A
put $A mapping unmap
log_mark
out_of $A "$address"
check "what is unmapped is blocked and reported" wait_for 5 logged "DMA write by $A"
check "everything unloads" stop
