// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: page tables that no device may walk
 *
 * The upper half of every process's top-level table leads to the kernel's own
 * tables. A device that gets there keeps what it reads, and the kernel frees such
 * tables without a word to anybody. So no root that a unit is given may lead
 * there, and while the detector looks a unit counts the walks that do.
 *
 * When a unit is made it remembers the pages one level below such a top-level
 * table, and with five levels those of the next one too: a root of four levels
 * would lead there. All of them stay as long as the kernel runs, memory that is
 * unplugged apart. The entry of the local descriptor table is left out: what it
 * leads to is the process's, and goes with it.
 */
#include <kunit/visibility.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include <asm/pgtable.h>

#include "model.h"

/* The table that an entry leads to, 0: none */
static u64 vtd_model_below(u64 entry)
{
	if (!(entry & _PAGE_PRESENT) || entry & _PAGE_PSE)
		return 0;
	return entry & PTE_PFN_MASK;
}

static int vtd_model_remember(struct vtd_model_unit *unit, u64 table)
{
	return xa_err(xa_store(&unit->kernel_half, PHYS_PFN(table),
			       xa_mk_value(1), GFP_KERNEL));
}

/* A table of the second level from the top, and with five those below it */
static int vtd_model_remember_tree(struct vtd_model_unit *unit, u64 table)
{
	const u64 *entries = __va(table);
	unsigned int n;
	u64 below;
	int ret;

	ret = vtd_model_remember(unit, table);
	for (n = 0; !ret && pgtable_l5_enabled() && n < PTRS_PER_P4D; n++) {
		below = vtd_model_below(READ_ONCE(entries[n]));
		if (below)
			ret = vtd_model_remember(unit, below);
	}
	return ret;
}

/* The address space that this CPU uses: a thread of the kernel borrows one. */
static struct mm_struct *vtd_model_mm_get(void)
{
	struct mm_struct *mm;

	preempt_disable();
	mm = current->active_mm;
	mmgrab(mm);
	preempt_enable();
	return mm;
}

/**
 * vtd_model_kernel_half_init() - remember which tables are the kernel's
 * @unit: that nobody uses yet
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int vtd_model_kernel_half_init(struct vtd_model_unit *unit)
{
	const unsigned int private = LDT_PGD_ENTRY & (PTRS_PER_PGD - 1);
	struct mm_struct *mm = vtd_model_mm_get();
	const u64 *top = (const u64 *)mm->pgd;
	unsigned int n;
	u64 below;
	int ret = 0;

	for (n = PTRS_PER_PGD / 2; !ret && n < PTRS_PER_PGD; n++) {
		below = vtd_model_below(READ_ONCE(top[n]));
		if (below && n != private)
			ret = vtd_model_remember_tree(unit, below);
	}
	mmdrop(mm);
	return ret;
}

/**
 * vtd_model_kernel_half_destroy() - forget them
 * @unit: that nobody uses any more
 *
 * Context: any.
 */
void vtd_model_kernel_half_destroy(struct vtd_model_unit *unit)
{
	xa_destroy(&unit->kernel_half);
}

/**
 * vtd_model_is_kernel() - is there one of the kernel's tables?
 * @host: the unit
 * @phys: address in a table
 *
 * Context: any.
 * Return: whether.
 */
bool vtd_model_is_kernel(void *host, u64 phys)
{
	struct vtd_model_unit *unit = host;

	return xa_load(&unit->kernel_half, PHYS_PFN(phys));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_model_is_kernel);
