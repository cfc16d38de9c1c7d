// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/return.c */
/* expect: No description found for return value */
/**
 * planted() - a function of one number
 * @value: the number
 */
int planted(int value)
{
	return value;
}
