// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/use-after-free-cleanup.c */
/* expect: reference preceded by free */
int planted(struct planted *p)
{
	struct planted *copy __free(kfree) = planted_copy(p);

	kfree(p->next);
	return p->next->count + copy->count;
}
