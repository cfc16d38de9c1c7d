/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices on a bus of their own behind a unit in name only, taken by the core
 * as it takes all others.
 */
#ifndef _VTD_BUS_RIG_H
#define _VTD_BUS_RIG_H

#include <linux/device.h>

#include "../drivers/core/core.h"

#include "vtd-fake-port.h"

#define BUS_DEVICES	2
/* Of the first device; the next has the next */
#define BUS_SOURCE	0x0420
/* Where bus_rig_attach() attaches */
#define BUS_PASID	0x21
#define BUS_GROUPS_MAX	512

/**
 * struct bus_rig - devices that ask, and who answers
 * @fake: the unit
 * @test: who uses it
 * @supplier: the unit's device
 * @devices: on the bus
 * @ats_queue_depth: of each, as in an ATS capability
 * @in_enable_tlb: called when a device's ATS goes on, NULL
 * @in_disable_tlb: called when it goes off, NULL
 * @domain: its handler is here
 * @kept: groups that the handler got
 * @nr_kept: of them
 */
struct bus_rig {
	struct fake_unit *fake;
	struct kunit *test;
	struct device *supplier;
	struct device *devices[BUS_DEVICES];
	u8 ats_queue_depth;
	void (*in_enable_tlb)(struct bus_rig *rig, struct vtd_device *vdev);
	void (*in_disable_tlb)(struct bus_rig *rig, struct vtd_device *vdev);
	struct iopasid_domain *domain;
	struct iopasid_fault_group *kept[BUS_GROUPS_MAX];
	unsigned int nr_kept;
};

struct bus_rig *bus_rig_prepare(struct kunit *test);
void bus_rig_start(struct bus_rig *rig);
void bus_rig_stop(struct bus_rig *rig);
void bus_rig_attach(struct bus_rig *rig);
struct iopasid_page_queue *bus_rig_queue(struct bus_rig *rig, unsigned int n);
void bus_rig_ask(struct bus_rig *rig, unsigned int n, u16 index, bool last);

#endif /* _VTD_BUS_RIG_H */
