/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of devices: what vtdm-dma.c and vtdm-ats.c show to each other.
 */
#ifndef _VTDM_ATS_H
#define _VTDM_ATS_H

#include "vtdm-walk.h"

/* 6.5.2.5, 6.5.2.6: word 1 of device-TLB invalidate descriptors */
#define VTDM_DEVICE_S		BIT_ULL(0)
#define VTDM_PASID_DEVICE_S	BIT_ULL(11)

/* vtdm-ats.c */
struct vtdm_result vtdm_ats_translate(struct vtdm_endpoint *ep,
				      const struct vtdm_request *request);

/* vtdm-dma.c */
struct vtdm_result vtdm_walk_blocked(const struct vtdm_walk *walk);

#endif /* _VTDM_ATS_H */
