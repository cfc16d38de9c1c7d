# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A device writes more memory than its program may have: sva-pressure of
# selftests/iommufd, in a control group with a limit, and zram to swap to.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/model.sh
. /tests/lib/pinned.sh
. /tests/lib/sva.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

# MiB that the device writes, and that the program may have
case $KERNEL in
debug) SIZE=12 MOST=6 ;;
*) SIZE=48 MOST=16 ;;
esac
CGROUPS=/sys/fs/cgroup
GROUP=$CGROUPS/pressed
SAID=/tmp/pressure

control_group() {
	mkdir -p $CGROUPS && { [ -e $CGROUPS/cgroup.controllers ] || mount -t cgroup2 cgroup $CGROUPS; } &&
		echo +memory >$CGROUPS/cgroup.subtree_control && mkdir $GROUP &&
		echo ${MOST}M >$GROUP/memory.max
}

pressure() {
	sh -c "echo \$\$ >$GROUP/cgroup.procs && exec /tests/iommufd/sva-pressure $SIZE" >$SAID
}

plan $((11 + SVA_RESULTS))

check "memory to swap to" zram_swap $((2 * SIZE))
check "a control group that may have $MOST MiB" control_group
check "modules load" start_sva
out=$(vmstat pswpout) in=$(vmstat pswpin)
check "the device writes $SIZE MiB, and all of it is found again" pressure
note "$(cat $SAID)"
out=$(($(vmstat pswpout) - out)) in=$(($(vmstat pswpin) - in))
note "$out pages swapped out, $in in, page requests $(stat page_requests)"
check_is "as many pages were written as there are" $((SIZE * 256)) "$(counted $SAID written)"
check "more pages were swapped out than there is room for" test $out -gt $(((SIZE - MOST) * 256))
check "and came back" test $in -gt 0
check_is "pinned pages have stayed" 16 "$(counted $SAID kept)"
check "others were gone, and their DMA blocked" some_of $SAID missing
check_is "and back, with what was in them, when they were populated" 16 "$(counted $SAID refetched)"
rmdir $GROUP
check "the swap goes" zram_swap_goes
sva_is_over "pressure"
