/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test endpoints of a software VT-d unit, and DMA with them. All return 0, or
 * something that is not negative, or -errno.
 */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>
#include <linux/vfio.h>
#include <iopasid/endpoint.h>
#include <iopasid/vfio.h>

/* Those of the default unit: two alone, two in one group */
#define EP_A		"vtdm0:00:01.0"
#define EP_B		"vtdm0:01:00.0"
#define EP_C		"vtdm0:02:1f.0"
#define EP_D		"vtdm0:02:1f.1"

/* Drivers: programs get the device, or only PASIDs of it */
#define EP_FULL		"iopasid-endpoint-user"
#define EP_PASIDS	"iopasid-endpoint"

/* A DMA without a PASID; with it in a call: the device itself */
#define NO_PASID	0

int ep_unbind(const char *name);
int ep_set_driver(const char *name, const char *driver);
void ep_probe(const char *name);

int ep_open(const char *name);
int ep_bind(int ep, int iommu, __u32 *id);
int ep_attach(int ep, __u32 pasid, __u32 *pt);
int ep_attach_to(int ep, __u32 pasid, __u32 pt);
int ep_detach(int ep, __u32 pasid);

/* Returns: enum iopasid_endpoint_result or -errno. */
int ep_dma(int ep, __u32 pasid, __u64 addr, void *data, size_t length,
	   __u32 flags);

/* Both ways, compared. @memory is what must be behind @addr. 0, -EBADMSG. */
int ep_check(int ep, __u32 pasid, __u64 addr, void *memory, size_t length);

/* Neither way gets there. */
bool ep_is_blocked(int ep, __u32 pasid, __u64 addr);

#endif /* ENDPOINT_H */
