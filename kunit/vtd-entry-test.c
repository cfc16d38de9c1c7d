// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the writer of PASID table entries, seen by a unit that looks after
 * every store.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "../drivers/vtd/vtd-entry.h"

/*
 * A change under observation.
 *
 * The unit may look at the live entry at any time, and keep what it read until
 * it is flushed: @seen is the bit map of words that it may hold of a present
 * @old. While it may hold some, no store may touch the others, or it would
 * complete an old entry with new words.
 *
 * @memory is the live entry as of the last sync: what a unit that does not snoop
 * reads, with or without some of the words that were stored since.
 */
struct watch {
	struct vtd_entry_writer writer;
	struct kunit *test;
	struct vtd_entry live;
	struct vtd_entry old;
	struct vtd_entry new;
	struct vtd_entry memory;
	struct vtd_entry before;
	bool old_in_use;
	unsigned int nr_steps;
	unsigned int nr_flushes;
	unsigned int nr_syncs;
	unsigned int nr_unsynced;
	int flush_result;
};

static struct watch *to_watch(struct vtd_entry_writer *writer)
{
	return container_of(writer, struct watch, writer);
}

static bool same(const struct vtd_entry *a, const struct vtd_entry *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* What a unit makes of @entry must be the whole old, the whole new, nothing. */
static void expect_usable(struct watch *watch, const struct vtd_entry *entry)
{
	if (!vtd_entry_present(entry))
		return;
	KUNIT_EXPECT_TRUE_MSG(watch->test,
			      same(entry, &watch->old) ||
			      same(entry, &watch->new),
			      "a mixture is visible after store %u",
			      watch->nr_steps);
}

/*
 * Between two syncs stores reach memory in any order: what if word 0 got there
 * first, what if it is the last?
 */
static void expect_any_order(struct watch *watch)
{
	struct vtd_entry first = watch->memory;
	struct vtd_entry last = watch->live;

	first.word[0] = watch->live.word[0];
	last.word[0] = watch->memory.word[0];
	expect_usable(watch, &watch->live);
	expect_usable(watch, &watch->memory);
	expect_usable(watch, &first);
	expect_usable(watch, &last);
}

static unsigned int nr_changed(const struct vtd_entry *a,
			       const struct vtd_entry *b)
{
	unsigned int i, nr = 0;

	for (i = 0; i < VTD_PASID_WORDS; i++)
		nr += a->word[i] != b->word[i];
	return nr;
}

static void watch_step(struct vtd_entry_writer *writer)
{
	struct watch *watch = to_watch(writer);

	watch->nr_steps++;
	watch->nr_unsynced++;
	KUNIT_EXPECT_EQ(watch->test,
			nr_changed(&watch->live, &watch->before), 1);
	/*
	 * A unit that read P may read the other words later: until the flush
	 * they stay, except for the one store that makes the whole difference.
	 */
	if (watch->old_in_use && !same(&watch->live, &watch->new))
		KUNIT_EXPECT_FALSE(watch->test,
				   memcmp(&watch->live.word[1],
					  &watch->old.word[1],
					  sizeof(watch->live) - sizeof(u64)));
	watch->before = watch->live;
	expect_any_order(watch);
}

static void watch_sync(struct vtd_entry_writer *writer)
{
	struct watch *watch = to_watch(writer);

	watch->nr_syncs++;
	watch->nr_unsynced = 0;
	watch->memory = watch->live;
	expect_any_order(watch);
}

static int watch_flush(struct vtd_entry_writer *writer,
		       const struct vtd_entry *old)
{
	struct watch *watch = to_watch(writer);

	watch->nr_flushes++;
	/* The unit would read the old entry again after the flush. */
	KUNIT_EXPECT_EQ(watch->test, watch->nr_unsynced, 0);
	KUNIT_EXPECT_TRUE(watch->test, same(old, &watch->old));
	if (!watch->flush_result)
		watch->old_in_use = false;
	return watch->flush_result;
}

static const struct vtd_entry_writer_ops watch_ops = {
	.flush = watch_flush,
	.sync = watch_sync,
	.step = watch_step,
};

static void watch_init(struct watch *watch, struct kunit *test,
		       const struct vtd_entry *old, const struct vtd_entry *new)
{
	*watch = (struct watch){
		.writer = { .ops = &watch_ops },
		.test = test,
		.live = *old,
		.memory = *old,
		.before = *old,
		.old = *old,
		.new = *new,
		.old_in_use = vtd_entry_present(old),
	};
	watch->writer.live = &watch->live;
}

static struct watch *new_watch(struct kunit *test, const struct vtd_entry *old,
			       const struct vtd_entry *new)
{
	struct watch *watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, watch);
	watch_init(watch, test, old, new);
	return watch;
}

static const struct vtd_entry nothing;
static const struct vtd_entry table_a = {
	{ 0x12345000 | (2 << 6) | (2 << 2) | 1, 16 },
};

static const struct vtd_entry table_b = {
	{ 0x6789a000 | (2 << 6) | (2 << 2) | 1, 17 },
};

/* Differs from table_a in word 0 only. */
static const struct vtd_entry table_c = {
	{ 0xbcdef000 | (2 << 6) | (2 << 2) | 1, 16 },
};

static const struct vtd_entry pass = {
	{ (4 << 6) | (2 << 2) | 1, 1 },
};

/* First stage: the table is in word 2. */
static const struct vtd_entry first_a = {
	{ (1 << 6) | (2 << 2) | 1, 18, 0x23456000 },
};

/* Another one under the same domain id. */
static const struct vtd_entry first_b = {
	{ (1 << 6) | (2 << 2) | 1, 18, 0x789ab000 },
};

static void expect_done(struct kunit *test, const struct watch *watch,
			const struct vtd_entry *end)
{
	KUNIT_EXPECT_TRUE(test, same(&watch->live, end));
	KUNIT_EXPECT_TRUE(test, same(&watch->memory, end));
	KUNIT_EXPECT_EQ(test, watch->nr_unsynced, 0);
}

static void first_write(struct kunit *test)
{
	struct watch *watch = new_watch(test, &nothing, &table_a);

	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_a), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_steps, 2);
	KUNIT_EXPECT_EQ(test, watch->nr_syncs, 2);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 0);
	expect_done(test, watch, &table_a);
}

static void same_again(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &table_a);

	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_a), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_steps, 0);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 0);
	expect_done(test, watch, &table_a);
}

/* One word: DMA goes on all the time. */
static void hitless(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &table_c);

	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_c), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_steps, 1);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 1);
	expect_done(test, watch, &table_c);
}

static void break_before_make(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &pass);

	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &pass), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_steps, 3);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 1);
	expect_done(test, watch, &pass);
}

/* After a flush that failed the old entry is whole, by either way. */
static void write_undone(struct kunit *test)
{
	const struct vtd_entry *targets[] = { &table_b, &table_c };
	struct watch *watch = new_watch(test, &table_a, &table_b);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(targets); i++) {
		watch_init(watch, test, &table_a, targets[i]);
		watch->flush_result = -ETIMEDOUT;
		KUNIT_EXPECT_EQ(test,
				vtd_entry_write(&watch->writer, targets[i]),
				-ETIMEDOUT);
		KUNIT_EXPECT_EQ(test, watch->nr_flushes, 1);
		expect_done(test, watch, &table_a);
	}
}

/* Word 0 of what is left after a clear of @entry. */
static u64 rest_of(const struct vtd_entry *entry)
{
	return entry->word[0] & (VTD_PASID_AW | VTD_PASID_PGTT);
}

/* Of each kind one or two, and how many stores one becomes the other in. */
static const struct vtd_entry * const kinds[] = {
	&nothing, &table_a, &table_b, &table_c, &pass, &first_a, &first_b,
};

static const unsigned int stores[ARRAY_SIZE(kinds)][ARRAY_SIZE(kinds)] = {
	/* to:	   -, a, b, c, pass, first a, first b */
	/* - */	 { 0, 2, 2, 2, 2, 3, 3 },
	/* a */	 { 3, 0, 3, 1, 3, 4, 4 },
	/* b */	 { 3, 3, 0, 3, 3, 4, 4 },
	/* c */	 { 3, 1, 3, 0, 3, 4, 4 },
	/* pass */ { 2, 3, 3, 3, 0, 4, 4 },
	/* first a */ { 3, 4, 4, 4, 4, 0, 1 },
	/* first b */ { 3, 4, 4, 4, 4, 1, 0 },
};

static void change_kind(struct kunit *test, unsigned int from, unsigned int to,
			int flush_result)
{
	const struct vtd_entry *old = kinds[from], *new = kinds[to];
	struct watch *watch = new_watch(test, old, new);
	struct vtd_entry rest = { { rest_of(old) } };
	bool flushes = vtd_entry_present(old) && from != to;
	int ret;

	watch->flush_result = flush_result;
	ret = to ? vtd_entry_write(&watch->writer, new) :
		   vtd_entry_clear(&watch->writer);
	KUNIT_EXPECT_EQ_MSG(test, watch->nr_flushes, flushes, "%u to %u", from,
			    to);
	KUNIT_EXPECT_EQ(test, ret, flushes ? flush_result : 0);
	if (ret && !to) {
		KUNIT_EXPECT_FALSE(test, vtd_entry_present(&watch->memory));
		return;
	}
	if (!ret)
		KUNIT_EXPECT_EQ_MSG(test, watch->nr_steps, stores[from][to],
				    "%u to %u", from, to);
	expect_done(test, watch, ret ? old : to ? new : &rest);
}

/* Every kind of entry becomes every other, and stays when no flush confirms. */
static void all_pairs(struct kunit *test)
{
	unsigned int from, to;

	for (from = 0; from < ARRAY_SIZE(kinds); from++) {
		for (to = 0; to < ARRAY_SIZE(kinds); to++) {
			change_kind(test, from, to, 0);
			change_kind(test, from, to, -EIO);
		}
	}
}

static void clear(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &nothing);
	struct vtd_entry rest = { { rest_of(&table_a) } };

	KUNIT_EXPECT_EQ(test, vtd_entry_clear(&watch->writer), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 1);
	KUNIT_EXPECT_EQ(test, rest.word[0], (2 << 6) | (2 << 2));
	expect_done(test, watch, &rest);
	KUNIT_EXPECT_EQ(test, vtd_entry_clear(&watch->writer), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 1);
	/* And it can be used again. */
	watch->old = rest;
	watch->new = pass;
	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &pass), 0);
	expect_done(test, watch, &pass);
}

/* What the owner gives up stays given up, whatever the unit says. */
static void clear_is_not_undone(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &nothing);

	watch->flush_result = -EIO;
	KUNIT_EXPECT_EQ(test, vtd_entry_clear(&watch->writer), -EIO);
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(&watch->live));
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(&watch->memory));
	KUNIT_EXPECT_EQ(test, watch->live.word[1], table_a.word[1]);
}

/* The flush that failed comes first, whatever is next. */
static void owed_flush(struct kunit *test)
{
	struct watch *watch = new_watch(test, &table_a, &table_b);

	watch->flush_result = -EIO;
	KUNIT_EXPECT_EQ(test, vtd_entry_clear(&watch->writer), -EIO);
	watch->old = watch->live;
	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_b), -EIO);
	KUNIT_EXPECT_EQ(test, vtd_entry_clear(&watch->writer), -EIO);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 3);
	KUNIT_EXPECT_TRUE(test, same(&watch->live, &watch->old));

	watch->flush_result = 0;
	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_b), 0);
	KUNIT_EXPECT_EQ(test, watch->nr_flushes, 4);
	expect_done(test, watch, &table_b);
}

/* Two entries, one flush. */
static void clear_in_a_batch(struct kunit *test)
{
	struct watch *a = new_watch(test, &table_a, &nothing);
	struct watch *b = new_watch(test, &pass, &nothing);

	vtd_entry_break(&a->writer);
	vtd_entry_break(&b->writer);
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(&a->memory));
	KUNIT_EXPECT_FALSE(test, vtd_entry_present(&b->memory));
	KUNIT_EXPECT_EQ(test, a->live.word[1], table_a.word[1]);
	a->old_in_use = false;
	b->old_in_use = false;
	vtd_entry_bury(&a->writer);
	vtd_entry_bury(&b->writer);
	KUNIT_EXPECT_EQ(test, a->memory.word[0], rest_of(&table_a));
	KUNIT_EXPECT_EQ(test, b->memory.word[0], rest_of(&pass));
	KUNIT_EXPECT_EQ(test, a->memory.word[1], 0);
	KUNIT_EXPECT_EQ(test, a->nr_flushes + b->nr_flushes, 0);
}

/* Few words, few values: so that all kinds of neighbours meet. */
static void random_entry(struct rnd_state *rnd, struct vtd_entry *entry,
			 const struct vtd_entry *like)
{
	unsigned int nr = prandom_u32_state(rnd) % 4;
	unsigned int i;

	*entry = *like;
	while (nr--) {
		i = prandom_u32_state(rnd) % VTD_PASID_WORDS;
		entry->word[i] = prandom_u32_state(rnd) & 0x1fe;
	}
	if (prandom_u32_state(rnd) % 4)
		entry->word[0] |= VTD_PASID_P;
	else
		entry->word[0] &= ~VTD_PASID_P;
}

static void random_transitions(struct kunit *test)
{
	struct watch *watch = new_watch(test, &nothing, &nothing);
	struct vtd_entry live = {}, target;
	unsigned int round, nr_hitless = 0;
	struct rnd_state rnd;
	int ret;

	prandom_seed_state(&rnd, 20241123);
	for (round = 0; round < 10000 && test->status == KUNIT_SUCCESS;
	     round++) {
		random_entry(&rnd, &target, &live);
		watch_init(watch, test, &live, &target);
		if (prandom_u32_state(&rnd) % 8 == 0)
			watch->flush_result = -ETIMEDOUT;
		if (vtd_entry_present(&target)) {
			ret = vtd_entry_write(&watch->writer, &target);
			expect_done(test, watch, ret ? &live : &target);
			nr_hitless += !ret && watch->nr_steps == 1 &&
				      watch->nr_flushes;
		} else {
			ret = vtd_entry_clear(&watch->writer);
			KUNIT_EXPECT_FALSE(test,
					   vtd_entry_present(&watch->memory));
		}
		KUNIT_EXPECT_EQ(test, ret,
				watch->nr_flushes ? watch->flush_result : 0);
		live = watch->live;
	}
	KUNIT_EXPECT_GT(test, nr_hitless, 500);
}

/* With the driver's own sync: the entry is a cache line of its own. */
static void own_sync(struct kunit *test)
{
	static const struct vtd_entry_writer_ops ops = { .flush = watch_flush };
	struct watch *watch = new_watch(test, &nothing, &table_a);

	BUILD_BUG_ON(__alignof__(struct vtd_entry) != sizeof(struct vtd_entry));
	watch->writer.ops = &ops;
	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &table_a), 0);
	KUNIT_EXPECT_TRUE(test, same(&watch->live, &table_a));
	watch->old = table_a;
	watch->writer.coherent = true;
	KUNIT_EXPECT_EQ(test, vtd_entry_write(&watch->writer, &pass), 0);
	KUNIT_EXPECT_TRUE(test, same(&watch->live, &pass));
}

static struct kunit_case vtd_entry_cases[] = {
	KUNIT_CASE(first_write),
	KUNIT_CASE(same_again),
	KUNIT_CASE(hitless),
	KUNIT_CASE(break_before_make),
	KUNIT_CASE(write_undone),
	KUNIT_CASE(all_pairs),
	KUNIT_CASE(clear),
	KUNIT_CASE(clear_is_not_undone),
	KUNIT_CASE(owed_flush),
	KUNIT_CASE(clear_in_a_batch),
	KUNIT_CASE(random_transitions),
	KUNIT_CASE(own_sync),
	{}
};

static struct kunit_suite vtd_entry_suite = {
	.name = "vtd-entry",
	.test_cases = vtd_entry_cases,
};

kunit_test_suite(vtd_entry_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of the PASID entry writer");
MODULE_LICENSE("GPL");
