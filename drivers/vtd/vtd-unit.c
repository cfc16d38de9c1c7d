// SPDX-License-Identifier: GPL-2.0-only
/*
 * One unit: from found to translating, and back.
 */
#include <kunit/visibility.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/slab.h>

#include <vtd-model/unit.h>

#include "vtd.h"

/**
 * DOC: life of a unit
 *
 * 1. create: the port is there; is the unit free, and can it do what we need?
 *    Every refusal is one line that names the unit, the rule and the remedy.
 * 2. start: memory, queue on, root table, flush of everything, fault event;
 *    then, while no PCI device can come or go: a pass-through context entry
 *    for every function in scope, translation on, registration with the core
 *    (which takes the devices). What "in scope" means is behind struct
 *    vtd_bus_ops.
 * 3. stop: the core lets go of all devices, translation off, queue off,
 *    registers as they were found: the module can be loaded again.
 * 4. destroy: memory, but for struct vtd_unit itself.
 *
 * A program keeps its page tables as long as it likes, whatever becomes of the
 * units. So the struct is counted: it stays, without hardware, until the last
 * domain has gone that was made for the unit or attached behind it. What such a
 * domain does with the registers, the queue or a source id of a unit (flushes,
 * promises) is between vtd_unit_enter() and vtd_unit_leave(); stop waits for who
 * is inside, and nobody gets in afterwards.
 *
 * Around a sleep and at shutdown there are shorter ways: quiesce switches
 * translation and queue off and keeps all tables; resume programs the unit
 * from them. They run when all consumers of the unit's device have stopped.
 *
 * Unhappy paths: a start that fails half-way undoes what it did. Stop goes on
 * to the end whatever the unit answers; but the tables and the queue of a unit
 * that does not confirm that it is off stay in memory for ever. A unit that does
 * not come back after a sleep stops the machine: its devices hold addresses
 * that mean something else without translation.
 */

static bool vtd_unit_has(const struct vtd_unit *unit, u64 ecap)
{
	return unit->ecap & ecap;
}

/* Someone else uses the unit: which bits tell. */
#define VTD_G_TAKEN	(VTD_G_TE | VTD_G_QIE | VTD_G_IRE)

static int vtd_unit_check_free(struct vtd_unit *unit)
{
	u32 gsts = vtd_read32(unit->port, VTD_REG_GSTS);

	if (!(gsts & VTD_G_TAKEN))
		return 0;
	pr_err("%s in use by the kernel's IOMMU driver (status %08x); boot with intel_iommu=off intremap=off\n",
	       unit->name, gsts);
	return -EBUSY;
}

static int vtd_unit_check_able(struct vtd_unit *unit)
{
	if (!vtd_unit_has(unit, VTD_ECAP_QI)) {
		pr_err("%s has no queued invalidation (ECAP.QI): it is too old for this driver\n",
		       unit->name);
		return -EOPNOTSUPP;
	}
	if (!vtd_unit_has(unit, VTD_ECAP_SMTS)) {
		pr_err("%s has no scalable mode (ECAP.SMTS): use a newer machine, or QEMU's intel-iommu with x-scalable-mode=on\n",
		       unit->name);
		return -EOPNOTSUPP;
	}
	if (unit->cap & VTD_CAP_RWBF) {
		pr_err("%s needs its write buffer flushed (CAP.RWBF): this driver cannot use it\n",
		       unit->name);
		return -EOPNOTSUPP;
	}
	/* What nobody manages, and what is not bound yet, passes through. */
	if (!vtd_unit_has(unit, VTD_ECAP_PT)) {
		pr_err("%s has no pass-through (ECAP.PT): this driver cannot use it; with QEMU leave out pt=off\n",
		       unit->name);
		return -EOPNOTSUPP;
	}
	return 0;
}

static void vtd_unit_read_caps(struct vtd_unit *unit)
{
	unsigned int did_lg2;

	unit->cap = vtd_read64(unit->port, VTD_REG_CAP);
	unit->ecap = vtd_read64(unit->port, VTD_REG_ECAP);
	/*
	 * ECAP.C is about root, context and PASID tables, SMPWC about what
	 * PASID entries lead to. Be careful: both, or everything is flushed.
	 */
	unit->coherent = vtd_unit_has(unit, VTD_ECAP_C) &&
			 vtd_unit_has(unit, VTD_ECAP_SMPWC);
	did_lg2 = min(VTD_CAP_ND_BASE_LG2 +
		      VTD_CAP_ND_STEP_LG2 * FIELD_GET(VTD_CAP_ND, unit->cap),
		      16ULL);
	unit->did_last = BIT(did_lg2) - 1;
}

/**
 * vtd_unit_create() - look at a unit, and take it if it is free and able
 * @config: what it is; its port is destroyed with the unit, or on failure
 *
 * Context: may sleep.
 * Return: the unit; ERR_PTR(-EBUSY), ERR_PTR(-EOPNOTSUPP), ERR_PTR(-ENOMEM).
 */
struct vtd_unit *vtd_unit_create(const struct vtd_unit_config *config)
{
	struct vtd_unit *unit;
	int ret;

	unit = kzalloc(sizeof(*unit), GFP_KERNEL);
	if (!unit) {
		config->port->ops->destroy(config->port);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&unit->ref);
	unit->port = config->port;
	unit->promises = config->port->ops->promises_wanted;
	unit->bus_ops = config->bus_ops;
	unit->dmar = config->dmar;
	unit->drhd = config->drhd;
	unit->soft = config->soft;
	strscpy(unit->name, config->name);
	unit->iounit.name = unit->name;
	unit->iounit.dev = config->dev;
	unit->iounit.provider = &vtd_provider;
	unit->iounit.bus = config->soft ? config->soft->bus : NULL;
	spin_lock_init(&unit->table_lock);
	mutex_init(&unit->domains_lock);
	INIT_LIST_HEAD(&unit->domains);
	xa_init(&unit->requesters);
	ida_init(&unit->dids);
	vtd_fault_init(unit);

	ret = vtd_unit_check_free(unit);
	if (ret)
		goto err_destroy;
	vtd_unit_read_caps(unit);
	ret = vtd_unit_check_able(unit);
	if (ret)
		goto err_destroy;
	ret = vtd_stage_choose(unit, vtd_stage);
	if (ret)
		goto err_destroy;
	return unit;

err_destroy:
	vtd_unit_destroy(unit);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_create);

/* What the unit reads. */
static void vtd_unit_free(struct vtd_unit *unit)
{
	vtd_context_destroy(unit);
	vtd_pasid_dir_free(unit->pass_dir);
	vtd_queue_destroy(unit);
}

static void vtd_unit_release(struct kref *ref)
{
	struct vtd_unit *unit = container_of(ref, struct vtd_unit, ref);

	ida_destroy(&unit->dids);
	mutex_destroy(&unit->domains_lock);
	kfree(unit);
}

/**
 * vtd_unit_get() - keep the struct of a unit
 * @unit: the unit
 *
 * Context: any.
 * Return: the unit.
 */
struct vtd_unit *vtd_unit_get(struct vtd_unit *unit)
{
	kref_get(&unit->ref);
	return unit;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_get);

/**
 * vtd_unit_put() - undo vtd_unit_get()
 * @unit: the unit
 *
 * Context: may sleep.
 */
void vtd_unit_put(struct vtd_unit *unit)
{
	kref_put(&unit->ref, vtd_unit_release);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_put);

/**
 * vtd_unit_enter() - use the hardware of a unit that may go
 * @unit: the unit, whose struct the caller keeps
 *
 * Context: any. Until vtd_unit_leave() the caller polls, but does not sleep.
 * Return: false: it is gone, do without.
 */
bool vtd_unit_enter(struct vtd_unit *unit)
{
	atomic_inc(&unit->nr_inside);
	/*
	 * Pairs with vtd_unit_wait_outside(): it sees us, or we see that the
	 * unit is gone, or its queue off (vtd_queue_submit()).
	 */
	smp_mb__after_atomic();
	if (likely(!READ_ONCE(unit->gone)))
		return true;
	vtd_unit_leave(unit);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_enter);

/**
 * vtd_unit_leave() - undo vtd_unit_enter()
 * @unit: the unit
 *
 * Context: any.
 */
void vtd_unit_leave(struct vtd_unit *unit)
{
	/* What was done inside comes first; pairs with vtd_unit_wait_outside(). */
	smp_mb__before_atomic();
	atomic_dec(&unit->nr_inside);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_leave);

/**
 * vtd_unit_wait_outside() - wait for all who are inside
 * @unit: the unit, of which has been said that it is gone, or its queue off
 *
 * Who comes later sees what has been said.
 *
 * Context: may sleep.
 */
void vtd_unit_wait_outside(struct vtd_unit *unit)
{
	/* Pairs with vtd_unit_enter(). */
	smp_mb();
	/* Whoever is inside has time-outs. */
	while (atomic_read_acquire(&unit->nr_inside))
		usleep_range(20, 100);
}

/* Nobody gets in any more, and nobody is inside. */
static void vtd_unit_close(struct vtd_unit *unit)
{
	WRITE_ONCE(unit->gone, true);
	vtd_unit_wait_outside(unit);
}

/**
 * vtd_unit_destroy() - free a unit that is not started
 * @unit: the unit; its struct goes with the last domain
 *
 * Context: may sleep.
 */
void vtd_unit_destroy(struct vtd_unit *unit)
{
	vtd_unit_close(unit);
	if (!unit->stuck)
		vtd_unit_free(unit);
	unit->port->ops->destroy(unit->port);
	vtd_unit_put(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_destroy);

/* Root table, pass-through directory, queue memory. */
static int vtd_unit_alloc(struct vtd_unit *unit)
{
	struct page *page;

	page = alloc_pages_node(dev_to_node(unit->iounit.dev),
				GFP_KERNEL | __GFP_ZERO, 0);
	if (!page)
		return -ENOMEM;
	unit->root = page_address(page);
	vtd_table_sync(unit, unit->root, PAGE_SIZE);

	unit->pass_dir = vtd_pasid_dir_alloc(unit, 1);
	if (!unit->pass_dir)
		return -ENOMEM;
	vtd_pasid_make_pass(unit->pass_dir);
	return vtd_queue_init(unit);
}

/* Everything but translation itself; also what a resume needs. */
static int vtd_unit_program(struct vtd_unit *unit)
{
	u64 rtaddr = virt_to_phys(unit->root) |
		     FIELD_PREP(VTD_RTADDR_TTM, VTD_RTADDR_TTM_SCALABLE);
	int ret;

	ret = vtd_queue_start(unit);
	if (ret)
		return ret;
	ret = vtd_gcmd_root(unit, rtaddr);
	if (ret)
		return ret;
	return vtd_flush_everything(unit);
}

static int vtd_unit_translate(struct vtd_unit *unit)
{
	int ret = vtd_gcmd_set(unit, VTD_G_TE, true);

	if (ret)
		return ret;
	return vtd_gcmd_pmr_off(unit);
}

static void vtd_unit_stop_translating(struct vtd_unit *unit)
{
	if (vtd_gcmd_set(unit, VTD_G_TE, false))
		pr_err("%s does not stop translating\n", unit->name);
}

/* What was found, minus what the driver switched on; never fails. */
static void vtd_unit_restore(struct vtd_unit *unit)
{
	vtd_unit_stop_translating(unit);
	/* What the unit cached must not meet the next driver's tables. */
	if (vtd_read32(unit->port, VTD_REG_GSTS) & VTD_G_QIE)
		vtd_flush_everything(unit);
	vtd_prq_stop(unit);
	vtd_fault_stop(unit);
	vtd_queue_stop(unit);
	/* What may still be on uses these. */
	if (unit->stuck)
		return;
	vtd_write64(unit->port, VTD_REG_IQA, unit->found.iqa);
	vtd_write64(unit->port, VTD_REG_RTADDR, unit->found.rtaddr);
	if (unit->found.pmen & VTD_PMEN_EPM)
		vtd_write32(unit->port, VTD_REG_PMEN, unit->found.pmen);
}

static int vtd_unit_take_over(struct vtd_unit *unit)
{
	int ret;

	ret = unit->bus_ops->start(unit);
	if (ret)
		return ret;
	ret = vtd_unit_translate(unit);
	if (ret)
		return ret;
	ret = iopasid_unit_register(&unit->iounit);
	if (ret)
		return ret;
	unit->registered = true;
	if (unit->bus_ops->settled)
		unit->bus_ops->settled(unit);
	return 0;
}

/* No device comes or goes while a unit starts or stops. */
static void vtd_unit_lock_bus(struct vtd_unit *unit)
{
	if (unit->bus_ops->lock)
		unit->bus_ops->lock();
}

static void vtd_unit_unlock_bus(struct vtd_unit *unit)
{
	if (unit->bus_ops->unlock)
		unit->bus_ops->unlock();
}

static void vtd_unit_announce(const struct vtd_unit *unit)
{
	if (unit->stage)
		pr_info("%s at %s: %s, pass-through, %u-level tables\n",
			unit->name, unit->port->where,
			unit->stage->format->name, unit->stage->levels);
	else
		pr_warn("%s at %s has neither stage (ECAP.SSTS, ECAP.FSTS): devices behind it stay pass-through\n",
			unit->name, unit->port->where);
}

/**
 * vtd_unit_start() - bring a unit from found to translating
 * @unit: the unit
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -ETIMEDOUT, or what the core says. On failure the unit
 * is as it was found.
 */
int vtd_unit_start(struct vtd_unit *unit)
{
	int ret;

	unit->found.iqa = vtd_read64(unit->port, VTD_REG_IQA);
	unit->found.rtaddr = vtd_read64(unit->port, VTD_REG_RTADDR);
	unit->found.pmen = vtd_read32(unit->port, VTD_REG_PMEN);

	ret = vtd_unit_alloc(unit);
	if (ret)
		return ret;
	/* Before the core shows devices, which make files below it */
	vtd_debugfs_add_unit(unit);
	ret = vtd_unit_program(unit);
	if (ret)
		goto err_stop;
	vtd_fault_start(unit);
	vtd_prq_start(unit);

	vtd_unit_lock_bus(unit);
	ret = vtd_unit_take_over(unit);
	vtd_unit_unlock_bus(unit);
	if (ret)
		goto err_stop;

	vtd_unit_announce(unit);
	return 0;

err_stop:
	pr_err("%s does not start: %pe\n", unit->name, ERR_PTR(ret));
	vtd_unit_stop(unit);
	return ret;
}

/**
 * vtd_unit_stop() - undo vtd_unit_start()
 * @unit: the unit; no driver is bound to a device behind it
 *
 * Context: may sleep.
 */
void vtd_unit_stop(struct vtd_unit *unit)
{
	vtd_unit_lock_bus(unit);
	unit->bus_ops->stop(unit);
	if (unit->registered)
		iopasid_unit_unregister(&unit->iounit);
	unit->registered = false;
	vtd_unit_close(unit);
	vtd_unit_restore(unit);
	vtd_unit_unlock_bus(unit);
	vtd_debugfs_remove_unit(unit);
}

/**
 * vtd_unit_quiesce() - translation and queue off, tables kept
 * @unit: the unit; its consumers have stopped
 *
 * Context: may sleep; at shutdown, or with interrupts of devices off.
 */
void vtd_unit_quiesce(struct vtd_unit *unit)
{
	vtd_fault_mask(unit);
	vtd_unit_stop_translating(unit);
	vtd_prq_quiesce(unit);
	vtd_queue_stop(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_quiesce);

/**
 * vtd_unit_resume() - program a unit from the tables that quiesce kept
 * @unit: the unit, in its state after power-up or as quiesce left it
 *
 * Does not return when the unit fails: a device that goes on would reach memory
 * that is not its own.
 *
 * Context: any; with interrupts of devices off.
 */
void vtd_unit_resume(struct vtd_unit *unit)
{
	int ret;

	ret = vtd_unit_program(unit);
	vtd_prq_resume(unit);
	if (!ret)
		ret = vtd_unit_translate(unit);
	if (ret)
		panic("iopasid-vtd: %s does not come back (%d): its devices would reach memory that is not theirs\n",
		      unit->name, ret);
	vtd_fault_unmask(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_unit_resume);
