/* SPDX-License-Identifier: GPL-2.0-only */
/* planted-as: include/iopasid/member.h */
/* expect: count.* not described */
/**
 * struct planted - something
 * @next: the next one
 */
struct planted {
	struct planted *next;
	int count;
};
