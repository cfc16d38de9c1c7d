// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: memory on demand
 *
 * Write a number of pages to the file demand: the device gets a PASID with an
 * address space of its own, in which nothing is mapped. It writes as many pages
 * and reads them back; each page is mapped when it asks for it (a page request),
 * unmapped again, and mapped once more. The page behind the last one is asked for,
 * too, and refused. The write fails with the errno of what went wrong: ENXIO where
 * the device sends no page requests, EIO when a number of requests or a DMA is not
 * what it must be.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/sizes.h>

#include <iopasid/domain.h>
#include <iopasid/fault.h>
#include <iopasid/pasid.h>
#include <vtd-model/endpoint.h>

#include "endpoint.h"

#define ENDPOINT_DEMAND_BASE	SZ_1M
#define ENDPOINT_DEMAND_MAX	64
#define ENDPOINT_DEMAND_SEED	77

/**
 * struct endpoint_demand - an address space that fills by page requests
 * @domain: of it
 * @data: the memory
 * @nr_pages: of it
 * @pasid: where the domain is attached
 * @nr_requests: page requests that were served
 * @nr_refused: page requests to elsewhere
 */
struct endpoint_demand {
	struct iopasid_domain *domain;
	u8 *data;
	unsigned int nr_pages;
	u32 pasid;
	atomic_t nr_requests;
	atomic_t nr_refused;
};

static u64 endpoint_demand_addr(unsigned int page)
{
	return ENDPOINT_DEMAND_BASE + (u64)page * PAGE_SIZE;
}

static int endpoint_demand_serve(struct endpoint_demand *demand,
				 const struct iopasid_page_request *request)
{
	u64 offset = request->addr - ENDPOINT_DEMAND_BASE;
	int ret;

	if (offset >= (u64)demand->nr_pages * PAGE_SIZE) {
		atomic_inc(&demand->nr_refused);
		return -EFAULT;
	}
	ret = iopasid_domain_map(demand->domain, request->addr,
				 virt_to_phys(demand->data + offset), PAGE_SIZE,
				 IOPASID_READ | IOPASID_WRITE, GFP_KERNEL);
	if (!ret)
		atomic_inc(&demand->nr_requests);
	return ret;
}

static void endpoint_demand_fault(struct iopasid_fault_group *group, void *data)
{
	enum iopasid_page_code code = IOPASID_PAGE_SUCCESS;
	const struct iopasid_page_request *request;

	list_for_each_entry(request, &group->requests, node)
		if (endpoint_demand_serve(data, request))
			code = IOPASID_PAGE_INVALID;
	iopasid_fault_group_respond(group, code);
}

static int endpoint_demand_attach(struct endpoint *ep,
				  struct endpoint_demand *demand)
{
	int ret;

	demand->domain = iopasid_domain_alloc_paging(ep->dev);
	if (IS_ERR(demand->domain))
		return PTR_ERR(demand->domain);
	ret = iopasid_domain_set_fault_handler(demand->domain,
					       endpoint_demand_fault, NULL,
					       demand);
	if (ret)
		goto err_domain;
	ret = iopasid_pasid_alloc(ep->dev, 1, iopasid_max_pasids(ep->dev) - 1,
				  &demand->pasid);
	if (ret)
		goto err_domain;
	ret = iopasid_attach_dev_pasid(demand->domain, ep->dev, demand->pasid);
	if (ret)
		goto err_pasid;
	return 0;

err_pasid:
	iopasid_pasid_free(ep->dev, demand->pasid);
err_domain:
	iopasid_domain_free(demand->domain);
	return ret;
}

static void endpoint_demand_detach(struct endpoint *ep,
				   struct endpoint_demand *demand)
{
	iopasid_detach_dev_pasid(ep->dev, demand->pasid);
	iopasid_pasid_free(ep->dev, demand->pasid);
	iopasid_domain_unmap(demand->domain, ENDPOINT_DEMAND_BASE,
			     demand->nr_pages * PAGE_SIZE);
	iopasid_domain_free(demand->domain);
}

/* All pages written, then read by the device: each is asked for once. */
static int endpoint_demand_use(struct endpoint *ep,
			       struct endpoint_demand *demand)
{
	size_t size = demand->nr_pages * PAGE_SIZE;
	int ret;

	atomic_set(&demand->nr_requests, 0);
	ret = endpoint_send(ep, demand->pasid, ENDPOINT_DEMAND_BASE, size,
			    ENDPOINT_DEMAND_SEED, 0);
	if (ret)
		return ret;
	ret = endpoint_fetch(ep, demand->pasid, ENDPOINT_DEMAND_BASE, size,
			     ENDPOINT_DEMAND_SEED, 0);
	if (ret)
		return ret;
	if (!endpoint_matches(demand->data, size, ENDPOINT_DEMAND_SEED) ||
	    atomic_read(&demand->nr_requests) != demand->nr_pages)
		return -EIO;
	return 0;
}

static int endpoint_demand_run(struct endpoint *ep,
			       struct endpoint_demand *demand)
{
	int ret;

	ret = endpoint_demand_use(ep, demand);
	if (ret)
		return ret;
	ret = iopasid_domain_unmap(demand->domain, ENDPOINT_DEMAND_BASE,
				   demand->nr_pages * PAGE_SIZE);
	if (ret)
		return ret;
	ret = endpoint_demand_use(ep, demand);
	if (ret)
		return ret;
	ret = endpoint_send(ep, demand->pasid,
			    endpoint_demand_addr(demand->nr_pages), PAGE_SIZE,
			    ENDPOINT_DEMAND_SEED, 0);
	if (ret != -EFAULT || atomic_read(&demand->nr_refused) != 1)
		return -EIO;
	return 0;
}

/**
 * endpoint_demand_locked() - the file demand is written
 * @ep: the device
 * @line: "PAGES"
 *
 * Context: ep->lock held, sleeps.
 * Return: 0; -EINVAL: not 1 to 64 pages; -ENXIO: the device sends no page requests;
 * -EOPNOTSUPP: it has no PASIDs; otherwise what went wrong.
 */
int endpoint_demand_locked(struct endpoint *ep, const char *line)
{
	struct endpoint_demand demand = {};
	int ret;

	lockdep_assert_held(&ep->lock);

	if (kstrtouint(line, 0, &demand.nr_pages) || !demand.nr_pages ||
	    demand.nr_pages > ENDPOINT_DEMAND_MAX)
		return -EINVAL;
	if (!iopasid_has_page_requests(ep->dev))
		return -ENXIO;
	if (!iopasid_max_pasids(ep->dev))
		return -EOPNOTSUPP;
	demand.data = alloc_pages_exact(demand.nr_pages * PAGE_SIZE,
					GFP_KERNEL | __GFP_ZERO);
	if (!demand.data)
		return -ENOMEM;
	ret = endpoint_demand_attach(ep, &demand);
	if (!ret) {
		ret = endpoint_demand_run(ep, &demand);
		endpoint_demand_detach(ep, &demand);
	}
	free_pages_exact(demand.data, demand.nr_pages * PAGE_SIZE);
	return ret;
}
