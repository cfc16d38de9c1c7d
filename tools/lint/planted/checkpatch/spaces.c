// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/spaces.c */
/* expect: CODE_INDENT|LEADING_SPACE */
int planted(int value)
{
        return value;
}
