/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices that a kind of unit is in front of.
 */
#ifndef _VTD_BUS_H
#define _VTD_BUS_H

#include <linux/types.h>

#include <iopasid/provider.h>

struct device;
struct vtd_device;
struct vtd_unit;

/** struct vtd_bus_ops - the devices that a kind of unit is in front of */
struct vtd_bus_ops {
	/** @isolated_interrupts: no DMA of a device becomes an interrupt. */
	bool isolated_interrupts;
	/**
	 * @start: translation is about to go on: let everything that is
	 * present pass through, and watch what comes. On failure @stop follows.
	 *
	 * Context: may sleep.
	 * Returns: 0 or an errno.
	 */
	int (*start)(struct vtd_unit *unit);
	/** @settled: optional; the core has taken its devices. May sleep. */
	void (*settled)(struct vtd_unit *unit);
	/** @stop: undo @start, also when it was not called. May sleep. */
	void (*stop)(struct vtd_unit *unit);
	/** @lock: optional; no device comes or goes from here to @unlock. */
	void (*lock)(void);
	/** @unlock: present if @lock is. */
	void (*unlock)(void);
	/** @covers: is a device behind the unit? Context: any. */
	bool (*covers)(struct vtd_unit *unit, struct device *dev);
	/**
	 * @enable: switch PASID on where device and unit have it, and note in
	 * @vdev whether ATS and page requests are to follow, and how many
	 * invalidations the device takes at a time.
	 *
	 * Context: may sleep.
	 * Returns: how many PASIDs the device can tell apart, 0: it cannot tag.
	 */
	u32 (*enable)(struct vtd_device *vdev);
	/** @disable: undo @enable. Context: may sleep. */
	void (*disable)(struct vtd_device *vdev);
	/**
	 * @enable_tlb: present if @enable ever notes ATS; the context entry
	 * allows it now: switch ATS and page requests on. What cannot be
	 * switched on is taken out of @vdev. Context: may sleep.
	 */
	void (*enable_tlb)(struct vtd_device *vdev);
	/** @disable_tlb: undo @enable_tlb; the device TLB is empty. */
	void (*disable_tlb)(struct vtd_device *vdev);
	/** @for_each_source: its own source id first. Context: may sleep. */
	int (*for_each_source)(struct vtd_device *vdev, iopasid_alias_fn fn,
			       void *data);
	/** @group: as iopasid_unit_ops.device_group. */
	struct iopasid_group *(*group)(struct vtd_device *vdev);
	/** @must_pass: optional; the device works in pass-through only. */
	bool (*must_pass)(const struct vtd_device *vdev);
	/** @resv_regions: optional; append what firmware demands. */
	int (*resv_regions)(struct vtd_device *vdev, struct list_head *list);
};

extern const struct vtd_bus_ops vtd_pci_ops;
extern const struct vtd_bus_ops vtd_soft_ops;

#endif /* _VTD_BUS_H */
