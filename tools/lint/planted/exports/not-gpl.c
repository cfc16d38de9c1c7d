// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/not-gpl.c */
/* expect: not _GPL */
/**
 * iopasid_planted() - does nothing
 */
void iopasid_planted(void)
{
}
EXPORT_SYMBOL(iopasid_planted);
