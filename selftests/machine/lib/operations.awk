# SPDX-License-Identifier: GPL-2.0-only
#
# A list of operations for differential.sh, the same for the same seed:
#
#   awk -v seed=N -v count=N -v nowhere=1 -f operations.awk </dev/null
#
#   map SLOT DIRECTION          both, to-device or from-device
#   unmap SLOT, unflushed SLOT  with its flush, or without
#   attach, destroy             the DMA API's PASID
#   dma WAY VERB SLOT CHUNK     WAY is rid or api, VERB read or write; to where the
#                               slot is mapped, or was last; 4 chunks a slot
#   dma WAY VERB ADDRESS        with nowhere=1: where nothing is ever mapped
#
# The list begins with the PASID attached and nothing mapped, and ends with
# nothing mapped.

function random(limit) {
	state = (state * 16807) % 2147483647
	return int(state / 2147483647 * limit)
}

function pick(words,    list, n) {
	n = split(words, list, " ")
	return list[random(n) + 1]
}

# A DMA mostly asks for what its slot allows, and for a slot that was just used.
function dma(    slot, verb, way) {
	slot = random(3) ? last : random(SLOTS)
	if (!(slot in used))
		return 0
	way = attached || !random(4) ? pick("rid api") : "rid"
	verb = pick("read write")
	if (random(5)) {
		if (direction[slot] == "to-device")
			verb = "read"
		else if (direction[slot] == "from-device")
			verb = "write"
	}
	print "dma", way, verb, slot, random(CHUNKS)
	return 1
}

function map(    slot) {
	slot = random(SLOTS)
	if (slot in mapped)
		return 0
	direction[slot] = pick("both both to-device from-device")
	mapped[slot] = used[slot] = 1
	last = slot
	print "map", slot, direction[slot]
	return 1
}

function unmap(verb,    slot) {
	slot = random(SLOTS)
	if (!(slot in mapped))
		return 0
	delete mapped[slot]
	last = slot
	print verb, slot
	return 1
}

function attach() {
	print attached ? "destroy" : "attach"
	attached = !attached
	return 1
}

function step(    choice) {
	choice = random(100)
	if (choice < 55)
		return dma()
	if (choice < 75)
		return map()
	if (choice < 85)
		return unmap("unflushed")
	if (choice < 92)
		return unmap("unmap")
	if (choice < 96)
		return attach()
	if (!nowhere)
		return 0
	print "dma", pick("rid api"), pick("read write"),
		pick("0x1000 0x7ffffffff000 0x2000000000000")
	return 1
}

BEGIN {
	SLOTS = 6
	CHUNKS = 4
	state = seed % 2147483646 + 1
	random(1)
	attached = 1
	for (done = 0; done < count; )
		done += step()
	for (slot = 0; slot < SLOTS; slot++)
		if (slot in mapped)
			print "unmap", slot
}
