// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/macro-loop.c */
/* expect: cannot parse */
int planted(struct planted *p)
{
	WITH_LOCK(p) {
		p->count++;
	}
	return 0;
}
