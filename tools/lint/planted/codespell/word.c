// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/word.c */
/* expect: recieve ==> receive */
/* what we recieve */
