// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: test-without-prototype.c */
/* expect: no previous prototype */
#include <kunit/test.h>
#include <linux/module.h>

void planted(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1, 1);
}

MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
