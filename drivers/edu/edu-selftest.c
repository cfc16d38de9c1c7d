// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: edu's self-test
 *
 * Sends a pattern to the device, wipes the memory it came from, fetches it
 * back and compares every byte: once in coherent memory, once with streaming
 * mappings. A translation that leads elsewhere cannot pass, in either
 * direction: the pattern differs from run to run, and the CPU has wiped it.
 */

#include <linux/dma-mapping.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "edu.h"

typedef int (*edu_copy_fn)(struct edu *edu, void *data, size_t len,
			   enum dma_data_direction dir);

static int edu_copy_coherent(struct edu *edu, void *data, size_t len,
			     enum dma_data_direction dir)
{
	size_t offset = data - edu->buffer;

	return edu_copy(edu, edu->buffer_addr + offset, len, dir);
}

/* Returns: the number of bytes that came back wrong, or a negative errno. */
static int edu_round_trip(struct edu *edu, edu_copy_fn copy, u8 *data,
			  const u8 *pattern)
{
	int ret, wrong = 0;
	size_t i;

	memcpy(data, pattern, EDU_MEMORY_SIZE);
	ret = copy(edu, data, EDU_MEMORY_SIZE, DMA_TO_DEVICE);
	if (ret)
		return ret;
	memset(data, 0, EDU_MEMORY_SIZE);
	ret = copy(edu, data, EDU_MEMORY_SIZE, DMA_FROM_DEVICE);
	if (ret)
		return ret;

	for (i = 0; i < EDU_MEMORY_SIZE; i++)
		wrong += data[i] != pattern[i];
	return wrong;
}

static void edu_report(struct seq_file *s, const char *what, int ret)
{
	if (ret < 0)
		seq_printf(s, "%s: error %d\n", what, ret);
	else if (ret)
		seq_printf(s, "%s: %d of %d bytes differ\n", what, ret,
			   EDU_MEMORY_SIZE);
	else
		seq_printf(s, "%s: %d bytes same\n", what, EDU_MEMORY_SIZE);
}

/**
 * edu_selftest() - DMA both ways, compared byte for byte
 * @edu: the device
 * @s: gets one line for coherent and one for streaming DMA
 *
 * The contents of the coherent buffer are lost. Context: sleeps.
 */
void edu_selftest(struct edu *edu, struct seq_file *s)
{
	u8 *pattern __free(kfree) = kmalloc(EDU_MEMORY_SIZE, GFP_KERNEL);
	u8 *data __free(kfree) = kmalloc(EDU_MEMORY_SIZE, GFP_KERNEL);

	if (!pattern || !data) {
		edu_report(s, "memory", -ENOMEM);
		return;
	}
	get_random_bytes(pattern, EDU_MEMORY_SIZE);
	edu_report(s, "coherent",
		   edu_round_trip(edu, edu_copy_coherent, edu->buffer, pattern));
	get_random_bytes(pattern, EDU_MEMORY_SIZE);
	edu_report(s, "streaming",
		   edu_round_trip(edu, edu_copy_streaming, data, pattern));
}
