# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# A machine without any IOMMU gets a VT-d unit by modprobe: the devices that
# appear, the modules that they ask for, DMA by source id and with a thousand
# PASIDs, and everything gone again.
. /lib.sh
. /tests/lib/model.sh

[ "$SHAPE" = no-unit ] || skip_all "$SHAPE has an IOMMU"

PASIDS=1000
DRIVER=/sys/bus/vtd-model/drivers/iopasid-endpoint
COUNTERS=/sys/kernel/debug/iopasid/vtd/vtd-model.0/counters

# Status 0 if a load with these parameters fails with EINVAL and that line.
refused() {
	log_mark
	# shellcheck disable=SC2086  # words
	[ "$(error_of load vtd-model $1)" = "Invalid argument" ] &&
		log_since | grep -qE "vtd-model: $2" && [ ! -e $PLATFORM ]
}

attribute() {
	cat "$DEVICES/$1/$2"
}

# The driver gives each its own number; those that share one count.
groups() {
	for _dev in $A $B $C $D; do
		attribute $_dev iopasid/group
	done
}

waits_for_page() {
	knob endpoints | grep -q "^$1 .* waiting 1$"
}

waits_for_lock() {
	grep -q "^State:.D" "/proc/$1/status"
}

# Who wants DMA on again waits, inside its file, for one that waits for a page;
# the driver goes meanwhile, which ends that. What the late one is told.
late_master() {
	knob pri_deaf 1
	put $A dma "rid write 0x1000 64 1" 2>/dev/null &
	wait_for 10 waits_for_page $A
	put $A master 1 2>/tmp/late &
	wait_for 10 waits_for_lock $!
	echo $A >$DRIVER/unbind
	wait
	knob pri_deaf 0
	echo $A >$DRIVER/bind
	sed 's/.*: //' /tmp/late
}

# Whether or not somebody has waited for it
has_ended() {
	! grep -q "^State:.[^Z]" "/proc/$1/status" 2>/dev/null
}

# Killed while it waits for a page, it is gone long before the device gives up. Of
# another device than below: the request has no answer still.
killed() {
	knob pri_deaf 1
	put $B dma "rid write 0x1000 64 1" 2>/dev/null &
	wait_for 10 waits_for_page $B
	kill -9 $!
	wait_for 3 has_ended $!
	_status=$?
	wait
	knob pri_deaf 0
	return $_status
}

# Busybox's listener for uevents, and what udev would do about one.
listens() {
	cat >/tmp/listener <<-'END'
	#!/bin/sh
	[ "$ACTION" != add ] || [ -z "$MODALIAS" ] || modprobe -q "$MODALIAS"
	END
	chmod +x /tmp/listener
	exec uevent /tmp/listener
}

# A socket of NETLINK_KOBJECT_UEVENT
is_heard() {
	awk -v pid="$1" '$2 == 15 && $3 == pid { found = 1 } END { exit !found }' /proc/net/netlink
}

# Its name is not that of a driver: no driver matches.
overridden() {
	echo $A >$DRIVER/unbind
	echo nobody >$DEVICES/$A/driver_override
	error_of sh -c "echo $A >$DRIVER/bind"
	echo >$DEVICES/$A/driver_override
	echo $A >$DRIVER/bind
}

counter() {
	awk -v name="$1" '$1 == name { print $2 }' $COUNTERS
}

# One unmap, of which the unit refuses the first descriptor
refuse_one() {
	put $B map "0 4096" && knob error_at 1 && put $B unmap 0 && [ "$(knob error_at)" = 0 ]
}

# One unmap of which D's TLB, the second that is told, says nothing
silence_one() {
	put $C map "0 4096" && knob ite_at 2 && put $C unmap 0 && [ "$(knob ite_at)" = 0 ]
}

# D comes and goes while its mate maps and unmaps.
comes_and_goes() {
	put $C stress "200 65536" &
	for _n in 1 2 3 4 5; do
		knob unplug 0x2f9 && knob plug 0x2f9 || return
	done
	wait $!
}

# Which of the default unit's four there are
plugged() {
	ls $DEVICES | sed -n 's/^vtdm0://p' | tr "\n" " "
}

plan 78

check "unknown capability" refused caps=foo=1 'unknown capability "foo"; known: .*cm'
check "capability out of range" refused caps=cm=2 'capability cm 2: must be 0\.\.1'
check "too many PASID bits" refused pasid_width=21 'endpoint 0: pasid_width 21: must be 0 or 1\.\.20'
check "too many endpoints" refused endpoints=257 'endpoints 257: must be 0\.\.256'
check "page requests without ATS" refused ats=0 'endpoint 0: pri 1: needs ats 1'
check "empty cache" refused caches=iotlb=0 'cache iotlb 0: must be 1\.\.65536'
check "device TLBs without end" refused "endpoints=5 caches=device=65536" \
	'cache device 65536: must be 1\.\.52428 with 5 endpoints'
check "unknown detector" refused detector=loud 'detector "loud": must be off, count or fail'

check "the unit's module loads" load vtd-model detector=fail
check_is "its device asks for" iopasid_vtd "$(alias_of $PLATFORM)"
check_is "four endpoints" "$A $B $C $D " "$(ls $DEVICES | tr "\n" " ")"
check_is "which ask for" iopasid_endpoint "$(alias_of $DEVICES/$A)"
check_is "source id" 0x02f9 "$(attribute $D source_id)"
check_is "PASID bits" 20 "$(attribute $A pasid_width)"

check "the unit's driver loads" load "$(alias_of $PLATFORM)"
check_is "and binds" iopasid-vtd-unit "$(basename "$(readlink $PLATFORM/driver)")"
check "the endpoints' driver loads" load "$(alias_of $DEVICES/$A)"
check_is "three groups" 3 "$(groups | sort -u | wc -l)"
check_is "two members in one" "$(attribute $C iopasid/group)" "$(attribute $D iopasid/group)"
check_is "PASIDs" 1048576 "$(attribute $A iopasid/max_pasids)"
for dev in $A $B $C $D; do
	check "$dev: DMA both ways" selftest_passes $dev
done

check "$PASIDS PASIDs more" put $A pasids $PASIDS
check_is "DMA with each" "$((PASIDS + 2)) of $((PASIDS + 2)) same" "$(get $A dma_all)"
check_is "blocked for each after the unmap" "$((PASIDS + 2)) of $((PASIDS + 2)) blocked" \
	"$(get $A blocked)"
check "they go" put $A pasids 0
check_is "two ways are left" "2 of 2 same" "$(get $A dma_all)"
check "map, DMA, unmap, again and again" put $B stress "100 65536"
check "pages on demand" put $A demand 64
check "also in a group of two" put $D demand 16
check "who is killed waits for no page" killed
check_is "DMA stays off while the driver goes" "No such device" "$(late_master)"
check_is "another driver is wanted" "No such device" "$(overridden)"
check "DMA both ways after that" selftest_passes $A

check_is "a source id that nobody has" "No such device" "$(error_of knob unplug 0x10)"
check_is "one that is there" "Device or resource busy" "$(error_of knob plug 0x2f9)"
check "an endpoint is unplugged" knob unplug 0x2f9
check_is "it is not there" "00:01.0 01:00.0 02:1f.0 " "$(plugged)"
check_is "and not twice" "No such device" "$(error_of knob unplug 0x2f9)"
check "its mate goes on" selftest_passes $C
check "it is plugged in again" knob plug 0x2f9
check_is "all are there" "00:01.0 01:00.0 02:1f.0 02:1f.1 " "$(plugged)"
check "it works again" selftest_passes $D
check_is "in its group" "$(attribute $C iopasid/group)" "$(attribute $D iopasid/group)"
check "it comes and goes while its mate maps and unmaps" comes_and_goes
check "which has its TLB still" selftest_passes $C
check "and it works" selftest_passes $D

log_mark
check "a descriptor is refused" refuse_one
expect_log "it is named" "vtd-model.0 refused descriptor"
check_is "and counted" 1 "$(counter queue_errors)"
check "DMA goes on" selftest_passes $B
log_mark
check "a device does not answer" silence_one
expect_log "it is named" "source id 0x02f9 does not answer"
check "its mate goes on" selftest_passes $C
check_fails "what it keeps leads nowhere" selftest_passes $D
check "until it is another device" knob unplug 0x2f9
check "in its place" knob plug 0x2f9
check "that works" selftest_passes $D
check_is "the detector is content" 0 "$(knob defects)"

mount -t configfs configfs /sys/kernel/config 2>/dev/null
mkdir -p $CONFIG/second/endpoints/nic
log_mark
check_is "configfs: page requests without ATS" "Invalid argument" \
	"$(echo 1 >$CONFIG/second/endpoints/nic/pri
	error_of sh -c "echo 1 >$CONFIG/second/live")"
expect_log "and the line" "vtd-model: second: endpoint nic: pri 1: needs ats 1"
echo 0 >$CONFIG/second/endpoints/nic/pri
echo 1 >$CONFIG/second/live
check_is "a second unit is live" 00:00.0 "$(ls $DEVICES | sed -n 's/^vtdm1://p')"
check_is "its description cannot change" "Device or resource busy" \
	"$(error_of sh -c "echo 1 >$CONFIG/second/endpoints/nic/group")"
log_mark
echo 1 >$MODEL/vtdm1/completion_held
rmdir $CONFIG/second/endpoints/nic $CONFIG/second
expect_log_count "it does not leave its driver waiting" "does not answer" 0
check_is "it goes with its folder" 4 "$(ls $DEVICES | wc -l)"

check_fails "the unit's module is in use" rmmod vtd_model
check_fails "so is that of its driver" rmmod iopasid_vtd
check "everything unloads" stop
check "no module is left" test ! -e /sys/module/iopasid -a ! -e /sys/module/vtd_model
check "and loads again" start
check "DMA both ways" selftest_passes $B
check "and goes again" stop

listens &
listener=$!
check "something listens to new devices, as udev does" wait_for 10 is_heard $listener
check "modprobe vtd-model" load vtd-model detector=fail
check "is all that it takes" wait_for 20 selftest_passes $A
kill $listener
wait $listener
check "and goes as well" stop
