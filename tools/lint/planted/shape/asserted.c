// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/asserted.c */
/* expect: nothing */
static int planted_locked(struct planted *p, unsigned int flags)
	__must_hold(&p->lock)
{
	struct planted *next __free(kfree) = NULL;
	unsigned long first = planted_first(p, flags,
					    PLANTED_FLAG);
	/* the list is what the lock protects */
	DECLARE_BITMAP(seen, 64);

	lockdep_assert_held(&p->lock);
	return p->count;
}
