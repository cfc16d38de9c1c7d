// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: compat/bug.c */
/* expect: AVOID_BUG */
void planted(int value)
{
	BUG_ON(value);
}
