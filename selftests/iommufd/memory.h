/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of all kinds, what is in it, and what is charged for it. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE		4096UL
#define MEGA		(1UL << 20)
#define HUGE		(2 * MEGA)

/* Every byte follows from the seed and its place. */
unsigned int new_seed(void);
void pattern(void *data, size_t size, unsigned int seed);
bool matches(const void *data, size_t size, unsigned int seed);

/* NULL: there is none */
void *anonymous(size_t size);
void *shared(size_t size);
void *huge(size_t size);
void *file_memory(int fd, size_t size);

/* A file without a name, of 4 KiB or of 2 MiB pages; -errno */
int memfd(size_t size);
int memfd_sealable(size_t size);
int memfd_huge(size_t size);

/*
 * A page that comes only when somebody gives it: the descriptor for that, or
 * -errno. late_is_awaited(): somebody has touched it, within ten seconds.
 */
int late_memory(void **page);
bool late_is_awaited(int late);
int late_give(int late, void *page);

/* Pages of the whole machine that are pinned for DMA or likewise; root's, or -errno */
long pages_pinned(void);

/* Huge pages of the whole machine: "HugePages_Free", "HugePages_Rsvd" */
long huge_pages(const char *what);

/* KiB of this process, from its status: "VmPin", "VmLck" */
long charged(const char *what);

#endif /* MEMORY_H */
