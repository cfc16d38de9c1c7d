# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by the commands below tools/: where things are, and how they speak.
#
#   ROOT    the repository
#   CACHE   kernels, packages and build results; may be deleted at any time

# shellcheck disable=SC2034  # used by those who source this file
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${IOPASID_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iopasid}
PATH=$PATH:/usr/sbin:/sbin
# shellcheck disable=SC2034  # used by those who source this file
KERNELS=$CACHE/kernels

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# Print the usage text of a command: the comment block below its SPDX line.
usage() {
	sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
}

# Run a command and keep its output in a file, shown only when it fails.
quietly() {
	local log=$1
	shift
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die "failed: $* (whole output: $log)"
	fi
}
