// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/parameter.c */
/* expect: value.* not described */
/**
 * planted() - a function of one number
 *
 * Return: the number.
 */
int planted(int value)
{
	return value;
}
