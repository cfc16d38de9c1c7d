// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/vtd/kunit.c */
/* expect: nothing */
VISIBLE_IF_KUNIT void vtd_planted(void)
{
}
EXPORT_SYMBOL_IF_KUNIT(vtd_planted);
