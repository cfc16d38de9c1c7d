/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device behind a unit in name only, as the core would hand it to the
 * provider.
 */
#ifndef _VTD_ATTACH_RIG_H
#define _VTD_ATTACH_RIG_H

#include "vtd-fake-port.h"

#define NR_SOURCES	2

/**
 * struct rig - a device with two source ids
 * @fake: the unit
 * @unit: the driver's part of it
 * @idev: the core's record
 * @vdev: the driver's record
 * @req: its source ids
 */
struct rig {
	struct fake_unit *fake;
	struct vtd_unit *unit;
	struct iopasid_device idev;
	struct vtd_device vdev;
	struct vtd_requester req[NR_SOURCES];
};

struct rig *rig_create(struct kunit *test, u64 cap);
struct rig *rig_create_first(struct kunit *test, u64 cap);
struct rig *rig_create_sva(struct kunit *test, u64 cap, u64 ecap);
struct iopasid_domain *sva_create(struct kunit *test, struct rig *rig);
int sva_attach(struct rig *rig, struct iopasid_domain *domain, u32 pasid,
	       struct iopasid_domain *old);
struct iopasid_domain *domain_create(struct kunit *test, struct rig *rig);
struct vtd_entry *entry(struct rig *rig, unsigned int source, u32 pasid);
int map(struct iopasid_domain *domain, u64 iova);
int unmap(struct iopasid_domain *domain, u64 iova);
long leaked(const struct rig *rig);

#endif /* _VTD_ATTACH_RIG_H */
