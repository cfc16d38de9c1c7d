// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/condition.c */
/* expect: stubs belong in headers */
int planted(void)
{
#ifdef CONFIG_SMP
	return 1;
#endif
	return 0;
}
