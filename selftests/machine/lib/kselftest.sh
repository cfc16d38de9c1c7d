# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Sourced after /lib.sh by tests that run programs on kselftest's harness; they name
# them in a line "# Programs: FOLDER", which builds those of selftests/FOLDER.
#
#   kselftest FOLDER/PROGRAM [ARGUMENT]...   one result, with one below it for each
#                                            test of the program

# A program's TAP, one level deeper than ours. What it says of a success is left out.
_kselftest_level() {
	while IFS= read -r _line; do
		case $_line in
		'TAP version'*) _ktap "    KTAP version 1" ;;
		1..* | 'ok '* | 'not ok '*) _ktap "    $_line" ;;
		'#  RUN '* | '#            OK '* | '# Starting '* | '# PASSED: '* | '# Totals: '*) ;;
		'#'*) _ktap "    $_line" ;;
		*) echo "$_line" ;;
		esac
	done
}

kselftest() {
	_program=$1
	shift
	{
		"/tests/$_program" "$@" 2>&1
		echo $? >/tmp/kselftest-status
	} | _kselftest_level
	check "${_program##*/}" test "$(cat /tmp/kselftest-status)" = 0
}
