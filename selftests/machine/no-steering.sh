# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A device without PASID ability, and no steering: attach says so, the driver
# works without, and nothing pretends otherwise.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

plan 10

log_mark
check "the unit's module loads without steering" load iopasid-vtd test_knobs=1
check "the driver loads" load iopasid-edu dma_bits=64
expect_log_count "it says why it has no PASID" "iopasid-edu $A: no PASID for DMA \(-EOPNOTSUPP\)" 1
check_is "no PASID" none "$(pasid_of $A)"
check_is "attach fails again" "Operation not supported" "$(error_of put $A pasid attach)"
check_is "more PASIDs are refused as well" "Operation not supported" "$(error_of put $A extra_pasids 1)"
check_is "none can be attached" 0 "$(cat /sys/bus/pci/devices/$A/iopasid/max_pasids)"
check_is "DMA is translated all the same" translated "$(domain_of $A)"
check "and works" selftest_passes $A
check "everything unloads" stop
