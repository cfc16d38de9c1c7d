/* planted-as: drivers/core/untagged.c */
/* expect: no SPDX */
int planted;
