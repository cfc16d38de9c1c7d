/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of KUnit as the tests of the model need, for user space: each suite
 * registers itself, main.c runs all and speaks KTAP.
 */
#ifndef _SHIM_KUNIT_TEST_H
#define _SHIM_KUNIT_TEST_H

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/types.h>

struct kunit;

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;
};

#define KUNIT_PARAM_DESC_SIZE	128
#define SHIM_ALLOCS		4096

struct kunit {
	void *priv;
	const void *param_value;
	bool failed;
	jmp_buf abort;
	void *allocs[SHIM_ALLOCS];
	unsigned int nr_allocs;
};

void shim_register(struct kunit_suite *suite);
void shim_fail(struct kunit *test, const char *file, int line, const char *text);
void *shim_alloc(struct kunit *test, size_t size);

#define kunit_kzalloc(test, size, gfp)		shim_alloc(test, size)
#define kunit_kcalloc(test, n, size, gfp)	shim_alloc(test, (n) * (size))

#define KUNIT_CASE(fn)			{ .run_case = fn, .name = #fn }
#define KUNIT_CASE_SLOW(fn)		KUNIT_CASE(fn)
#define KUNIT_CASE_PARAM(fn, gen)	\
	{ .run_case = fn, .name = #fn, .generate_params = gen }

#define KUNIT_ARRAY_PARAM(id, array, get_desc)				\
	static const void *id##_gen_params(const void *prev, char *desc) \
	{								\
		__typeof__((array)[0]) *next = prev ?			\
			(__typeof__(next))prev + 1 : (array);		\
		void (*shim_text)(__typeof__(next), char *) = get_desc;	\
									\
		if (next - (array) >= (ptrdiff_t)ARRAY_SIZE(array))	\
			return NULL;					\
		if (shim_text)						\
			shim_text(next, desc);				\
		return next;						\
	}

#define kunit_test_suites(...)						\
	__attribute__((constructor)) static void shim_suites(void)	\
	{								\
		struct kunit_suite *suites[] = { __VA_ARGS__ };		\
									\
		for (size_t i = 0; i < ARRAY_SIZE(suites); i++)		\
			shim_register(suites[i]);			\
	}								\
	_Static_assert(1, "")
#define kunit_test_suite(suite)		kunit_test_suites(&(suite))

#define SHIM_CHECK(test, ok, abort_it, text)				\
	do {								\
		if (!(ok)) {						\
			shim_fail(test, __FILE__, __LINE__, text);	\
			if (abort_it)					\
				longjmp((test)->abort, 1);		\
		}							\
	} while (0)
#define SHIM_COMPARE(test, a, op, b, abort_it)				\
	do {								\
		__typeof__(a) a_ = (a);					\
		__typeof__(b) b_ = (b);					\
									\
		if (!(a_ op b_)) {					\
			char text_[512];				\
									\
			snprintf(text_, sizeof(text_),			\
				 "%s %s %s: %#llx, %#llx", #a, #op, #b,	\
				 (u64)a_, (u64)b_);			\
			shim_fail(test, __FILE__, __LINE__, text_);	\
			if (abort_it)					\
				longjmp((test)->abort, 1);		\
		}							\
	} while (0)

#define KUNIT_EXPECT_EQ(test, a, b)	SHIM_COMPARE(test, a, ==, b, false)
#define KUNIT_EXPECT_NE(test, a, b)	SHIM_COMPARE(test, a, !=, b, false)
#define KUNIT_EXPECT_LT(test, a, b)	SHIM_COMPARE(test, a, <, b, false)
#define KUNIT_EXPECT_LE(test, a, b)	SHIM_COMPARE(test, a, <=, b, false)
#define KUNIT_EXPECT_GT(test, a, b)	SHIM_COMPARE(test, a, >, b, false)
#define KUNIT_EXPECT_GE(test, a, b)	SHIM_COMPARE(test, a, >=, b, false)
#define KUNIT_ASSERT_EQ(test, a, b)	SHIM_COMPARE(test, a, ==, b, true)
#define KUNIT_ASSERT_NE(test, a, b)	SHIM_COMPARE(test, a, !=, b, true)
#define KUNIT_ASSERT_LT(test, a, b)	SHIM_COMPARE(test, a, <, b, true)
#define KUNIT_ASSERT_LE(test, a, b)	SHIM_COMPARE(test, a, <=, b, true)
#define KUNIT_ASSERT_GT(test, a, b)	SHIM_COMPARE(test, a, >, b, true)
#define KUNIT_EXPECT_TRUE(test, a)	SHIM_CHECK(test, a, false, #a)
#define KUNIT_EXPECT_FALSE(test, a)	SHIM_CHECK(test, !(a), false, "not " #a)
#define KUNIT_ASSERT_TRUE(test, a)	SHIM_CHECK(test, a, true, #a)
#define KUNIT_ASSERT_FALSE(test, a)	SHIM_CHECK(test, !(a), true, "not " #a)
#define KUNIT_EXPECT_NULL(test, a)	SHIM_CHECK(test, !(a), false, #a " is NULL")
#define KUNIT_EXPECT_NOT_NULL(test, a)	SHIM_CHECK(test, (a), false, #a " is not NULL")
#define KUNIT_ASSERT_NOT_NULL(test, a)	SHIM_CHECK(test, (a), true, #a " is not NULL")
#define KUNIT_ASSERT_NULL(test, a)	SHIM_CHECK(test, !(a), true, #a " is NULL")
#define KUNIT_EXPECT_STREQ(test, a, b)	\
	SHIM_CHECK(test, !strcmp(a, b), false, #a " reads as " #b)
#define KUNIT_EXPECT_MEMEQ(test, a, b, size)	\
	SHIM_CHECK(test, !memcmp(a, b, size), false, #a " has the bytes of " #b)
#define KUNIT_EXPECT_EQ_MSG(test, a, b, ...)	KUNIT_EXPECT_EQ(test, a, b)
#define KUNIT_EXPECT_TRUE_MSG(test, a, ...)	KUNIT_EXPECT_TRUE(test, a)
#define KUNIT_ASSERT_EQ_MSG(test, a, b, ...)	KUNIT_ASSERT_EQ(test, a, b)
#define KUNIT_FAIL(test, ...)						\
	do {								\
		char text_[512];					\
									\
		snprintf(text_, sizeof(text_), __VA_ARGS__);		\
		shim_fail(test, __FILE__, __LINE__, text_);		\
	} while (0)

#endif /* _SHIM_KUNIT_TEST_H */
