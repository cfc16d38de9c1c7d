/* SPDX-License-Identifier: GPL-2.0-only */
/* What every test program of this folder includes. */
#ifndef TEST_H
#define TEST_H

#include <kselftest_harness.h>

#include "endpoint.h"
#include "iommu.h"
#include "memory.h"

/* A user without rights */
#define NOBODY		65534

/* Seconds for a test: an emulated processor may run a debug kernel. */
#define SLOW		120
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	SLOW

/* A context with an address space, and an endpoint that is bound to it in full */
struct setup {
	int iommu;
	__u32 ioas;
	int ep;
	__u32 dev;
};

static inline int setup_open(struct setup *s, const char *name)
{
	int ret = ep_set_driver(name, EP_FULL);

	if (ret)
		return ret;
	s->iommu = iommu_open();
	if (s->iommu < 0)
		return s->iommu;
	ret = ioas_alloc(s->iommu, &s->ioas);
	if (ret)
		return ret;
	s->ep = ep_open(name);
	if (s->ep < 0)
		return s->ep;
	return ep_bind(s->ep, s->iommu, &s->dev);
}

static inline void setup_close(struct setup *s)
{
	close(s->ep);
	close(s->iommu);
}

#endif /* TEST_H */
