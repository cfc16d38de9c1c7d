# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced first by every guest test (selftests/machine/NAME.sh): . /lib.sh
#
#   plan N                      how many results follow; before the first one
#   ok TEXT, not_ok TEXT [WHY]  one result
#   skip TEXT REASON            one result: it cannot be tried here
#   skip_all REASON             instead of plan: nothing here can be tried
#   note TEXT                   a remark beside the results
#   check TEXT COMMAND...       ok if the command succeeds
#   check_fails TEXT COMMAND... ok if the command fails
#   check_is TEXT WANT GOT      ok if the two strings are the same
#
#   load NAME [PARAM=VALUE]...  module with its dependencies; status of insmod
#   unload NAME                 and then what it alone needed
#   log_mark                    remember this place in the kernel log
#   log_since                   print what the kernel has logged since then
#   expect_log TEXT REGEX       ok if a line since the mark matches (grep -E)
#   expect_log_count TEXT REGEX N   ok if exactly N lines since the mark match
#   expect_no_log TEXT REGEX    ok if none does
#   wait_for SECONDS COMMAND... try until it succeeds; status 1 if it never does
#
# Set by the harness: KERNEL (cloud, full, debug, kcsan), SHAPE, QEMU (major version),
# SMP. A test fails if a result is not ok, if there are more or fewer results
# than planned, or if the script ends with another status than 0. Output that
# is no result goes to the console.

_planned='' _results=0 _failed=0 _marks=0

_ktap() {
	# Without descriptor 3 (a person's shell) results go to the terminal.
	{ echo "    $*" >&3; } 2>/dev/null || echo "    $*"
}

plan() {
	_planned=$1
	_ktap "KTAP version 1"
	_ktap "1..$1"
}

skip_all() {
	_planned=0
	_ktap "KTAP version 1"
	_ktap "1..0 # SKIP $*"
	exit 0
}

ok() {
	_results=$((_results + 1))
	_ktap "ok $_results $1"
}

not_ok() {
	_results=$((_results + 1))
	_failed=$((_failed + 1))
	[ -z "${2-}" ] || note "$2"
	_ktap "not ok $_results $1"
}

skip() {
	_results=$((_results + 1))
	_ktap "ok $_results $1 # SKIP $2"
}

note() {
	echo "$*" | while IFS= read -r _line; do
		_ktap "# $_line"
	done
}

# The output of the command is kept, and noted only if the check fails.
check() {
	_text=$1
	shift
	if _output=$("$@" 2>&1); then
		ok "$_text"
	else
		not_ok "$_text" "failed: $*${_output:+: $_output}"
	fi
}

check_fails() {
	_text=$1
	shift
	if _output=$("$@" 2>&1); then
		not_ok "$_text" "succeeded, but must fail: $*${_output:+: $_output}"
	else
		ok "$_text"
	fi
}

check_is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted \"$2\", got \"$3\""
	fi
}

# busybox prefers its own applets to /bin, so these are called by their path.
modprobe() {
	/bin/modprobe "$@"
}

insmod() {
	/bin/insmod "$@"
}

load() {
	modprobe "$@"
}

unload() {
	modprobe -r "$@"
}

log_mark() {
	_marks=$((_marks + 1))
	echo "vm: mark $$.$_marks" >/dev/kmsg
}

# Everything, if the mark has left the kernel's buffer: a search must not pass
# because there was nothing to search in.
log_since() {
	dmesg | awk -v mark="vm: mark $$.$_marks" '
		index($0, mark) && substr($0, length($0) - length(mark) + 1) == mark { n = 0; next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

_matches() {
	log_since | grep -cE -e "$1"
}

expect_log() {
	if [ "$(_matches "$2")" -gt 0 ]; then
		ok "$1"
	else
		not_ok "$1" "no line of the kernel log matches \"$2\"; it says: $(log_since | tail -n 8)"
	fi
}

expect_log_count() {
	_count=$(_matches "$2")
	if [ "$_count" -eq "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "$_count lines match \"$2\", wanted $3: $(log_since | tail -n 8)"
	fi
}

expect_no_log() {
	_found=$(log_since | grep -E -e "$2" | head -n 4)
	if [ -z "$_found" ]; then
		ok "$1"
	else
		not_ok "$1" "the kernel log must not match \"$2\": $_found"
	fi
}

wait_for() {
	_left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		_left=$((_left - 1))
		[ $_left -gt 0 ] || return 1
		sleep 0.1
	done
}

_finish() {
	_status=$?
	[ $_status -eq 0 ] || note "the script ended with status $_status"
	[ -n "$_planned" ] || note "the script planned no results"
	[ $_status -eq 0 ] && [ "$_failed" -eq 0 ] && [ "$_results" = "$_planned" ]
	exit $?
}
trap _finish EXIT
