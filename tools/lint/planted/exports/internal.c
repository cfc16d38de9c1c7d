// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/vtd/internal.c */
/* expect: vtd_planted has no prefix */
/**
 * vtd_planted() - does nothing
 */
void vtd_planted(void)
{
}
EXPORT_SYMBOL_GPL(vtd_planted);
