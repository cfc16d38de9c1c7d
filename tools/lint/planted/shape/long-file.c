// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/long-file.c */
/* expect: one noun a file */
@LONG@
