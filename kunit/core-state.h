/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the core look at: everything that is known of a provider's
 * devices as one text.
 */
#ifndef _CORE_STATE_H
#define _CORE_STATE_H

#include <kunit/test.h>

#include "fake-provider.h"

#define MAX_PASIDS	BIT(20)

const char *core_state(struct fake *fake);
bool core_number_taken(struct fake_device *fdev, u32 pasid);
bool core_can_map(struct fake_device *fdev);

/* The most common devices, in a group by key; 0: in a group of its own */
static inline struct fake_device *core_device(struct fake *fake,
					      unsigned int group)
{
	return fake_device_create(fake, &(struct fake_device_config){
		.max_pasids = MAX_PASIDS,
		.group = group,
	});
}

static inline struct iopasid_domain *core_domain(struct fake_device *fdev)
{
	struct iopasid_domain *domain = iopasid_domain_alloc_paging(&fdev->dev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(fdev->fake->test, domain);
	return domain;
}

/* No op was called that changes where DMA leads. */
static inline bool core_hardware_untouched(struct fake *fake)
{
	return !fake_calls(fake, FAKE_ATTACH_DEV) &&
		!fake_calls(fake, FAKE_ATTACH_PASID) &&
		!fake_calls(fake, FAKE_DETACH_PASID);
}

#endif /* _CORE_STATE_H */
