// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/use-after-free.c */
/* expect: reference preceded by free */
int planted(struct planted *p)
{
	kfree(p->next);
	return p->next->count;
}
