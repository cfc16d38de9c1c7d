/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of page requests share: a device that asks, and a handler that
 * keeps the groups it gets, or answers them at once.
 */
#ifndef _CORE_PAGE_H
#define _CORE_PAGE_H

#include <kunit/test.h>
#include <linux/spinlock.h>

#include <iopasid/fault.h>
#include <iopasid/pasid.h>

#include "../drivers/core/core.h"

#include "core-state.h"

/* Of tests: attached, and nobody's */
#define PAGE_PASID	3
#define OTHER_PASID	4
#define NO_ONES_PASID	5

#define PAGE_KEPT_MAX	(2 * IOPASID_PAGE_GROUPS)

/**
 * struct pages - a device that asks, and who answers
 * @fake: the provider
 * @fdev: the device, alone in its group
 * @domain: its handler is here; not attached
 * @at_once: the handler answers with @code
 * @code: the answer then
 * @hook: called by the handler, or NULL
 * @hook_data: for @hook
 * @lets_go: the handler answers what is withdrawn from it
 * @lock: everything below
 * @nr_handed: groups that the handler got
 * @nr_withdrawn: groups that were withdrawn from it
 * @kept: those that it has not answered, oldest first
 * @nr_kept: of them
 */
struct pages {
	struct fake *fake;
	struct fake_device *fdev;
	struct iopasid_domain *domain;
	bool at_once;
	enum iopasid_page_code code;
	void (*hook)(struct pages *pages);
	void *hook_data;
	bool lets_go;

	spinlock_t lock;
	unsigned int nr_handed;
	unsigned int nr_withdrawn;
	struct iopasid_fault_group *kept[PAGE_KEPT_MAX];
	unsigned int nr_kept;
};

struct pages *pages_create(struct kunit *test);
void pages_destroy(struct pages *pages);
void pages_handler(struct iopasid_fault_group *group, void *data);
struct iopasid_domain *pages_domain(struct pages *pages);
bool page_ask(struct fake_device *fdev, u32 pasid, u16 index, bool last);
struct iopasid_fault_group *pages_take(struct pages *pages, unsigned int nth);
void pages_answer_all(struct pages *pages, enum iopasid_page_code code);
const struct fake_call *pages_call(struct pages *pages, enum fake_op op,
				   unsigned int nth);
void pages_expect_answer(struct pages *pages, unsigned int nth, u32 pasid,
			 u16 index, enum iopasid_page_code code);
void pages_expect_idle(struct pages *pages);

static inline unsigned int pages_answers(struct pages *pages)
{
	return fake_calls(pages->fake, FAKE_PAGE_RESPONSE);
}

static inline struct iopasid_page_queue *pages_queue(struct pages *pages)
{
	return pages->fdev->idev->page_queue;
}

static inline int pages_attach(struct pages *pages, u32 pasid)
{
	return iopasid_attach_dev_pasid(pages->domain, &pages->fdev->dev,
					pasid);
}

#endif /* _CORE_PAGE_H */
