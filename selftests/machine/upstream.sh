# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Mainline's own selftest programs of /dev/iommu, unmodified, on our module and
# the mock unit that answers their IOMMU_TEST_CMD (selftests/mock); and a program of
# ours that asks the mock, too. Of mainline's there is one result a fixture. What does
# not pass must stand in lib/upstream-iommufd.list or lib/upstream-iommufd_fail_nth.list
# with its reason, and what stands there must not pass.
#
# Programs: iommufd
. /lib.sh
. /tests/lib/kselftest.sh
. /tests/lib/pinned.sh

# On the debug kernel each allocation is made to fail in turn, too.
PROGRAMS=iommufd
[ "$KERNEL" != debug ] || PROGRAMS="iommufd iommufd_fail_nth"
AT_LEAST=195
FAIL_NTH_CASES=7
MORE=4
[ "$KERNEL" != debug ] || MORE=5

# "ok|not ok TAB TEXT TAB WHY" for each fixture and each surprise in a program's
# output; the number of cases that passed goes to the file $2. What may not pass
# stands in the list $3.
judge() {
	awk -v list="$3" -v passed_to="$2" '
		function result(status, text, why) { printf "%s\t%s\t%s\n", status, text, why }
		BEGIN {
			while ((getline line <list) > 0) {
				if (line ~ /^(#|$)/)
					continue
				split(line, part, /\t+/)
				reason[part[1]] = part[2]
			}
		}
		/^1\.\.[0-9]+$/ { planned = substr($0, 4) }
		/^(not )?ok [0-9]+ / {
			failed = /^not/
			name = $(failed + 3)
			count++
			fixture = name
			sub(/\..*/, "", fixture)
			if (!(fixture in seen)) {
				seen[fixture] = 1
				order[++nr] = fixture
			}
			if (name in reason) {
				left_out[fixture]++
				used[name] = 1
				if (!failed && !/ # SKIP/)
					result("not ok", name, "it stands in the list, but passes")
			} else if (/ # SKIP/) {
				skipped[fixture]++
			} else if (failed) {
				bad[fixture]++
				result("not ok", name, "see the program'"'"'s output on the console")
			} else {
				passed[fixture]++
				total++
			}
		}
		END {
			for (i = 1; i <= nr; i++) {
				fixture = order[i]
				result(bad[fixture] ? "not ok" : "ok", sprintf("%s: %d passed, %d failed, %d skipped, %d left out",
					fixture, passed[fixture], bad[fixture], skipped[fixture], left_out[fixture]), "")
			}
			result(count && count == planned ? "ok" : "not ok", "all its cases came to an end",
				count + 0 " of " planned + 0)
			for (name in reason)
				if (!(name in used))
					result("not ok", name, "it stands in the list, but there is no such case")
			print total + 0 >passed_to
		}' "$1"
}

PINNED=$(pinned)
load iopasid-iommufd-mock || exit 1
ulimit -l unlimited
for program in $PROGRAMS; do
	echo "== $program"
	$program >/tmp/$program.tap 2>&1
	grep -v '^ok ' /tmp/$program.tap
	judge /tmp/$program.tap /tmp/$program.passed "/tests/lib/upstream-$program.list" | sed "s/\t/\t$program: /" >>/tmp/results
done

plan $(($(wc -l </tmp/results) + MORE))
tab=$(printf '\t')
while IFS="$tab" read -r status text why; do
	if [ "$status" = ok ]; then
		ok "$text"
	else
		not_ok "$text" "$why"
	fi
done </tmp/results
check "at least $AT_LEAST of mainline's cases pass: $(cat /tmp/iommufd.passed)" \
	test "$(cat /tmp/iommufd.passed)" -ge $AT_LEAST
kselftest iommufd/rules
[ "$KERNEL" != debug ] ||
	check_is "each allocation was made to fail, in so many cases" $FAIL_NTH_CASES \
		"$(cat /tmp/iommufd_fail_nth.passed)"
check_is "no page is pinned" "$PINNED" "$(pinned)"
check "the modules unload" unload iopasid-iommufd-mock
