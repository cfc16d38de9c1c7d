# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Reboot with everything loaded and DMA mapped: the machine does not hang, and
# nothing complains on the way down.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

plan 3

check "modules load" start dma_pasid_min=64
check "DMA works" selftest_passes $A
check "a page stays mapped" put $A mapping map
# The harness reboots now, reads the console, and what QEMU says of the unit.
