# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Address spaces of processes at PASIDs of test endpoints behind a software unit:
# the programs sva* of selftests/iommufd, and what they leave behind.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/model.sh
. /tests/lib/kselftest.sh
. /tests/lib/pinned.sh
. /tests/lib/sva.sh

[ "$SHAPE" = no-unit ] || [ "$SHAPE" = no-unit-la57 ] || skip_all "$SHAPE has an IOMMU"

SUPPRESS=/sys/kernel/debug/iopasid/vtd/vtd-model.0/suppress_flush

# The pages stay the program's: what lands there by mistake does no harm.
without_flushes() {
	echo 1 >$SUPPRESS
	/tests/iommufd/sva-change -t protected
	_status=$?
	echo 0 >$SUPPRESS
	return $_status
}

plan $((18 + SVA_RESULTS))

case $SHAPE in
*-la57) check "the processor has five levels" grep -qw la57 /proc/cpuinfo ;;
*) check_fails "the processor has four levels" grep -qw la57 /proc/cpuinfo ;;
esac
echo 4 >/proc/sys/vm/nr_hugepages
check_is "some huge pages" 4 "$(cat /proc/sys/vm/nr_hugepages)"
check "large pages, where a program asks for them" some_large_pages
check "modules load" start_sva sva_context_max=100 sva_max=250
kselftest iommufd/sva
kselftest iommufd/sva-change
kselftest iommufd/sva-process
kselftest iommufd/sva-late
kselftest iommufd/sva-race
kselftest iommufd/sva-nomem
check "units and devices that lack something" lacking_units
kselftest iommufd/sva-pin
kselftest iommufd/sva-refused
check "they go" lacking_units_go
sva_is_over "all"

# Without what it is about, all of this must fail.
check "modules load, to leave out flushes" eval "load vtd-model detector=count &&
	load iopasid-vtd test_knobs=1 && load iopasid-endpoint"
check_fails "without flushes devices reach what they must not" without_flushes
check "and the detector finds it" test "$(knob defects)" -gt 0
check "everything unloads again" stop
