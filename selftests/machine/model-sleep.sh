# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Suspend to RAM with a software unit whose queue is held: it must not keep the
# machine from waking up.
. /lib.sh
. /tests/lib/model.sh

grep -q deep /sys/power/mem_sleep || skip_all "this kernel cannot suspend to RAM"

# Three seconds later the clock wakes the machine up.
sleep_and_wake() {
	echo 0 >/sys/class/rtc/rtc0/wakealarm
	echo +3 >/sys/class/rtc/rtc0/wakealarm
	echo mem >/sys/power/state
}

plan 11

check "modules load" start
check "DMA both ways" selftest_passes $A
echo deep >/sys/power/mem_sleep
log_mark
knob completion_held 1
check "with a held queue the machine sleeps and wakes up" sleep_and_wake
expect_log "it was a deep sleep" "PM: suspend entry \(deep\)"
check_is "the queue is not held any more" 0 "$(knob completion_held)"
check "DMA both ways again" selftest_passes $A
knob completion_thread 1
check "with a thread that runs the queue" sleep_and_wake
check_is "it has ended" 0 "$(knob completion_thread)"
check "DMA both ways once more" selftest_passes $D
check_is "the detector is content" 0 "$(knob defects)"
check "everything unloads" stop
