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

function excepted(first, second) {
	# facts: QEMU blocks, but records nothing, when a cached translation lacks
	# the permission. The specification wants a record each time.
	if (first == "nothing" && second == "blocked " (verb == "write" ? "0x05" : "0x06"))
		return "QEMU records no fault of a permission that is cached"
	# QEMU tags cached second-stage translations with the PASID, the
	# specification only with the domain id, which RID and PASID share.
	if (first ~ /^blocked 0x0[56]$/ && second ~ /^(to|from) / && warm_elsewhere())
		return "QEMU's second-stage translations are cached for each PASID"
	return ""
}

# What arrives is cached, what flushes a domain or a page is not any more.
function follow(result,    key, part) {
	if (op ~ /^dma / && result ~ /^(to|from) /)
		warm[address, way] = 1
	if (op ~ /^(attach|destroy)/)
		split("", warm)
	if (op ~ /^unmap /)
		for (key in warm) {
			split(key, part, SUBSEP)
			if (part[1] == address)
				delete warm[key]
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
