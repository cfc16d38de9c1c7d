// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: fake domains that walk page tables of a process
 *
 * The unit has a root of its own, and below it looks at what the CPU looks at. It
 * caches nothing: what a test wants to know of invalidations is which there were,
 * and they are in the record of calls.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

#define FAKE_SVA_LEVELS		4
#define FAKE_SVA_PRESENT	BIT_ULL(0)
#define FAKE_SVA_WRITABLE	BIT_ULL(1)
#define FAKE_SVA_USER		BIT_ULL(2)
#define FAKE_SVA_LARGE		BIT_ULL(7)
#define FAKE_SVA_ADDRESS	GENMASK_ULL(51, 12)

static unsigned int fake_sva_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static bool fake_sva_allows(u64 entry, unsigned int prot)
{
	return entry & FAKE_SVA_PRESENT && entry & FAKE_SVA_USER &&
		(!(prot & IOPASID_WRITE) || entry & FAKE_SVA_WRITABLE);
}

/**
 * fake_sva_walk() - what a DMA would hit
 * @domain: from domain_alloc_sva
 * @addr: the address
 * @prot: IOPASID_READ, IOPASID_WRITE or both
 *
 * The tables must not go meanwhile: the process is the caller's.
 *
 * Return: the physical address; PHYS_ADDR_MAX when the DMA faults.
 */
phys_addr_t fake_sva_walk(struct iopasid_domain *domain, u64 addr,
			  unsigned int prot)
{
	const u64 *table = domain->root;
	unsigned int level;

	if (addr > domain->aperture_last)
		return PHYS_ADDR_MAX;
	for (level = FAKE_SVA_LEVELS; level; level--) {
		unsigned int shift = fake_sva_shift(level);
		u64 below = GENMASK_ULL(shift - 1, 0);
		u64 entry = READ_ONCE(table[(addr >> shift) &
					    (FAKE_ENTRIES - 1)]);

		if (!fake_sva_allows(entry, prot))
			return PHYS_ADDR_MAX;
		if (level == 1 || entry & FAKE_SVA_LARGE)
			return (entry & FAKE_SVA_ADDRESS & ~below) |
				(addr & below);
		table = phys_to_virt(entry & FAKE_SVA_ADDRESS);
	}
	return PHYS_ADDR_MAX;
}
EXPORT_SYMBOL_IF_KUNIT(fake_sva_walk);

static int fake_sva_invalidate(struct iopasid_domain *domain, u64 first,
			       u64 last)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	unsigned long flags;
	int ret;

	if (first > last)
		fake_complain(fdom->fake, "invalidate of a range that ends before it begins");
	ret = fake_call_begin(fdom->fake, &(struct fake_call){
		.op = FAKE_INVALIDATE,
		.domain = domain,
		.iova = first,
		.last = last,
	});
	if (!ret)
		return 0;
	spin_lock_irqsave(&fdom->lock, flags);
	fdom->nr_failed_flushes++;
	spin_unlock_irqrestore(&fdom->lock, flags);
	return ret;
}

static void fake_sva_free(struct iopasid_domain *domain)
{
	struct fake_domain *fdom = fake_domain_of(domain);
	struct fake *fake = fdom->fake;

	fake_call_begin(fake, &(struct fake_call){
		.op = FAKE_DOMAIN_FREE,
		.domain = domain,
	});
	if (fake_is_attached(fake, domain))
		fake_complain(fake, "free of a domain that is attached");
	free_page((unsigned long)domain->root);
	kfree(fdom);
	/* The last touch: a test that ends waits for it. */
	atomic_dec(&fake->nr_domains);
}

static const struct iopasid_domain_ops fake_sva_ops = {
	.attach_dev_pasid = fake_attach_dev_pasid,
	.detach_dev_pasid = fake_detach_dev_pasid,
	.invalidate = fake_sva_invalidate,
	.free = fake_sva_free,
};

static struct iopasid_domain *fake_sva_make(struct fake *fake, bool coherent)
{
	struct fake_domain *fdom = kzalloc(sizeof(*fdom), GFP_KERNEL);

	if (!fdom)
		return ERR_PTR(-ENOMEM);
	fdom->domain.root = (u64 *)get_zeroed_page(GFP_KERNEL);
	if (!fdom->domain.root) {
		kfree(fdom);
		return ERR_PTR(-ENOMEM);
	}
	fdom->domain.type = IOPASID_DOMAIN_SVA;
	fdom->domain.provider = &fake->provider;
	fdom->domain.ops = &fake_sva_ops;
	fdom->domain.aperture_last = BIT_ULL(47) - 1;
	fdom->domain.coherent = coherent;
	fdom->fake = fake;
	spin_lock_init(&fdom->lock);
	atomic_inc(&fake->nr_domains);
	return &fdom->domain;
}

/* unit_ops.domain_alloc_sva */
struct iopasid_domain *fake_domain_alloc_sva(struct iopasid_device *idev,
					     enum iopasid_sva_why *why)
{
	struct fake_device *fdev = fake_device_of(idev);
	int ret;

	fake_check_group_lock(fdev);
	ret = fake_call_begin(fdev->fake, &(struct fake_call){
		.op = FAKE_DOMAIN_ALLOC_SVA,
		.fdev = fdev,
	});
	if (ret == -EOPNOTSUPP)
		*why = fdev->fake->sva_why;
	if (ret)
		return ERR_PTR(ret);
	return fake_sva_make(fdev->fake,
			     idev->caps & IOPASID_CAP_ENFORCE_COHERENCY);
}

/**
 * fake_fail_sva() - let every domain_alloc_sva find something missing
 * @fake: the provider
 * @why: with -EOPNOTSUPP; IOPASID_SVA_WHY_NONE: nothing is missing any more
 *
 * For other errors, and for single calls: fake_fail_nth().
 */
void fake_fail_sva(struct fake *fake, enum iopasid_sva_why why)
{
	fake->sva_why = why;
	fake_fail_always(fake, FAKE_DOMAIN_ALLOC_SVA, why ? -EOPNOTSUPP : 0);
}
EXPORT_SYMBOL_IF_KUNIT(fake_fail_sva);

/**
 * fake_invalidations_of() - were these addresses invalidated?
 * @fake: the provider
 * @addr: an address
 *
 * Return: how many recorded invalidations since the start, or since
 * fake_forget_calls(), include it; failed ones do not.
 */
unsigned int fake_invalidations_of(struct fake *fake, u64 addr)
{
	unsigned int i, nr = 0;

	spin_lock_irq(&fake->lock);
	for (i = 0; i < fake->nr_recorded; i++) {
		const struct fake_call *call = &fake->calls[i];

		nr += call->op == FAKE_INVALIDATE && !call->ret &&
			call->iova <= addr && addr <= call->last;
	}
	spin_unlock_irq(&fake->lock);
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(fake_invalidations_of);
