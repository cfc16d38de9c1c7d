# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after /lib.sh, model.sh and pinned.sh by tests of address spaces of
# processes:
#
#   start_sva [PARAM=VALUE]...   load everything; parameters are iopasid-iommufd's
#   lacking_units                units and devices that lack something
#   lacking_units_go             and nothing of them is left
#   taken                        what attachments take from the VT-d driver
#   sva_is_over TEXT             eight results: nothing is left of a run (pages pinned,
#                                attachments, claims), the detector and the kernel
#                                are content; everything is unloaded
#
#   zram_swap MIB, zram_swap_goes   memory to swap to
#   some_large_pages            for programs that ask for them
#   vmstat NAME                 one of the kernel's counters of memory
#   counted FILE WORD            a number of a program that prints "WORD NUMBER" lines
#   some_of FILE WORD...         status 0 if none of these numbers is 0
#
# Set: SVA_RESULTS, how many results that are.

SVA_RESULTS=8
_COUNTERS=/sys/kernel/debug/iopasid/vtd/vtd-model.0/counters
log_mark
_COMPLAINT='WARNING:|BUG:|INFO: task|Oops|KASAN|KCSAN|refcount_t|lockdep|soft lockup|leaked'

taken() {
	awk '/^(domains|table_pages|pasid_tables|pages_leaked|tags|requesters) /' $_COUNTERS
}

# The endpoints are for programs from the start: their kernel driver has memory mapped.
_give() {
	echo "$1" >"$DEVICES/$1/driver/unbind" &&
		echo "$1" >/sys/bus/vtd-model/drivers/iopasid-endpoint-user/bind
}

start_sva() {
	pinned >/tmp/sva-pinned
	load vtd-model detector=fail && load iopasid-vtd &&
		load iopasid-iommufd "$@" && load iopasid-endpoint &&
		_give $A && _give $B && _give $C && _give $D || return
	taken >/tmp/sva-taken
}

# _unit NAME CAPABILITIES: the next one gets the next number
_unit() {
	mkdir -p "$CONFIG/$1" && echo "$2" >"$CONFIG/$1/caps"
}

# _endpoint UNIT SOURCE-ID PASID-WIDTH ATS PRI
_endpoint() {
	_dir=$CONFIG/$1/endpoints/$2
	mkdir -p "$_dir" && echo "$2" >"$_dir/source_id" && echo "$(($2))" >"$_dir/group" &&
		echo "$3" >"$_dir/pasid_width" && echo "$4" >"$_dir/ats" && echo "$5" >"$_dir/pri"
}

_LACKING='devices nofirst nosnoop caching nogiant'

# vtdm1: devices without PASIDs, without page requests, with all; vtdm2 to vtdm5: units
lacking_units() {
	mount -t configfs configfs /sys/kernel/config 2>/dev/null
	_unit devices '' && _endpoint devices 0x0008 0 0 0 &&
		_endpoint devices 0x0010 20 1 0 && _endpoint devices 0x0018 20 1 1 || return
	_unit nofirst fsts=0,nest=0,fs1gp=0 && _unit nosnoop smpwc=0 &&
		_unit caching cm=1 && _unit nogiant fs1gp=0 || return
	for _name in $_LACKING; do
		[ $_name = devices ] || _endpoint $_name 0x0008 20 1 1 || return
		echo 1 >$CONFIG/$_name/live || return
	done
}

# The detector counts what it finds in all of them.
lacking_units_go() {
	_defects=$(cat $MODEL/*/defects | awk '{ n += $1 } END { print n + 0 }')
	for _name in $_LACKING; do
		echo 0 >$CONFIG/$_name/live && rmdir $CONFIG/$_name/endpoints/* $CONFIG/$_name || return
	done
	echo "defects: $_defects"
	[ "$_defects" -eq 0 ]
}

sva_is_over() {
	check_is "$1: the detector is content" 0 "$(knob defects)"
	check_is "$1: the unit has read no table of the kernel's half" 0 "$(knob kernel_walks)"
	check "$1: it has read tables" test "$(stat walks)" -gt 0
	check_is "$1: the driver has back what attachments took" "$(cat /tmp/sva-taken)" "$(taken)"
	check_is "$1: no page is pinned" "$(cat /tmp/sva-pinned)" "$(pinned)"
	check_is "$1: no group is a user's" 0 "$(grep -c "owner user" /sys/kernel/debug/iopasid/groups)"
	expect_no_log "$1: the kernel has no complaint" "$_COMPLAINT"
	check "$1: everything unloads" stop
}

zram_swap() {
	load zram && echo "${1}M" >/sys/block/zram0/disksize &&
		mkswap /dev/zram0 && swapon /dev/zram0
}

zram_swap_goes() {
	swapoff /dev/zram0 && echo 1 >/sys/block/zram0/reset && unload zram
}

# By default a machine with little memory has none.
some_large_pages() {
	for _knob in enabled defrag; do
		echo madvise >/sys/kernel/mm/transparent_hugepage/$_knob || return
	done
}

vmstat() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

counted() {
	awk -v word="$2" '$1 == word { n = $2 } END { print n + 0 }' "$1"
}

some_of() {
	_file=$1 _none=''
	shift
	for _word; do
		[ "$(counted "$_file" "$_word")" -gt 0 ] || _none="$_none $_word"
	done
	echo "none:$_none"
	[ -z "$_none" ]
}
