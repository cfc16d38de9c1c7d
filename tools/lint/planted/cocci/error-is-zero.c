// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/error-is-zero.c */
/* expect: holds no error */
int planted(struct planted *p)
{
	int ret;

	ret = planted_prepare(p);
	if (ret)
		return ret;
	p->next = kzalloc(sizeof(*p->next), GFP_KERNEL);
	if (!p->next)
		goto undo_prepare;
	return 0;

undo_prepare:
	planted_unprepare(p);
	return ret;
}
