// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log: what the rooms under test said, and how often.
 */
#include <linux/kmsg_dump.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "fake-provider.h"

static u64 fake_log_start;

/**
 * fake_log_mark() - fake_log_lines() counts from here
 */
void fake_log_mark(void)
{
	struct kmsg_dump_iter iter;

	kmsg_dump_rewind(&iter);
	fake_log_start = iter.next_seq;
}
EXPORT_SYMBOL_IF_KUNIT(fake_log_mark);

/**
 * fake_log_mark_oldest() - fake_log_lines() counts from the oldest line kept
 *
 * For what is said once in the life of a module.
 */
void fake_log_mark_oldest(void)
{
	fake_log_start = 0;
}
EXPORT_SYMBOL_IF_KUNIT(fake_log_mark_oldest);

/**
 * fake_log_lines() - count lines of the kernel's log
 * @first: a text that they contain
 * @second: another one
 *
 * Return: how many have come since fake_log_mark().
 */
unsigned int fake_log_lines(const char *first, const char *second)
{
	struct kmsg_dump_iter iter;
	unsigned int lines = 0;
	static char line[512];
	size_t len;

	kmsg_dump_rewind(&iter);
	iter.cur_seq = max(iter.cur_seq, fake_log_start);
	while (kmsg_dump_get_line(&iter, false, line, sizeof(line) - 1, &len)) {
		line[len] = '\0';
		lines += strstr(line, first) && strstr(line, second);
	}
	return lines;
}
EXPORT_SYMBOL_IF_KUNIT(fake_log_lines);
