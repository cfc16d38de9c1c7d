# SPDX-License-Identifier: GPL-2.0-only
#
# Do two sides agree? awk -f compare.awk FIRST SECOND, files of apply() in
# sides.sh. Prints one line for each difference, and at the end "N agree, N
# excepted, N differ" and how often each exception was needed. Status 1 if any
# differ.
#
# An exception is a row of excepted(): what the first side (QEMU's unit) and the
# second one say, and why both are right or who is not. Where a row depends on
# what a unit has cached, the list itself tells: an address is "warm" for a way of
# DMA from the first DMA that arrived until something flushes it.

BEGIN {
	FS = "|"
}

# Whether a DMA arrived at that address by another way only
function warm_elsewhere() {
	return (address, way == "rid" ? "api" : "rid") in warm && !((address, way) in warm)
}

function arrived(result) {
	return result ~ /^(to|from) /
}

# QEMU's reason for what the specification calls @code in scalable mode
function legacy(code) {
	if (code == "0x84")
		return "0x04"
	if (code == "0x79" || code == (verb == "write" ? "0x85" : "0x86"))
		return verb == "write" ? "0x05" : "0x06"
	return "none"
}

function reason(result) {
	return match(result, /blocked 0x[0-9a-f]+$/) ? substr(result, RSTART + 8) : ""
}

function excepted(first, second) {
	# facts: reasons of faults in second-stage tables
	if (first == "blocked " legacy(reason(second)))
		return "QEMU has legacy mode's reasons for second-stage faults"
	# facts: QEMU blocks, but records nothing, when a cached translation lacks
	# the permission. The specification wants a record each time.
	if (first == "nothing" && reason(second) == (verb == "write" ? "0x85" : "0x86"))
		return "QEMU records no fault of a permission that is cached"
	# The software unit walks again when a cached translation lacks a right.
	if (first == "nothing" && arrived(second))
		return "QEMU goes by the cached permission, where a unit may walk again"
	# QEMU tags cached second-stage translations with the PASID, the
	# specification only with the domain id, which RID and PASID share.
	if (first ~ /^blocked 0x0[56]$/ && arrived(second) && warm_elsewhere())
		return "QEMU's second-stage translations are cached for each PASID"
	# Until it is flushed, a unit may or may not use what it had cached; what it
	# still has depends on which rights the DMAs in between asked for.
	if (address in unflushed)
		return "a range that is not flushed may be cached, or not"
	return ""
}

# What arrives is cached, what flushes a domain or a page is not any more.
function follow(result,    key, part) {
	if (op ~ /^dma / && arrived(result))
		warm[address, way] = 1
	if (op ~ /^unflushed /)
		unflushed[address] = 1
	if (op ~ /^destroy/) {
		split("", warm)
		split("", unflushed)
	}
	if (op ~ /^unmap /) {
		delete unflushed[address]
		for (key in warm) {
			split(key, part, SUBSEP)
			if (part[1] == address)
				delete warm[key]
		}
	}
}

FNR == NR {
	line[FNR] = $0
	lines = FNR
	next
}

{
	seen = FNR
	split(line[FNR], other, "|")
	op = $1
	address = $2
	split(op, word, " ")
	way = word[2]
	verb = word[3]
	if (line[FNR] == $0) {
		agree++
	} else if (other[1] == $1 && other[2] == $2 && (why = excepted(other[3], $3)) != "") {
		count[why]++
		total++
	} else {
		print "line " FNR ": " other[1] ": at " other[2] " " other[3] " / " $1 ": at " $2 " " $3
		differ++
	}
	follow($3)
}

END {
	if (seen != lines) {
		print lines " lines / " seen + 0 " lines"
		differ++
	}
	print agree + 0 " agree, " total + 0 " excepted, " differ + 0 " differ"
	for (why in count)
		print count[why] " times: " why
	exit differ > 0
}
