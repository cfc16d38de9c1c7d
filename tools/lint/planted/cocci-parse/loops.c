// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/loops.c */
/* expect: nothing */
int planted(struct planted *p, unsigned int *count)
{
	struct planted *other;

	list_for_each_entry(other, &p->list, node)
		*count += other->count;
	return 0;
}
