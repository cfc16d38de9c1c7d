# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after /lib.sh by tests that use the software VT-d unit:
# . /tests/lib/model.sh
#
#   start [PARAM=VALUE]...   load everything, the unit's driver before that of
#                            the endpoints; parameters are vtd-model.ko's. The
#                            detector fails the run
#   stop                     unload everything
#   alias_of PATH            the module that a device's modalias asks for, as
#                            depmod knows it
#   get DEV FILE             a file of an endpoint below debugfs
#   put DEV FILE TEXT        write to it; status of the write
#   knob NAME [VALUE]        a file of the unit: read or write it
#   stat NAME                a counter of the unit
#   error_of COMMAND...      why a shell command failed, as the shell says it
#   selftest_passes DEV      status 0 if every byte of every part was the same
#
#   Endpoints of the default unit: $A and $B alone, $C and $D in one group.

A=vtdm0:00:01.0
B=vtdm0:01:00.0
C=vtdm0:02:1f.0
D=vtdm0:02:1f.1
DEVICES=/sys/bus/vtd-model/devices
ENDPOINTS=/sys/kernel/debug/iopasid-endpoint
MODEL=/sys/kernel/debug/vtd-model
CONFIG=/sys/kernel/config/vtd-model
PLATFORM=/sys/bus/platform/devices/vtd-model.0

start() {
	load vtd-model detector=fail "$@" && load iopasid-vtd &&
		load iopasid-endpoint
}

stop() {
	unload iopasid-endpoint && [ ! -e /sys/module/iopasid_endpoint ] || return
	[ ! -e /sys/module/iopasid_vtd ] || unload iopasid-vtd || return
	[ ! -e /sys/module/vtd_model ] || unload vtd-model
}

# The patterns are the shell's own.
alias_of() {
	_modalias=$(cat "$1/modalias") || return
	while read -r _ _pattern _module; do
		# shellcheck disable=SC2254  # a pattern
		case $_modalias in
		$_pattern) echo "$_module" ;;
		esac
	done <"/lib/modules/$(uname -r)/modules.alias"
}

get() {
	cat "$ENDPOINTS/$1/$2"
}

put() {
	echo "$3" >"$ENDPOINTS/$1/$2"
}

knob() {
	if [ $# -gt 1 ]; then
		echo "$2" >"$MODEL/vtdm0/$1"
	else
		cat "$MODEL/vtdm0/$1"
	fi
}

stat() {
	awk -v name="$1" '$1 == name { print $2 }' $MODEL/vtdm0/stats
}

error_of() {
	_said=$({ "$@" >/dev/null; } 2>&1) && echo ok && return
	echo "${_said##*: }" | sed 's/ (errno.*//'
}

selftest_passes() {
	_said=$(get "$1" selftest) || return
	echo "$_said"
	[ -n "$_said" ] && ! echo "$_said" | grep -qv ': same$'
}
