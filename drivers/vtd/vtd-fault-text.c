// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the reason of a fault means.
 */
#include "vtd.h"

/**
 * DOC: fault reasons
 *
 * Chapter 7 of the specification: 0x01-0x1f legacy mode, 0x20-0x2f interrupt
 * remapping, 0x30-0x9f scalable mode. Units use some legacy reasons in scalable
 * mode too.
 */

static const char * const vtd_fault_texts[] = {
	[0x01] = "root entry not present",
	[0x02] = "context entry not present",
	[0x03] = "invalid context entry",
	[0x04] = "address beyond what the unit can translate",
	[0x05] = "no write permission, or not mapped",
	[0x06] = "no read permission, or not mapped",
	[0x07] = "page table cannot be read",
	[0x08] = "root table cannot be read",
	[0x09] = "context table cannot be read",
	[0x0a] = "reserved bit set in root entry",
	[0x0b] = "reserved bit set in context entry",
	[0x0c] = "reserved bit set in page table entry",
	[0x0d] = "translation request or translated request not allowed",

	[0x20] = "interrupt: reserved bit set in request",
	[0x21] = "interrupt: index beyond the table",
	[0x22] = "interrupt: table entry not present",
	[0x23] = "interrupt: table cannot be read",
	[0x24] = "interrupt: reserved bit set in table entry",
	[0x25] = "interrupt: compatibility format not allowed",
	[0x26] = "interrupt: source not allowed",

	[0x30] = "invalid root table address",
	[0x31] = "request with PASID in a mode without PASIDs",
	[0x38] = "root entry cannot be read",
	[0x39] = "root entry not present",
	[0x3a] = "reserved bit set in root entry",

	[0x40] = "context entry cannot be read",
	[0x41] = "context entry not present",
	[0x42] = "reserved bit set in context entry",
	[0x43] = "invalid context entry",
	[0x44] = "translation request not allowed (context entry)",
	[0x45] = "request with PASID not allowed (context entry)",
	[0x46] = "PASID beyond the PASID directory",
	[0x47] = "page request not allowed (context entry)",
	[0x48] = "invalid RID_PASID in context entry",

	[0x50] = "PASID directory entry cannot be read",
	[0x51] = "PASID directory entry not present",
	[0x52] = "reserved bit set in PASID directory entry",
	[0x58] = "PASID table entry cannot be read",
	[0x59] = "PASID table entry not present",
	[0x5a] = "reserved bit set in PASID table entry",
	[0x5b] = "PASID table entry never set, or invalid",
	[0x5c] = "execute request not allowed (PASID table entry)",
	[0x5d] = "supervisor request not allowed (PASID table entry)",

	[0x70] = "first-stage entry cannot be read",
	[0x71] = "first stage: not mapped",
	[0x72] = "reserved bit set in first-stage entry",
	[0x73] = "first-stage root cannot be read",
	[0x74] = "nested: first-stage table beyond what the unit can translate",
	[0x75] = "nested: first-stage root not readable",
	[0x76] = "nested: first-stage table not readable",
	[0x77] = "nested: first-stage table not writable",
	[0x78] = "second-stage entry cannot be read",
	[0x79] = "second stage: no permission, or not mapped",
	[0x7a] = "reserved bit set in second-stage entry",
	[0x7b] = "invalid second-stage table address",
	[0x7c] = "second-stage access bits cannot be updated",

	[0x80] = "first stage: address not canonical",
	[0x81] = "first stage: page is for the supervisor only",
	[0x82] = "first stage: no execute permission",
	[0x83] = "address beyond what the hardware can reach",
	[0x84] = "address beyond what the second stage can translate",
	[0x85] = "first stage: no write permission",
	[0x86] = "first stage: no read permission",
	[0x87] = "mapped to the interrupt range",
	[0x90] = "first-stage access bits cannot be updated",
};

/**
 * vtd_fault_text() - what a fault reason means
 * @reason: the code
 *
 * Return: a static text.
 */
const char *vtd_fault_text(u8 reason)
{
	if (reason < ARRAY_SIZE(vtd_fault_texts) && vtd_fault_texts[reason])
		return vtd_fault_texts[reason];
	return "unknown reason";
}
