# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Programs use /dev/iommu and test endpoints behind a software unit: the programs of
# selftests/iommufd, with either stage of the unit, and what they leave behind.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/model.sh
. /tests/lib/kselftest.sh
. /tests/lib/pinned.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

# start_stage STAGE: auto is the second for what is mapped, and leaves the first to
# address spaces of processes
start_stage() {
	load vtd-model detector=fail && load iopasid-vtd stage="$1" && load iopasid-endpoint
}

# endpoint NAME SOURCE-ID [ATTRIBUTE=VALUE]...: of the second unit
endpoint() {
	_endpoint=$CONFIG/second/endpoints/$1
	mkdir -p "$_endpoint" && echo "$2" >"$_endpoint/source_id" || return
	shift 2
	for _attribute; do
		echo "${_attribute#*=}" >"$_endpoint/${_attribute%=*}" || return
	done
}

second_unit() {
	mount -t configfs configfs /sys/kernel/config 2>/dev/null
	endpoint poor 0x0008 group=1 pasid_width=0 ats=0 pri=0 &&
		endpoint rich 0x0010 group=2 pasid_width=20 ats=1 pri=1 &&
		echo 1 >$CONFIG/second/live
}

second_unit_goes() {
	echo 0 >$CONFIG/second/live &&
		rmdir $CONFIG/second/endpoints/* $CONFIG/second
}

# Nothing of a program is left: no claim, no attachment, no pinned page.
nothing_is_left() {
	check_is "$1: the detector is content" 0 "$(knob defects)"
	check_is "$1: no page is pinned" "$PINNED" "$(pinned)"
	check_is "$1: no group is a user's" 0 "$(grep -c "owner user" /sys/kernel/debug/iopasid/groups)"
	check "$1: everything unloads" stop
}

if [ "$KERNEL" = debug ]; then plan 42; else plan 41; fi

PINNED=$(pinned)
echo 520 >/proc/sys/vm/nr_hugepages
check_is "a gigabyte of huge pages, and some" 520 "$(cat /proc/sys/vm/nr_hugepages)"
check "modules load" start_stage auto
check "an example" /tests/iommufd/example /dev/iopasid-endpoint/$A
kselftest iommufd/calls
kselftest iommufd/space
kselftest iommufd/pinned
check "a second unit, with a device that can do little" second_unit
kselftest iommufd/hwpt
check "it goes" second_unit_goes
kselftest iommufd/pasid
kselftest iommufd/pasids-only
kselftest iommufd/file
kselftest iommufd/process
kselftest iommufd/limits
kselftest iommufd/fault
kselftest iommufd/late
kselftest iommufd/dirty
[ "$KERNEL" != debug ] || check "allocations can be made to fail" test -d /sys/kernel/debug/failslab
kselftest iommufd/nomem
kselftest iommufd/vfio-compat
kselftest iommufd/race
kselftest iommufd/large
kselftest iommufd/kill

exec 5<>/dev/iopasid-endpoint/$A
check_fails "an open file keeps its driver's module" rmmod iopasid_endpoint
check_fails "and that of /dev/iommu" rmmod iopasid_iommufd
exec 5<&-
nothing_is_left "second stage"

check "modules load" start_stage first
check "an example" /tests/iommufd/example /dev/iopasid-endpoint/$A
kselftest iommufd/space
kselftest iommufd/pinned
kselftest iommufd/pasid
kselftest iommufd/fault
kselftest iommufd/late
kselftest iommufd/dirty
kselftest iommufd/vfio-compat
nothing_is_left "first stage"
