// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/prefix.c */
/* expect: no prefix */
/**
 * planted() - does nothing
 */
void planted(void)
{
}
EXPORT_SYMBOL_GPL(planted);
