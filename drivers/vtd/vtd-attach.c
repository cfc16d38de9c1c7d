// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains on devices: what a PASID table entry says.
 */
#include <kunit/visibility.h>
#include <linux/device.h>
#include <linux/slab.h>

#include "vtd.h"
#include "trace-vtd.h"

/**
 * DOC: attach and detach
 *
 * DMA without a PASID uses the entry of PASID 0, so there is one way for RID
 * and PASIDs: prepare all that can fail (table pages, a cache tag, the record),
 * then change the entry of each source id of the device through the one writer
 * (vtd-entry.c), which calls back here to flush what the unit cached of the old
 * entry (vtd-flush.c), then publish the record.
 *
 * Unhappy paths:
 *
 * 1. Preparation fails: nothing has changed; tags that were made stay for the
 *    next time.
 * 2. The unit does not confirm a flush while an entry is replaced: the entry
 *    goes back to what it was, so do those of the source ids before it, and
 *    the error is returned.
 * 3. It does not confirm a flush while an entry is cleared: the entry stays
 *    cleared, and the domain is marked lost (vtd-tag.c).
 *
 * In both, the entry is flushed again before it is written, and everything when
 * the context entry of its source id gets another directory.
 *
 * Blocking needs no memory. A device with an RMRR must not be blocked; the core
 * knows from resv_regions and does not ask.
 *
 * Locking: the group mutex is held throughout.
 */

/**
 * struct vtd_change - one change of one entry
 * @writer: the writer's part
 * @req: whose entry
 * @pasid: which
 */
struct vtd_change {
	struct vtd_entry_writer writer;
	struct vtd_requester *req;
	u32 pasid;
};

static int vtd_change_flush(struct vtd_entry_writer *writer,
			    const struct vtd_entry *old)
{
	struct vtd_change *change = container_of(writer, struct vtd_change,
						 writer);

	return vtd_flush_entry(change->req, change->pasid, old);
}

static const struct vtd_entry_writer_ops vtd_change_ops = {
	.flush = vtd_change_flush,
};

static void vtd_change_init(struct vtd_change *change,
			    struct vtd_requester *req, u32 pasid)
{
	change->writer.ops = &vtd_change_ops;
	change->writer.live = vtd_pasid_entry(req->dir, pasid);
	change->writer.coherent = req->unit->coherent;
	change->req = req;
	change->pasid = pasid;
}

/* Of pass-through: the largest that the unit knows, of either stage (9.6) */
static u64 vtd_entry_aw(const struct vtd_unit *unit)
{
	bool second = unit->ecap & VTD_ECAP_SSTS;

	if (unit->cap & (second ? VTD_CAP_SAGAW_57 : VTD_CAP_FS5LP))
		return FIELD_PREP(VTD_PASID_AW, VTD_AW_57);
	if (!second || unit->cap & VTD_CAP_SAGAW_48)
		return FIELD_PREP(VTD_PASID_AW, VTD_AW_48);
	return FIELD_PREP(VTD_PASID_AW, VTD_AW_39);
}

/*
 * AW 1 is a table of three levels, and so on. In first stage FSPM says it, but
 * QEMU takes the limit of canonical addresses from AW there, too.
 */
static u64 vtd_entry_aw_of(const struct vtd_pt *pt)
{
	return FIELD_PREP(VTD_PASID_AW, pt->config.levels -
					VTD_PT_MIN_LEVELS + VTD_AW_39);
}

/**
 * vtd_entry_pass() - what a pass-through entry says
 * @unit: for this unit
 * @entry: filled in
 */
void vtd_entry_pass(const struct vtd_unit *unit, struct vtd_entry *entry)
{
	*entry = (struct vtd_entry) {
		.word[0] = VTD_PASID_P | vtd_entry_aw(unit) |
			   FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_PASS),
		.word[1] = FIELD_PREP(VTD_PASID_DID, VTD_DID_PASS),
	};
}
EXPORT_SYMBOL_IF_KUNIT(vtd_entry_pass);

/*
 * First stage: SRE and WPE stay 0, because nobody sends supervisor requests and
 * the tables have user pages only: the root for a process has the lower half of
 * its table. PGSNP is what the leaves say in second stage. Tables of a process
 * have Execute Disable: NXE allows it where the unit knows that bit (ECAP.ERS);
 * elsewhere the unit ignores it, and NXE is reserved. ERE stays 0: nobody fetches.
 * Second stage: SSADE stays as it is for life (DOC: of vtd-pt-dirty.c).
 */
static void vtd_entry_paging(const struct vtd_unit *unit,
			     struct vtd_entry *entry,
			     const struct vtd_domain *vdom,
			     const struct vtd_tag *tag)
{
	const struct vtd_pt_config *config = &vdom->pt.config;
	u64 root = virt_to_phys(vdom->pt.root);

	*entry = (struct vtd_entry) {
		.word[0] = VTD_PASID_P | vtd_entry_aw_of(&vdom->pt),
		.word[1] = FIELD_PREP(VTD_PASID_DID, tag->did) |
			   (unit->ecap & VTD_ECAP_SMPWC ? VTD_PASID_PWSNP : 0),
	};
	if (config->format == &vtd_pt_first) {
		entry->word[0] |= FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_FIRST);
		entry->word[1] |= config->snoop ? VTD_PASID_PGSNP : 0;
		entry->word[2] = FIELD_PREP(VTD_PASID_FSPM, VTD_FSPM_4_LEVEL) |
				 root;
		if (vdom->domain.type == IOPASID_DOMAIN_SVA &&
		    unit->ecap & VTD_ECAP_ERS)
			entry->word[2] |= VTD_PASID_NXE;
	} else {
		entry->word[0] |= FIELD_PREP(VTD_PASID_PGTT, VTD_PGTT_SECOND) |
				  (config->dirty ? VTD_PASID_SSADE : 0) | root;
	}
}

/* What @att means for the unit; a blocked or missing domain: not present. */
static void vtd_entry_target(struct vtd_unit *unit, struct vtd_entry *entry,
			     const struct vtd_attachment *att)
{
	memset(entry, 0, sizeof(*entry));
	if (!att->domain || att->domain->type == IOPASID_DOMAIN_BLOCKED)
		return;
	if (att->domain->type == IOPASID_DOMAIN_IDENTITY)
		vtd_entry_pass(unit, entry);
	else
		vtd_entry_paging(unit, entry, to_vtd_domain(att->domain),
				 att->tag);
}

static int vtd_source_change(struct vtd_requester_user *source, u32 pasid,
			     const struct vtd_entry *target)
{
	struct vtd_requester *req = source->req;
	struct vtd_change change;
	bool was_present;
	int ret;

	vtd_change_init(&change, req, pasid);
	/* It was blocked, and with the others its table went. */
	if (!change.writer.live)
		return 0;
	was_present = vtd_entry_present(change.writer.live);
	vtd_count(req->unit, VTD_COUNT_ENTRY);
	if (!vtd_entry_present(target))
		return vtd_device_shares(source, pasid) ?
		       0 : vtd_entry_clear(&change.writer);

	ret = vtd_entry_write(&change.writer, target);
	if (ret)
		return ret;
	if (was_present || !(req->unit->cap & VTD_CAP_CM))
		return 0;
	ret = vtd_flush_new_entry(req, pasid, target);
	/* Nobody will count the entry as attached: it must not stay. */
	if (ret)
		vtd_entry_clear(&change.writer);
	return ret;
}

/* Make the entry of one source id say @target. */
static int vtd_source_write(struct vtd_requester_user *source, u32 pasid,
			    const struct vtd_entry *target)
{
	int ret = vtd_source_change(source, pasid, target);

	/* The entry remembers, but it may go with its directory. */
	if (unlikely(ret))
		WRITE_ONCE(source->req->unflushed, true);
	return ret;
}

/* All source ids of a device, whatever the unit confirms. */
static int vtd_device_clear(struct vtd_device *vdev, u32 pasid)
{
	const struct vtd_entry nothing = {};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < vdev->nr_sources; i++)
		ret = vtd_source_write(&vdev->sources[i], pasid, &nothing) ?:
		      ret;
	return ret;
}

/* Of a device that does not answer: what it keeps must lead nowhere. */
static void vtd_device_drop_tlb(struct vtd_device *vdev)
{
	unsigned int i;

	for (i = 0; vdev->ats && i < vdev->nr_sources; i++)
		if (vtd_context_drop_tlb(vdev->sources[i].req))
			dev_err(vdev->dev, "iopasid-vtd: its device TLB cannot be shut out by %s\n",
				vdev->unit->name);
}

/* All source ids of a device, or none. */
static int vtd_device_write(struct vtd_device *vdev, u32 pasid,
			    const struct vtd_attachment *new,
			    const struct vtd_attachment *old)
{
	struct vtd_entry target, back;
	unsigned int i;
	int ret;

	vtd_entry_target(vdev->unit, &target, new);
	for (i = 0; i < vdev->nr_sources; i++) {
		ret = vtd_source_write(&vdev->sources[i], pasid, &target);
		if (ret)
			goto err_back;
	}
	return 0;

err_back:
	vtd_entry_target(vdev->unit, &back, old);
	while (i--)
		vtd_source_write(&vdev->sources[i], pasid, &back);
	return ret;
}

static int vtd_device_prepare(struct vtd_device *vdev, u32 pasid)
{
	unsigned int i;
	int ret;

	for (i = 0; i < vdev->nr_sources; i++) {
		ret = vtd_pasid_prepare(vdev->sources[i].req->dir, pasid);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * Nothing may be left at @pasid, where @did was: give back the tables of which
 * that is true.
 */
static void vtd_device_trim(struct vtd_device *vdev, u32 pasid, u16 did)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++)
		vtd_pasid_trim(vdev->sources[i].req->dir, pasid, did);
}

/* Of what is attached, in its entry */
static u16 vtd_attachment_did(const struct vtd_attachment *att)
{
	return att->tag ? att->tag->did : VTD_DID_PASS;
}

/* What attaching @domain to @vdev will be; gets its tag. */
static int vtd_attachment_init(struct vtd_attachment *att,
			       struct vtd_device *vdev,
			       struct iopasid_domain *domain)
{
	struct vtd_domain *vdom;

	att->domain = domain;
	att->tag = NULL;
	if (domain->type != IOPASID_DOMAIN_PAGING &&
	    domain->type != IOPASID_DOMAIN_SVA)
		return 0;
	vdom = to_vtd_domain(domain);
	if (!vtd_domain_fits(vdom, vdev->unit))
		return -EINVAL;
	att->tag = vtd_tag_prepare(vdom, vdev->unit);
	return PTR_ERR_OR_ZERO(att->tag);
}

static void vtd_attachment_use(struct vtd_attachment *att,
			       struct vtd_device *vdev, u32 pasid)
{
	att->user.vdev = vdev;
	if (att->tag)
		vtd_tag_use(to_vtd_domain(att->domain), att->tag, &att->user,
			    pasid);
}

static void vtd_attachment_unuse(struct vtd_attachment *att)
{
	if (att->tag)
		vtd_tag_unuse(to_vtd_domain(att->domain), att->tag,
			      &att->user);
}

/* @att, which is in no use, becomes @new, which is given up. */
static void vtd_attachment_become(struct vtd_attachment *att,
				  struct vtd_attachment *new)
{
	att->domain = new->domain;
	att->tag = new->tag;
	if (att->tag)
		vtd_tag_hand_over(to_vtd_domain(att->domain), &new->user,
				  att->tag, &att->user);
}

/* The unit did not confirm that it forgot @att. */
static void vtd_attachment_lost(const struct vtd_attachment *att)
{
	if (att->tag)
		WRITE_ONCE(att->tag->lost, true);
}

/* What each source id of a device meets at a PASID now */
static void vtd_attachment_promise(struct vtd_device *vdev, u32 pasid,
				   enum iopasid_domain_type type)
{
	unsigned int i;

	for (i = 0; i < vdev->nr_sources; i++) {
		struct vtd_requester_user *source = &vdev->sources[i];

		if (vtd_device_shares(source, pasid))
			continue;
		vtd_promise_source(source->req, pasid, "attach or detach");
		if (type != IOPASID_DOMAIN_BLOCKED)
			vtd_promise_source(source->req, pasid, NULL);
	}
}

/* Move @att, a device's record for @pasid, to @domain. */
static int vtd_attachment_move(struct vtd_device *vdev, u32 pasid,
			       struct vtd_attachment *att,
			       struct iopasid_domain *domain)
{
	struct vtd_attachment new;
	int ret;

	ret = vtd_attachment_init(&new, vdev, domain);
	if (ret)
		return ret;
	vtd_attachment_use(&new, vdev, pasid);
	if (domain->type == IOPASID_DOMAIN_BLOCKED) {
		/* A cleared entry stays so, the old domain pays for it */
		ret = vtd_device_clear(vdev, pasid);
		if (ret) {
			vtd_attachment_lost(att);
			vtd_device_drop_tlb(vdev);
		}
	} else {
		ret = vtd_device_write(vdev, pasid, &new, att);
		if (ret)
			goto err_unuse;
	}
	vtd_attachment_unuse(att);
	vtd_attachment_become(att, &new);
	if (!ret)
		vtd_attachment_promise(vdev, pasid, domain->type);
	trace_vtd_attach(vdev->unit->name, vdev->sources[0].req->source_id,
			 pasid, domain->type, att->tag ? att->tag->did : 0);
	return 0;

err_unuse:
	vtd_attachment_lost(&new);
	vtd_attachment_unuse(&new);
	return ret;
}

/**
 * vtd_attach_dev() - DMA without a PASID goes to a domain
 * @domain: the domain
 * @idev: the device
 * @old: where it went; the record here says the same
 *
 * Context: group mutex held, may sleep.
 * Return: as the contract (domain.h), or -EIO, -ETIMEDOUT from the unit.
 */
int vtd_attach_dev(struct iopasid_domain *domain, struct iopasid_device *idev,
		   struct iopasid_domain *old)
{
	struct vtd_device *vdev = idev->priv;

	return vtd_attachment_move(vdev, 0, &vdev->rid, domain);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_attach_dev);

/* A first attachment at @pasid. */
static int vtd_attachment_add(struct vtd_device *vdev, u32 pasid,
			      struct iopasid_domain *domain)
{
	struct vtd_attachment *att;
	int ret;

	att = kzalloc(sizeof(*att), GFP_KERNEL);
	if (!att)
		return -ENOMEM;
	ret = xa_insert(&vdev->pasids, pasid, att, GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = vtd_attachment_move(vdev, pasid, att, domain);
	if (ret)
		goto err_erase;
	return 0;

err_erase:
	xa_erase(&vdev->pasids, pasid);
err_free:
	kfree(att);
	return ret;
}

/**
 * vtd_attach_dev_pasid() - DMA with a PASID goes to a domain
 * @domain: the domain
 * @idev: the device
 * @pasid: the PASID
 * @old: the domain that is replaced, NULL: none
 *
 * Context: group mutex held, may sleep.
 * Return: as the contract (domain.h), or -EIO, -ETIMEDOUT from the unit.
 */
int vtd_attach_dev_pasid(struct iopasid_domain *domain,
			 struct iopasid_device *idev, u32 pasid,
			 struct iopasid_domain *old)
{
	struct vtd_device *vdev = idev->priv;
	struct vtd_attachment *att = vtd_device_attachment(vdev, pasid);
	int ret;

	ret = vtd_device_prepare(vdev, pasid);
	if (!ret)
		ret = att ? vtd_attachment_move(vdev, pasid, att, domain) :
			    vtd_attachment_add(vdev, pasid, domain);
	/* An entry that was there for a moment was flushed by its own id. */
	if (ret)
		vtd_device_trim(vdev, pasid, VTD_DID_PASS);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_attach_dev_pasid);

/**
 * vtd_detach_dev_pasid() - DMA with a PASID is blocked
 * @domain: where it went; the record here says the same
 * @idev: the device
 * @pasid: the PASID
 *
 * Context: group mutex held, may sleep.
 */
void vtd_detach_dev_pasid(struct iopasid_domain *domain,
			  struct iopasid_device *idev, u32 pasid)
{
	struct vtd_device *vdev = idev->priv;
	struct vtd_attachment *att = vtd_device_attachment(vdev, pasid);
	u16 did;

	/* The core's bug; there is nothing to clear */
	if (WARN_ON_ONCE(!att))
		return;
	did = vtd_attachment_did(att);
	vtd_attachment_move(vdev, pasid, att, &vtd_blocked_domain);
	xa_erase(&vdev->pasids, pasid);
	kfree(att);
	vtd_device_trim(vdev, pasid, did);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_detach_dev_pasid);

static const struct iopasid_domain_ops vtd_static_ops = {
	.attach_dev		= vtd_attach_dev,
	.attach_dev_pasid	= vtd_attach_dev_pasid,
	.detach_dev_pasid	= vtd_detach_dev_pasid,
};

struct iopasid_domain vtd_identity_domain = {
	.type		= IOPASID_DOMAIN_IDENTITY,
	.provider	= &vtd_provider,
	.ops		= &vtd_static_ops,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_identity_domain);

struct iopasid_domain vtd_blocked_domain = {
	.type		= IOPASID_DOMAIN_BLOCKED,
	.provider	= &vtd_provider,
	.ops		= &vtd_static_ops,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_blocked_domain);
