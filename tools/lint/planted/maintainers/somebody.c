// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/deep/somebody.c */
/* expect: nothing */
int planted;
