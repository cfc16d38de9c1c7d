// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/undocumented.c */
/* expect: no kernel-doc */
/*
 * iopasid_planted() - a comment, not kernel-doc
 */
void iopasid_planted(void)
{
}
EXPORT_SYMBOL_GPL(iopasid_planted);
