// SPDX-License-Identifier: GPL-2.0-only
/* planted-as: drivers/core/mark.c */
/* expect: finish it */
/* @MARK@: free it */
