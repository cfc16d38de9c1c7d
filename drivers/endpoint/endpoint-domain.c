// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: an address space that a script fills
 *
 * Next to the DMA API's domain, whose addresses nobody chooses, an endpoint can
 * have one of its own at one PASID. Write to the file domain:
 *
 * - "attach PASID": a new, empty domain at that PASID;
 * - "map ADDRESS SLOT": the memory of a slot, mapped or not, is there, too;
 * - "unmap ADDRESS SIZE": whatever is mapped in that range goes;
 * - "detach": the domain goes with all that is mapped.
 *
 * It reads as the PASID or "none". A slot that is mapped here keeps its memory
 * until the domain goes.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/seq_file.h>

#include <iopasid/domain.h>
#include <iopasid/pasid.h>

#include "endpoint.h"

static int endpoint_domain_attach(struct endpoint *ep, u32 pasid)
{
	struct iopasid_domain *domain;
	int ret;

	if (ep->domain)
		return -EBUSY;
	domain = iopasid_domain_alloc_paging(ep->dev);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iopasid_attach_dev_pasid(domain, ep->dev, pasid);
	if (ret) {
		iopasid_domain_free(domain);
		return ret;
	}
	ep->domain = domain;
	ep->domain_pasid = pasid;
	return 0;
}

static int endpoint_domain_map(struct endpoint *ep, u64 addr, u64 number)
{
	struct endpoint_slot *slot;
	int ret;

	if (!ep->domain)
		return -ENOENT;
	if (number >= ENDPOINT_SLOTS || !ep->slots[number].data)
		return -EINVAL;
	slot = &ep->slots[number];
	ret = iopasid_domain_map(ep->domain, addr, virt_to_phys(slot->data),
				 PAGE_ALIGN(slot->size),
				 IOPASID_READ | IOPASID_WRITE, GFP_KERNEL);
	slot->kept |= !ret;
	return ret;
}

/**
 * endpoint_domain_detach() - the domain goes, if there is one
 * @ep: the device
 *
 * Context: ep->lock held, or nobody else has @ep; sleeps.
 */
void endpoint_domain_detach(struct endpoint *ep)
{
	unsigned int n;

	if (!ep->domain)
		return;
	iopasid_detach_dev_pasid(ep->dev, ep->domain_pasid);
	iopasid_domain_free(ep->domain);
	ep->domain = NULL;
	for (n = 0; n < ENDPOINT_SLOTS; n++)
		ep->slots[n].kept = false;
}

/**
 * endpoint_domain_write_locked() - the file domain is written
 * @ep: the device
 * @line: see above
 *
 * Context: ep->lock held, sleeps.
 * Return: 0; -ENOENT: no domain; -EBUSY: there is one; -EINVAL; as the core.
 */
int endpoint_domain_write_locked(struct endpoint *ep, const char *line)
{
	unsigned long long a = 0, b = 0;
	char verb[8] = "";
	int nr;

	lockdep_assert_held(&ep->lock);

	nr = sscanf(line, "%7s %lli %lli", verb, &a, &b);
	if (nr == 2 && !strcmp(verb, "attach"))
		return a > U32_MAX ? -EINVAL : endpoint_domain_attach(ep, a);
	if (nr == 3 && !strcmp(verb, "map"))
		return endpoint_domain_map(ep, a, b);
	if (!ep->domain)
		return -ENOENT;
	if (nr == 3 && !strcmp(verb, "unmap"))
		return iopasid_domain_unmap(ep->domain, a, b);
	if (nr != 1 || strcmp(verb, "detach"))
		return -EINVAL;
	endpoint_domain_detach(ep);
	return 0;
}

/**
 * endpoint_domain_show_locked() - the file domain is read
 * @ep: the device
 * @s: gets the PASID
 *
 * Context: ep->lock held.
 */
void endpoint_domain_show_locked(struct endpoint *ep, struct seq_file *s)
{
	lockdep_assert_held(&ep->lock);

	if (ep->domain)
		seq_printf(s, "%u\n", ep->domain_pasid);
	else
		seq_puts(s, "none\n");
}
