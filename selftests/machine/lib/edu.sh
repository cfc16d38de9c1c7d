# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after /lib.sh by tests that use edu devices: . /tests/lib/edu.sh
#
#   DEV is a PCI address; $A and $B are two edu devices in two groups. FILE is a
#   control of drivers/edu/edu-debugfs.c: buffer, page, device, copy, ...
#
#   get DEV FILE              what a control says
#   put DEV FILE TEXT         write to a control; status of the write
#   fill DEV FILE WORD        its 4096 bytes become that word, again and again
#   holds DEV FILE WORD       status 0 if its 4096 bytes are exactly that
#   into DEV ADDRESS          the device reads 4096 bytes from ADDRESS
#   out_of DEV ADDRESS        the device writes its 4096 bytes to ADDRESS
#   selftest_passes DEV       status 0 if all four transfers brought every byte
#   pasid_of DEV              its DMA API PASID in hexadecimal, or none
#   bind DEV, unbind DEV      the driver; status of the write
#   error_of COMMAND...       why a shell command failed, as the shell says it
#
#   fresh_word                a new word in $WORD for each call: what an earlier
#                             transfer left behind can never look like success

A=0000:00:04.0
B=0000:00:05.0
EDU=/sys/kernel/debug/iopasid-edu
DRIVER=/sys/bus/pci/drivers/iopasid-edu
_words=0

get() {
	cat "$EDU/$1/$2"
}

put() {
	echo "$3" >"$EDU/$1/$2"
}

_bytes() {
	yes "$1" | head -c 4096
}

fill() {
	_bytes "$3" >"$EDU/$1/$2"
}

holds() {
	_bytes "$3" >/tmp/wanted
	cat "$EDU/$1/$2" >/tmp/found || return 2
	cmp -s /tmp/wanted /tmp/found
}

into() {
	put "$1" copy "to-device $2 4096"
}

out_of() {
	put "$1" copy "from-device $2 4096"
}

selftest_passes() {
	_said=$(get "$1" selftest)
	[ "$_said" = "coherent: 4096 bytes same
streaming: 4096 bytes same" ] && return
	echo "$_said"
	return 1
}

pasid_of() {
	_pasid=$(get "$1" pasid)
	[ "$_pasid" = none ] && echo none && return
	printf '0x%x\n' "$_pasid"
}

bind() {
	echo "$1" >$DRIVER/bind
}

unbind() {
	echo "$1" >$DRIVER/unbind
}

error_of() {
	_said=$({ "$@" >/dev/null; } 2>&1) && echo ok && return
	echo "${_said##*: }"
}

fresh_word() {
	_words=$((_words + 1))
	WORD=word-$_words-$(cut -c 1-8 /proc/sys/kernel/random/uuid)
}
