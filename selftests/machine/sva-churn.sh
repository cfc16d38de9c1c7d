# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# An address space that changes in all ways that there are while devices use it:
# sva-churn of selftests/iommufd, with the detector and all that moves pages on. By
# default 120 seconds; longer:
#
#   tools/vm/run --shape no-unit --timeout 4000 --append iopasid.seconds=3600 sva-churn
#
# Programs: iommufd
. /lib.sh
. /tests/lib/model.sh
. /tests/lib/pinned.sh
. /tests/lib/sva.sh

[ "$SHAPE" = no-unit ] || [ "$SHAPE" = no-unit-la57 ] || skip_all "$SHAPE has an IOMMU"

SECONDS_OF_IT=$(tr ' ' '\n' </proc/cmdline | sed -n 's/^iopasid\.seconds=//p')
: "${SECONDS_OF_IT:=120}"
KSM=/sys/kernel/mm/ksm
SAID=/tmp/churn
# What the kernel has done: changes that a program asks for may have no effect.
EFFECTS='thp_split_pmd thp_collapse_alloc cow_ksm pswpout pgmigrate_success'
DONE=/tmp/churn-effects

merging() {
	echo 1000 >$KSM/pages_to_scan && echo 1 >$KSM/sleep_millisecs && echo "$1" >$KSM/run
}

effects() {
	for _name in $EFFECTS; do
		echo "$_name $(vmstat "$_name")"
	done
}

churn() {
	effects >$DONE.before
	/tests/iommufd/sva-churn "$SECONDS_OF_IT" >$SAID
	_status=$?
	effects | awk 'NR == FNR { before[$1] = $2; next } { print $1, $2 - before[$1] }' \
		$DONE.before - >$DONE
	return $_status
}

plan $((9 + SVA_RESULTS))

check "memory to swap to" zram_swap 64
check "equal pages are merged" merging 1
check "large pages, where a program asks for them" some_large_pages
check "modules load" start_sva
check "$SECONDS_OF_IT seconds of DMA into memory that changes" churn
note "$(cat $SAID)"
note "page requests $(stat page_requests), $(tr '\n' ' ' <$DONE)"
check "DMA arrived, was blocked, and was compared" some_of $SAID written read blocked compared
check "every kind of change was made" some_of $SAID protected unmapped moved forked \
	given_back split collapsed compacted merged swapped marked
# shellcheck disable=SC2086  # words
check "and each had its effect" some_of $DONE $EFFECTS
merging 2
echo 0 >/proc/sys/vm/nr_hugepages
check "the swap goes" zram_swap_goes
sva_is_over "churn"
