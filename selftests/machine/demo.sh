# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What tools/demo shows: the life of one DMA API PASID, told to a newcomer. Each
# sentence that claims something is followed by a check of exactly that.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh
. /tests/lib/journey.sh

gap() {
	note ' '
}

chapter() {
	gap
	note "$1"
	note "$(echo "$1" | sed 's/./-/g')"
}

say() {
	gap
	note "$1"
}

# Show commands as one would type them, each with what it really prints.
run() {
	gap
	for _command; do
		note "    # $_command"
		eval "$_command" >/tmp/printed 2>&1
		[ ! -s /tmp/printed ] || note "$(sed 's/^/    /' /tmp/printed)"
	done
}

steering() {
	[ "$QEMU" -lt 11 ]
}

arrives_both_ways() {
	gap
	check "$1: through the RID, there and back, 8192 bytes compared" selftest_passes $A
	steered "$1: through PASID $PASID, there and back, 8192 bytes compared" through $A $PASID selftest_passes $A
	steered "$1: there through the RID, back through PASID $PASID, same address" travels $A 0 $PASID
	steered "$1: there through PASID $PASID, back through the RID, same address" travels $A $PASID 0
}

plan 18

# The kernel log without times: what is shown is the same each time.
echo N >/sys/module/printk/parameters/time

chapter "1. A machine with an IOMMU that its kernel leaves alone"
say "This is Debian's own kernel, booted with intel_iommu=off, on an emulated machine
with a VT-d unit in scalable mode and two edu devices: each has 4 KiB of memory
and a DMA engine."
run "grep -l 0x11e8 /sys/bus/pci/devices/*/device"
say "The framework, the unit's driver and the devices' driver are modules. PASIDs shall
start at 64, so that they lie in another table page than PASID 0."
log_mark
run "modprobe iopasid dma_pasid_min=64" "modprobe iopasid-vtd rid_pasid=1" \
	"modprobe iopasid-edu dma_bits=64" "dmesg | grep iopasid-"
PASID=$(get $A pasid) ADDRESS=$(get $A buffer_addr)
gap
check_is "the driver's iommu_attach_dma_api_pasid() got PASID 64" 64 "$PASID"

chapter "2. The RID and the PASID have one address space"
say "What the framework knows of the first device's group, and the unit's own PASID
table of the device. 0 stands for DMA without a PASID; both entries lead to the
same page table."
run "cd /sys/kernel/debug; DEV=iopasid/vtd/devices/$A" \
	"sed -n '/group 1/,/PASID 0x/p' iopasid/groups" 'cat $DEV/pasid_table'
gap
check "PASID 0 and PASID $PASID have the same page table" same_entry $A 0 "$PASID"

chapter "3. DMA"
say "The driver's buffer as the device sees it, and the unit's way to it:"
run "DIR=iopasid-edu/$A; cat \$DIR/buffer_addr" "echo $PASID $ADDRESS >\$DEV/walk; cat \$DEV/walk"
if steering; then
	say "edu cannot put a PASID on the bus. With rid_pasid=1 the unit can be told which PASID
the device's plain DMA means; then the driver's self-test goes through that PASID."
	run "echo $PASID >\$DEV/rid_pasid" 'cat $DIR/selftest' 'echo 0 >$DEV/rid_pasid'
else
	say "edu cannot put a PASID on the bus, and this QEMU does not let the unit choose one for
its plain DMA: DMA through the PASID is skipped below. QEMU 10 does."
fi
arrives_both_ways translated

chapter "4. Another group has another address space"
say "The second device writes to the address of the first one's buffer. In its group that
address is its own buffer."
fill $A buffer first-device
fill $B device second-device
run "OTHER=iopasid-edu/$B" "echo from-device $ADDRESS 4096 >\$OTHER/copy" \
	'head -n 1 $DIR/buffer $OTHER/buffer'
gap
check "the first device's buffer is as it was, 4096 bytes compared" holds $A buffer first-device
check "the second device wrote its own memory" holds $B buffer second-device
say "Now an address that is mapped for the first device only."
put $A mapping map
fill $A page first-device
log_mark
run "echo from-device $(get $A mapping) 4096 >\$OTHER/copy"
wait_for 5 logged "DMA write by $B"
run "dmesg | tail -n 1"
gap
check "the first device's page is as it was" holds $A page first-device
expect_log "the second device's DMA was blocked, and reported" "DMA write by $B .* blocked: reason $(reason_absent)"

chapter "5. The PASID goes"
say "The driver calls iommu_destroy_dma_api_pasid()."
run 'echo destroy >$DIR/pasid' 'cat $DEV/pasid_table'
gap
check_is "the table has no entry for PASID $PASID" "" "$(grep "^$PASID " "$VTD/devices/$A/pasid_table")"
if steering; then
	fill $A buffer first-device
	log_mark
	run "echo $PASID >\$DEV/rid_pasid" "echo from-device $ADDRESS 4096 >\$DIR/copy"
	wait_for 5 logged "DMA write by $A"
	run "dmesg | tail -n 1" 'echo 0 >$DEV/rid_pasid'
	gap
fi
steered "DMA through PASID $PASID does not arrive any more" holds $A buffer first-device
steered_log "the fault names device, PASID, address and reason" \
	"DMA write by $A PASID 0x40 address $(echo "$ADDRESS" | sed 's/^0x0*/0x/') blocked: reason 0x51 "
check "DMA through the RID goes on" selftest_passes $A

chapter "6. The same in pass-through mode"
run "modprobe -r iopasid-edu" "modprobe -r iopasid-vtd" \
	"modprobe iopasid dma_pasid_min=64 dma_mode=identity" \
	"modprobe iopasid-vtd rid_pasid=1" "modprobe iopasid-edu dma_bits=64"
ADDRESS=$(get $A buffer_addr)
say "The buffer's address is a physical one now, and both entries let it pass."
run 'cat $DIR/buffer_addr' 'cat $DEV/pasid_table'
arrives_both_ways pass-through
run "modprobe -r iopasid-edu" "modprobe -r iopasid-vtd"
