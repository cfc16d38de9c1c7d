# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Unmodified network drivers on our DMA operations: an 8 MiB file is fetched and
# compared, and sent and echoed, while another card pings and a disk is read.
. /lib.sh
. /tests/lib/edu.sh
. /tests/lib/vtd.sh

NVME=0000:00:10.0 E1000E=0000:00:13.0 VIRTIO=0000:00:14.0

address_of() {
	case $1 in
	e1000e) echo $E1000E ;;
	virtio) echo $VIRTIO ;;
	esac
}

subnet_of() {
	case $1 in
	e1000e) echo 10.0.2 ;;
	virtio) echo 10.0.3 ;;
	esac
}

interface_of() {
	for _if in /sys/class/net/*; do
		case $(readlink -f "$_if") in
		*/$(address_of "$1")/*) echo "${_if##*/}" ;;
		esac
	done
}

has_interface() {
	[ -n "$(interface_of "$1")" ]
}

up() {
	ip link set "$(interface_of "$1")" up &&
		ip address add "$(subnet_of "$1").15/24" dev "$(interface_of "$1")"
}

pings() {
	ping -c 1 -W 2 "$(subnet_of "$1").2"
}

fetch() {
	nc "$(subnet_of "$1").100" 80 </dev/null | sha256sum | cut -d ' ' -f 1
}

busy() {
	while :; do
		dd if=/dev/nvme0n1 of=/dev/null bs=64k iflag=direct 2>/dev/null
	done
}

all_answered() {
	for _net; do
		cat "/tmp/ping-$_net"
		grep -q '200 packets received, 0% packet loss' "/tmp/ping-$_net" || return
	done
}

NETS='virtio'
load e1000e >/dev/null 2>&1 && unload e1000e && NETS='virtio e1000e'
set -- $NETS

plan $((1 + 5 * $# + 6))

wanted=$(cat /etc/net-file.sha256)
log_mark
check "the framework loads" start_unit
# A built-in driver was there before us: it goes on with physical addresses.
rebind $NVME
rebind $VIRTIO
for module in nvme virtio_pci virtio_net e1000e; do
	load $module || note "$module is not there"
done
wait_for 20 test -b /dev/nvme0n1
for net; do
	check "$net: its driver found the card" wait_for 20 has_interface "$net"
	up "$net"
	check_is "$net: translated" translated "$(domain_of "$(address_of "$net")")"
	check "$net: its driver has DMA addresses" test "$(live_iova "$(address_of "$net")")" -gt 0
	check "$net: an echo request is answered" wait_for 20 pings "$net"
	check_is "$net: 8 MiB fetched" "$wanted" "$(fetch "$net")"
done

busy &
load_1=$!
busy &
load_2=$!
for net; do
	ping -A -c 200 -W 5 "$(subnet_of "$net").2" >"/tmp/ping-$net" &
	eval "ping_$net=$!"
done
again=
for net; do
	again="$again $(fetch "$net")"
done
lost=
for net; do
	eval "wait \$ping_$net" || lost="$lost $net"
done
kill $load_1 $load_2
wait $load_1 $load_2 2>/dev/null
check_is "8 MiB fetched on each card under load" "$(for net; do printf ' %s' "$wanted"; done)" "$again"
check "no echo request was lost under load" all_answered "$@"
expect_no_log "no DMA was blocked" "DMA (read|write) by"

unload virtio_net
unload e1000e 2>/dev/null
for address in $NVME $VIRTIO; do
	echo $address >/sys/bus/pci/devices/$address/driver/unbind
done
check_is "no DMA address is left" 0 "$(live_iova_total)"
check_is "no page-table page is left but the roots" "$(counter domains)" "$(counter table_pages)"
check "everything unloads" stop
