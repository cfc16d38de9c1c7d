// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices behind a unit.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "vtd.h"

/**
 * DOC: devices
 *
 * A device sends DMA with its own source id and maybe with aliases (behind a
 * PCIe-to-PCI bridge: the bridge's). Each source id is a requester with a PASID
 * directory; devices that share an alias share its requester, and the core has
 * them in one group. What one of them is attached to is then programmed for
 * all, so an entry is cleared only when no other user of the requester is
 * attached at that PASID.
 *
 * Lifecycle: probe_device makes the device a consumer of the unit's device and
 * gives its source ids their own directory, with pass-through at PASID 0 if
 * they had that, else nothing; so its DMA works as before. release_device goes
 * back.
 *
 * What kind of device it is, and what can be switched on in it, is behind
 * struct vtd_bus_ops: vtd-pci.c, vtd-soft.c.
 *
 * A device without that ability has max_pasids 0, unless rid_pasid=1: a test aid
 * that lets its untagged DMA be steered to a PASID's table. Devices that share a
 * requester have the PASIDs that its first user's directory has room for.
 */

/* How many PASIDs both the device and the unit can tell apart. */
static u32 vtd_device_max_pasids(struct vtd_device *vdev)
{
	u32 max = vdev->unit->bus_ops->enable(vdev);

	if (max)
		return min_t(u64, max, BIT_ULL(FIELD_GET(VTD_ECAP_PSS,
							 vdev->unit->ecap) + 1));
	if (!vtd_rid_pasid)
		return 0;
	vdev->steered = true;
	/* What it keeps would be of DMA without PASID: no flush names it. */
	vdev->ats = false;
	vdev->pri = false;
	return VTD_STEERED_PASIDS;
}

static int vtd_device_add_source(u16 source_id, void *data)
{
	struct vtd_device *vdev = data;
	struct vtd_requester_user *source;
	struct vtd_requester *req;
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++)
		if (vdev->sources[i].req->source_id == source_id)
			return 0;
	if (vdev->nr_sources == VTD_SOURCES_MAX) {
		dev_notice(vdev->dev, "iopasid-vtd: uses more than %d source ids: not managed\n",
			   VTD_SOURCES_MAX);
		return -ENODEV;
	}
	req = vtd_requester_get(vdev->unit, source_id);
	if (IS_ERR(req))
		return PTR_ERR(req);
	source = &vdev->sources[vdev->nr_sources++];
	source->vdev = vdev;
	source->req = req;
	return 0;
}

static void vtd_source_link(struct vtd_requester_user *source,
			    struct vtd_pasid_dir *dir)
{
	struct vtd_requester *req = source->req;
	unsigned long flags;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	list_add_tail(&source->node, &req->users);
	if (dir)
		req->dir = dir;
	spin_unlock_irqrestore(&req->unit->table_lock, flags);
}

/* The directory when nobody uses the source id any more, else NULL. */
static struct vtd_pasid_dir *vtd_source_unlink(struct vtd_requester_user *source)
{
	struct vtd_requester *req = source->req;
	struct vtd_pasid_dir *dir = NULL;
	unsigned long flags;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	list_del(&source->node);
	if (list_empty(&req->users))
		dir = req->dir;
	spin_unlock_irqrestore(&req->unit->table_lock, flags);
	return dir;
}

/* The directory of a shared source id, and whether it lets PASIDs pass. */
static void vtd_source_limit(struct vtd_device *vdev, struct vtd_requester *req)
{
	struct iopasid_device *idev = vdev->idev;
	bool tags = idev->max_pasids && !vdev->steered;

	if (tags && !vtd_context_tags(req))
		idev->max_pasids = 0;
	idev->max_pasids = min(idev->max_pasids, vtd_pasid_dir_limit(req->dir));
}

/* What the context entry lets a device send */
static u64 vtd_device_abilities(const struct vtd_device *vdev)
{
	return (vdev->idev->max_pasids && !vdev->steered ?
		VTD_CONTEXT_PASIDE : 0) |
	       (vdev->ats ? VTD_CONTEXT_DTE : 0) |
	       (vdev->pri ? VTD_CONTEXT_PRE : 0);
}

/* Use a source id; the first user gives it a directory of its own. */
static int vtd_source_take(struct vtd_requester_user *source)
{
	struct vtd_device *vdev = source->vdev;
	struct vtd_requester *req = source->req;
	struct vtd_pasid_dir *dir;

	/* Stable: users come and go under the topology lock only */
	if (!list_empty(&req->users)) {
		vtd_source_limit(vdev, req);
		vtd_source_link(source, NULL);
		return 0;
	}
	dir = vtd_pasid_dir_alloc(vdev->unit, max(vdev->idev->max_pasids, 1U));
	if (!dir)
		return -ENOMEM;
	if (vtd_context_state(req) == VTD_CONTEXT_PASS)
		vtd_pasid_make_pass(dir);
	vtd_source_link(source, dir);
	/* A failed flush was reported; old and new say the same to PASID 0 */
	vtd_context_set(req, VTD_CONTEXT_OWN, vtd_device_abilities(vdev));
	return 0;
}

static void vtd_source_give(struct vtd_requester_user *source)
{
	struct vtd_device *vdev = source->vdev;
	struct vtd_requester *req = source->req;
	bool blocked = vdev->rid.domain == &vtd_blocked_domain;
	struct vtd_pasid_dir *dir = vtd_source_unlink(source);
	int ret;

	if (!dir)
		return;
	if (!vdev->rid.domain)
		blocked = !vtd_entry_present(vtd_pasid_entry(dir, 0));
	ret = vtd_context_set(req, blocked ? VTD_CONTEXT_BLOCKED :
					     VTD_CONTEXT_PASS, 0);
	req->dir = NULL;
	/* The unit may still walk what it did not confirm: keep it for good */
	if (!ret)
		vtd_pasid_dir_free(dir);
}

static int vtd_device_take_sources(struct vtd_device *vdev)
{
	unsigned int i;
	int ret;

	for (i = 0; i < vdev->nr_sources; i++) {
		ret = vtd_source_take(&vdev->sources[i]);
		if (ret)
			goto err_give;
	}
	return 0;

err_give:
	while (i--)
		vtd_source_give(&vdev->sources[i]);
	return ret;
}

/* The context entries allow it: device TLBs fill from here on. */
static void vtd_device_enable_tlb(struct vtd_device *vdev)
{
	bool wanted = vdev->ats;
	unsigned int i;

	if (wanted)
		vdev->unit->bus_ops->enable_tlb(vdev);
	for (i = 0; i < vdev->nr_sources; i++) {
		WRITE_ONCE(vdev->sources[i].req->ats_queue_depth,
			   vdev->ats_queue_depth);
		WRITE_ONCE(vdev->sources[i].req->ats, vdev->ats);
		/* A failed flush was reported; the device sends nothing such */
		if (wanted && !vdev->ats)
			vtd_context_drop_tlb(vdev->sources[i].req);
	}
}

static void vtd_device_disable_tlb(struct vtd_device *vdev)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++)
		WRITE_ONCE(vdev->sources[i].req->ats, false);
	if (!vdev->ats)
		return;
	/*
	 * From here on the device does not answer to what others have for it.
	 * Pairs with vtd_dev_tlbs_left(): who meets that sees why.
	 */
	smp_mb();
	vdev->unit->bus_ops->disable_tlb(vdev);
}

/*
 * DMA snoops (x86) unless the device asks for the contrary. PASID table entries
 * let nobody execute, or be a supervisor. Interrupts are not remapped.
 */
static u32 vtd_unit_caps(const struct vtd_unit *unit)
{
	return IOPASID_CAP_COHERENT |
	       (unit->ecap & VTD_ECAP_SC ? IOPASID_CAP_ENFORCE_COHERENCY : 0) |
	       (vtd_stage_dirty(unit) ? IOPASID_CAP_DIRTY_TRACKING : 0) |
	       (unit->bus_ops->isolated_interrupts ?
		IOPASID_CAP_ISOLATED_INTERRUPTS : 0);
}

static int vtd_probe_device(struct iopasid_unit *iounit,
			    struct iopasid_device *idev)
{
	struct vtd_unit *unit = to_vtd_unit(iounit);
	struct vtd_device *vdev;
	int ret;

	if (!unit->bus_ops->covers(unit, idev->dev))
		return -ENODEV;

	vdev = kzalloc(sizeof(*vdev), GFP_KERNEL);
	if (!vdev)
		return -ENOMEM;
	vdev->idev = idev;
	vdev->unit = unit;
	vdev->dev = idev->dev;
	xa_init(&vdev->pasids);
	idev->max_pasids = vtd_device_max_pasids(vdev);
	idev->caps = vtd_unit_caps(unit);

	ret = unit->bus_ops->for_each_source(vdev, vtd_device_add_source, vdev);
	if (ret)
		goto err_free;

	/* Suspends and shuts down before the unit, resumes after it */
	ret = -ENOMEM;
	if (!device_link_add(idev->dev, iounit->dev, DL_FLAG_STATELESS))
		goto err_free;

	ret = vtd_device_take_sources(vdev);
	if (ret)
		goto err_link;

	idev->priv = vdev;
	vtd_debugfs_add_device(vdev);
	vtd_device_enable_tlb(vdev);
	/* Pairs with vtd_prq_device(): a request needs all of the above. */
	smp_store_release(&idev->page_requests, vdev->pri);
	return 0;

err_link:
	device_link_remove(idev->dev, iounit->dev);
err_free:
	unit->bus_ops->disable(vdev);
	idev->max_pasids = 0;
	kfree(vdev);
	return ret == -ENOMEM ? ret : -ENODEV;
}

static void vtd_release_device(struct iopasid_device *idev)
{
	struct vtd_device *vdev = idev->priv;
	unsigned int i;

	vtd_debugfs_remove_device(vdev);
	vtd_device_disable_tlb(vdev);
	for (i = 0; i < vdev->nr_sources; i++)
		vtd_source_give(&vdev->sources[i]);
	/* No report for it is under way any more. */
	if (vdev->pri)
		vtd_prq_settle(vdev->unit);
	/* A device that went took its links along: not by our pointer. */
	device_link_remove(idev->dev, idev->unit->dev);
	/* The core detached all of them: our bug if not, and memory is lost */
	WARN_ON_ONCE(!xa_empty(&vdev->pasids));
	vdev->unit->bus_ops->disable(vdev);
	idev->priv = NULL;
	kfree(vdev);
}

static struct iopasid_group *vtd_device_group(struct iopasid_device *idev)
{
	struct vtd_device *vdev = idev->priv;

	return vdev->unit->bus_ops->group(vdev);
}

/* A unit with neither stage has page tables for nobody. */
static int vtd_default_domain_type(struct iopasid_device *idev)
{
	struct vtd_device *vdev = idev->priv;
	const struct vtd_bus_ops *bus_ops = vdev->unit->bus_ops;

	if (!vdev->unit->stage ||
	    (bus_ops->must_pass && bus_ops->must_pass(vdev)))
		return IOPASID_DOMAIN_IDENTITY;
	return -1;
}

static int vtd_hw_info(struct iopasid_device *idev,
		       struct iopasid_hw_info *info)
{
	const struct vtd_unit *unit = to_vtd_unit(idev->unit);
	struct iommu_hw_info_vtd *vtd = kzalloc(sizeof(*vtd), GFP_KERNEL);

	if (!vtd)
		return -ENOMEM;
	vtd->cap_reg = unit->cap;
	vtd->ecap_reg = unit->ecap;
	info->type = IOMMU_HW_INFO_TYPE_INTEL_VTD;
	info->length = sizeof(*vtd);
	info->data = vtd;
	return 0;
}

/**
 * vtd_resv_add() - one more reserved range
 * @list: gets it
 * @first: first address
 * @last: last address, inclusive
 * @type: why
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int vtd_resv_add(struct list_head *list, u64 first, u64 last,
		 enum iopasid_resv_type type)
{
	struct iopasid_resv *resv = kzalloc(sizeof(*resv), GFP_KERNEL);

	if (!resv)
		return -ENOMEM;
	resv->first = first;
	resv->last = last;
	resv->type = type;
	list_add_tail(&resv->node, list);
	return 0;
}

static int vtd_resv_regions(struct iopasid_device *idev,
			    struct list_head *list)
{
	struct vtd_device *vdev = idev->priv;
	const struct vtd_bus_ops *bus_ops = vdev->unit->bus_ops;
	int ret;

	ret = vtd_resv_add(list, VTD_MSI_FIRST, VTD_MSI_LAST,
			   IOPASID_RESV_MSI);
	if (ret || !bus_ops->resv_regions)
		return ret;
	return bus_ops->resv_regions(vdev, list);
}

/**
 * vtd_device_attachment() - what a device reaches at a PASID
 * @vdev: the device
 * @pasid: the PASID, 0 for DMA without
 *
 * Context: group mutex held.
 * Return: the record, NULL when nothing is attached at a PASID.
 */
struct vtd_attachment *vtd_device_attachment(struct vtd_device *vdev,
					     u32 pasid)
{
	return pasid ? xa_load(&vdev->pasids, pasid) : &vdev->rid;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_device_attachment);

/**
 * vtd_device_shares() - does another device need the entry of a source id?
 * @source: a device's use of the source id
 * @pasid: the entry
 *
 * Context: group mutex held: devices that share a source id share the group.
 * Return: true when another user of the source id is attached there to
 * anything but the blocked domain.
 */
bool vtd_device_shares(struct vtd_requester_user *source, u32 pasid)
{
	struct vtd_requester *req = source->req;
	struct vtd_requester_user *other;
	bool shares = false;
	unsigned long flags;

	spin_lock_irqsave(&req->unit->table_lock, flags);
	list_for_each_entry(other, &req->users, node) {
		struct vtd_attachment *att;

		if (other == source)
			continue;
		att = vtd_device_attachment(other->vdev, pasid);
		if (att && att->domain && att->domain != &vtd_blocked_domain)
			shares = true;
	}
	spin_unlock_irqrestore(&req->unit->table_lock, flags);
	return shares;
}

const struct iopasid_unit_ops vtd_unit_ops = {
	.probe_device		= vtd_probe_device,
	.release_device		= vtd_release_device,
	.device_group		= vtd_device_group,
	.default_domain_type	= vtd_default_domain_type,
	.domain_alloc_paging	= vtd_domain_alloc_paging,
	.domain_alloc_user	= vtd_domain_alloc_user,
	.domain_alloc_sva	= vtd_domain_alloc_sva,
	.hw_info		= vtd_hw_info,
	.resv_regions		= vtd_resv_regions,
	.page_response		= vtd_page_response,
	.drain_page_requests	= vtd_drain_page_requests,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_ops);
