# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Unmodified disk drivers on our DMA operations: whole disks are read and
# written with O_DIRECT, first one at a time, then all at once.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

NVME=0000:00:10.0 VIRTIO=0000:00:11.0 AHCI=0000:00:12.0
MIB=1048576

address_of() {
	case $1 in
	nvme) echo $NVME ;;
	virtio) echo $VIRTIO ;;
	ahci) echo $AHCI ;;
	esac
}

# The block device of a disk, by the address of its controller. What nvme shows
# in /sys/block may be a path of several, with no place in the bus.
node_of() {
	[ "$1" = nvme ] && echo "/dev/$(ls /sys/bus/pci/devices/$NVME/nvme)n1" && return
	for _disk in /sys/block/*; do
		case $(readlink -f "$_disk") in
		*/$(address_of "$1")/*) echo "/dev/${_disk##*/}" ;;
		esac
	done
}

size_of() {
	awk -v id="$1" '$1 == id { print $2 }' /etc/disks
}

first_sum_of() {
	awk -v id="$1" '$1 == id { print $3 }' /etc/disks
}

is_ready() {
	_node=$(node_of "$1")
	[ -b "$_node" ] && [ "$(blockdev --getsize64 "$_node")" = "$(size_of "$1")" ]
}

sum_of_disk() {
	dd if="$(node_of "$1")" bs=1M iflag=direct 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# Writes new bytes to the whole disk, reads them back and compares each.
rewrite() {
	is_ready "$1" || return
	dd if=/dev/urandom of="/tmp/$1.image" bs=1M count=$(($(size_of "$1") / MIB)) 2>/dev/null
	dd if="/tmp/$1.image" of="$(node_of "$1")" bs=1M oflag=direct conv=fsync 2>/dev/null &&
		dd if="$(node_of "$1")" bs=64k iflag=direct 2>/dev/null | cmp - "/tmp/$1.image"
}

DISKS=$(cut -d ' ' -f 1 /etc/disks)
# The cloud kernel has no ahci driver.
load ahci >/dev/null 2>&1 && unload ahci || DISKS=$(echo "$DISKS" | grep -v ahci)
count=$(echo "$DISKS" | wc -l)

plan $((1 + 5 * count + 6))

check "the framework loads" start_unit
# A built-in driver was there before us: it goes on with physical addresses.
for disk in $DISKS; do
	rebind "$(address_of "$disk")"
done
for module in nvme ahci sd_mod virtio_pci virtio_blk; do
	load $module || note "$module is not there"
done

for disk in $DISKS; do
	check "$disk: its driver found the disk" wait_for 20 is_ready "$disk"
	check_is "$disk: translated" translated "$(domain_of "$(address_of "$disk")")"
	check "$disk: its driver has DMA addresses" test "$(live_iova "$(address_of "$disk")")" -gt 0
	check_is "$disk: read whole" "$(first_sum_of "$disk")" "$(sum_of_disk "$disk")"
	check "$disk: written and read back" rewrite "$disk"
done

pids=
for disk in $DISKS; do
	rewrite "$disk" &
	pids="$pids $!"
done
failed=
for pid in $pids; do
	wait "$pid" || failed=yes
done
check "all disks at once, $SMP processors" test -z "$failed"
expect_no_log "no DMA was blocked" "DMA (read|write) by"

# ahci also drives the machine's own controller.
for module in virtio_blk sd_mod ahci nvme; do
	unload $module 2>/dev/null
done
for disk in $DISKS; do
	address=$(address_of "$disk")
	[ ! -e "/sys/bus/pci/devices/$address/driver" ] ||
		echo "$address" >"/sys/bus/pci/devices/$address/driver/unbind"
done
check_is "no DMA address is left" 0 "$(live_iova_total)"
check_is "no page-table page is left but the roots" "$(counter domains)" "$(counter table_pages)"
check "everything unloads" stop
check "the unit is as it was found" unit_is_free
