// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/warns-often.c */
/* expect: WARN_ON_ONCE */
int planted(struct planted *p)
{
	if (WARN_ON(!p->next))
		return -EINVAL;
	return 0;
}
