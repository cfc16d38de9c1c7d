# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Machines without a unit that could be used: the VT-d module does not load and
# says why in one line; the driver works without PASID.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

case $SHAPE in
no-unit) error='No such device' line='no DMAR table' ;;
taken) error='Device or resource busy' line='boot with intel_iommu=off' ;;
intremap-taken) error='Device or resource busy' line='boot with .*intremap=off' ;;
legacy) error='Operation not supported' line='scalable mode' ;;
*) skip_all "$SHAPE has a unit that can be used" ;;
esac

plan 8

gsts=$([ "$SHAPE" = no-unit ] || register 0x1c 32)
log_mark
check "the core loads" load iopasid
check_is "the VT-d module does not" "$error" "$(error_of load iopasid-vtd | sed 's/ (errno.*//')"
expect_log "it says why" "iopasid-vtd: .*$line"
expect_log_count "in one line" "iopasid-vtd: " 1
check_is "the unit is untouched" "$gsts" "$([ "$SHAPE" = no-unit ] || register 0x1c 32)"

log_mark
check "the driver loads" load iopasid-edu dma_bits=64
expect_log_count "and says that it has no PASID" "iopasid-edu $A: no PASID for DMA \(-ENODEV\)" 1
check "its DMA works" selftest_passes $A
unload iopasid-edu
