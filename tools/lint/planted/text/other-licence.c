// SPDX-License-Identifier: MIT
/* planted-as: drivers/core/other-licence.c */
/* expect: licence MIT */
int planted;
