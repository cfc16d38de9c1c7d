# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Devices with few address bits get addresses that they can reach, wherever the
# memory is; too few is an error and nothing else.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

below() {
	[ $(($(get $A buffer_addr))) -lt $((1 << $1)) ] && [ $(($(get $A mapping))) -lt $((1 << $1)) ]
}

plan 11

check "the unit's module loads" start_unit
for bits in 28 32 40; do
	check "$bits bits: the driver loads" load iopasid-edu dma_bits=$bits
	put $A mapping map
	check "$bits bits: coherent and streaming addresses fit" below $bits
	check "$bits bits: DMA both ways" selftest_passes $A
	unload iopasid-edu
done
load iopasid-edu dma_bits=11
check "11 bits: no driver is bound" test ! -e $EDU/$A
unload iopasid-edu
