// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/unasserted.c */
/* expect: does not begin with lockdep_assert_held */
static int planted_locked(struct planted *p)
{
	int count = 0;

	count += p->count;
	lockdep_assert_held(&p->lock);
	return count;
}
