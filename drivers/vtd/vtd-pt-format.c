// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two formats of page tables.
 */
#include <kunit/visibility.h>

#include "vtd-pt-bits.h"

/**
 * DOC: Page-table formats
 *
 * Both stages have tables of 512 entries of 64 bits, the same levels, and the
 * address and Page Size in the same bits; an entry of zeroes is absent in both.
 * A format is what differs.
 *
 * **Accessed and Dirty.** The unit sets these bits in the live entries unless
 * they are set: in first stage always, in second stage if the PASID entry says so
 * (SSADE). All entries are made with Accessed where the unit would set it, because
 * nobody reads it. Leaves that may be written are made with Dirty in first stage,
 * unless somebody wants to know which pages are written (vtd-pt-dirty.c). Then no
 * entry is ever written by anyone but its owner, the cmpxchg() and the compares of
 * vtd-pt.c need no mask, a CPU's cache line that a unit without snooping cannot
 * see is never older than memory, and the unit saves the atomic writes. A leaf
 * that is read-only stays clean: a write does not get as far as to dirty it.
 *
 * **First stage, permissions.** All requests are user requests here (PASID
 * entries have SRE 0), so each entry has User. There is no leaf that can be
 * written and not read: IOPASID_WRITE alone maps for both. Execute Disable
 * stays 0, because PASID entries refuse requests for execution, and without
 * ECAP.ERS the bit means nothing.
 *
 * **First stage, addresses.** They are canonical. The upper half is never used,
 * which leaves one bit less than the levels could do.
 */

const struct vtd_pt_format vtd_pt_first = {
	.name		= "first stage",
	.min_levels	= 4,
	.sign_bits	= 1,
	.table		= VTD_FSPTE_P | VTD_FSPTE_RW | VTD_FSPTE_US | VTD_FSPTE_A,
	.read		= VTD_FSPTE_P | VTD_FSPTE_US | VTD_FSPTE_A,
	.write		= VTD_FSPTE_P | VTD_FSPTE_RW | VTD_FSPTE_US |
			  VTD_FSPTE_A | VTD_FSPTE_D,
	.accessed	= VTD_FSPTE_A,
	.dirty		= VTD_FSPTE_D,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_first);

const struct vtd_pt_format vtd_pt_second = {
	.name		= "second stage",
	.min_levels	= 3,
	.table		= VTD_SSPTE_R | VTD_SSPTE_W,
	.read		= VTD_SSPTE_R,
	.write		= VTD_SSPTE_W,
	.snoop		= VTD_SSPTE_SNP,
	.accessed	= VTD_SSPTE_A,
	.dirty		= VTD_SSPTE_D,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_pt_second);
