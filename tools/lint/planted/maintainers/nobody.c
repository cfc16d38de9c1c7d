// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: stray/nobody.c */
/* expect: no section */
int planted;
