// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: who is told what a map or an unmap has promised, and with how many at a
 * time interrupts wait.
 */
#include "vtd-fake-port.h"

#define NR_SOURCES	2
/* Not a multiple of what is gone through at a time */
#define NR_USERS	(3 * VTD_TAG_STRIDE + 5)
#define NR_TAGS		2

/**
 * struct heard - a domain with users, and what its unit has heard
 * @fake: the unit
 * @req: source ids of the device
 * @vdev: the device
 * @vdom: the domain
 * @tags: of two units; the second one has no ear
 * @deaf: that unit
 * @users: by PASID, of the first tag
 * @others: of the second
 * @next: the PASID and the source that are to be told next
 * @kind: what they are told
 * @who: by whom
 */
struct heard {
	struct fake_unit *fake;
	struct vtd_requester req[NR_SOURCES];
	struct vtd_device vdev;
	struct vtd_domain vdom;
	struct vtd_tag tags[NR_TAGS];
	struct fake_unit *deaf;
	struct vtd_tag_user users[NR_USERS];
	struct vtd_tag_user others[NR_USERS];
	unsigned int next;
	enum vtd_promise_kind kind;
	const char *who;
};

/* In order, each once, all of its source ids */
static void hear(struct fake_unit *fake, u16 source_id, u32 pasid,
		 enum vtd_promise_kind kind, const char *who)
{
	struct heard *heard = fake->data;

	KUNIT_EXPECT_EQ(fake->test, pasid, heard->next / NR_SOURCES);
	KUNIT_EXPECT_EQ(fake->test, source_id, heard->next % NR_SOURCES);
	KUNIT_EXPECT_EQ(fake->test, kind, heard->kind);
	KUNIT_EXPECT_PTR_EQ(fake->test, who, heard->who);
	heard->next++;
}

static void add_tag(struct heard *heard, struct vtd_tag *tag,
		    struct fake_unit *fake, struct vtd_tag_user *users)
{
	unsigned int i;

	tag->unit = &fake->unit;
	tag->users = RB_ROOT;
	list_add_tail(&tag->node, &heard->vdom.tags);
	for (i = 0; i < NR_USERS; i++) {
		users[i].vdev = &heard->vdev;
		vtd_tag_use(&heard->vdom, tag, &users[i], i);
	}
}

static struct heard *heard_create(struct kunit *test)
{
	struct heard *heard = kunit_kzalloc(test, sizeof(*heard), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, heard);
	heard->fake = fake_unit_create(test, 0);
	heard->deaf = fake_unit_create(test, 0);
	heard->fake->data = heard;
	heard->fake->promised = hear;
	heard->fake->listens = true;
	heard->vdev.unit = &heard->fake->unit;
	heard->vdev.nr_sources = NR_SOURCES;
	for (i = 0; i < NR_SOURCES; i++) {
		heard->req[i].source_id = i;
		heard->vdev.sources[i].req = &heard->req[i];
	}
	spin_lock_init(&heard->vdom.tag_lock);
	INIT_LIST_HEAD(&heard->vdom.tags);
	heard->vdom.unit = &heard->fake->unit;
	add_tag(heard, &heard->tags[0], heard->fake, heard->users);
	add_tag(heard, &heard->tags[1], heard->deaf, heard->others);
	return heard;
}

static void say(struct heard *heard, const char *who)
{
	struct vtd_promise_ears ears;

	if (heard->kind != VTD_PROMISE_CHANGED) {
		vtd_promise_range(&heard->vdom, 0x1000, 0x1fff, heard->kind,
				  who);
		return;
	}
	vtd_promise_begin(&heard->vdom, &ears);
	vtd_promise_changed(&heard->vdom, &ears, 0x1000, 0x1fff, who);
	vtd_promise_end(&ears);
}

static void everybody(struct kunit *test)
{
	static const char * const words[] = {
		[VTD_PROMISE_MAPPED]	= NULL,
		[VTD_PROMISE_GONE]	= "unmap",
		[VTD_PROMISE_CLEAN]	= "clear",
		[VTD_PROMISE_CHANGED]	= "change",
	};
	struct heard *heard = heard_create(test);

	for (heard->kind = 0; heard->kind < ARRAY_SIZE(words); heard->kind++) {
		heard->next = 0;
		heard->who = words[heard->kind];
		say(heard, heard->who);
		KUNIT_EXPECT_EQ(test, heard->next, NR_USERS * NR_SOURCES);
		KUNIT_EXPECT_EQ(test, heard->deaf->nr_promises, 0);
	}

	heard->fake->listens = false;
	vtd_promise_range(&heard->vdom, 0x1000, 0x1fff, VTD_PROMISE_GONE, "");
	KUNIT_EXPECT_EQ(test, heard->next, NR_USERS * NR_SOURCES);
}

/* Who is told of a flush is told of its begin and its end, and stays for both. */
static void ears(struct kunit *test)
{
	struct heard *heard = heard_create(test);
	struct fake_unit *fake = heard->fake;
	struct vtd_promise_ears ears;

	heard->kind = VTD_PROMISE_CHANGED;
	heard->who = "change";
	vtd_promise_begin(&heard->vdom, &ears);
	KUNIT_EXPECT_EQ(test, ears.nr, 1);
	KUNIT_EXPECT_EQ(test, fake->changing, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->unit.nr_inside), 1);
	KUNIT_EXPECT_EQ(test, heard->deaf->changing, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&heard->deaf->unit.nr_inside), 0);
	/* It listens from now on: too late. */
	heard->deaf->listens = true;
	vtd_promise_changed(&heard->vdom, &ears, 0x1000, 0x1fff, "change");
	KUNIT_EXPECT_EQ(test, heard->next, NR_USERS * NR_SOURCES);
	KUNIT_EXPECT_EQ(test, heard->deaf->nr_promises, 0);
	/* It no longer does, and yet hears the end. */
	fake->listens = false;
	vtd_promise_changed(&heard->vdom, &ears, 0x1000, 0x1fff, "change");
	KUNIT_EXPECT_EQ(test, heard->next, NR_USERS * NR_SOURCES);
	vtd_promise_end(&ears);
	KUNIT_EXPECT_EQ(test, fake->changing, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->unit.nr_inside), 0);
	KUNIT_EXPECT_EQ(test, heard->deaf->changing, 0);

	/* A unit that goes is not told. */
	fake->listens = true;
	WRITE_ONCE(fake->unit.gone, true);
	heard->deaf->listens = false;
	vtd_promise_begin(&heard->vdom, &ears);
	KUNIT_EXPECT_EQ(test, ears.nr, 0);
	vtd_promise_end(&ears);
	WRITE_ONCE(fake->unit.gone, false);
	KUNIT_EXPECT_EQ(test, fake->changing, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake->unit.nr_inside), 0);
}

/* However many users there are, interrupts come in between. */
static void interrupts(struct kunit *test)
{
	struct heard *heard = heard_create(test);

	heard->fake->longest = 0;
	vtd_promise_range(&heard->vdom, 0x1000, 0x1fff, VTD_PROMISE_MAPPED,
			  NULL);
	KUNIT_EXPECT_EQ(test, heard->next, NR_USERS * NR_SOURCES);
	KUNIT_EXPECT_LE(test, heard->fake->longest,
			VTD_TAG_STRIDE * NR_SOURCES);
}

static struct kunit_case vtd_promise_cases[] = {
	KUNIT_CASE(everybody),
	KUNIT_CASE(ears),
	KUNIT_CASE(interrupts),
	{}
};

static struct kunit_suite vtd_promise_suite = {
	.name = "vtd-promise",
	.test_cases = vtd_promise_cases,
};

kunit_test_suite(vtd_promise_suite);
