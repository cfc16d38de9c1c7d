/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to iopasid-endpoint.ko. */
#ifndef _ENDPOINT_H
#define _ENDPOINT_H

#include <linux/atomic.h>
#include <linux/dma-direction.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct dentry;
struct device;
struct iofd_file;
struct iofd_node;
struct iopasid_domain;
struct seq_file;

/* In /sys/bus/vtd-model/drivers, in messages and below debugfs */
#define ENDPOINT_NAME		"iopasid-endpoint"

/* The coherent buffer: two pages, so that a DMA crosses a boundary */
#define ENDPOINT_BUFFER_SIZE	8192

#define ENDPOINT_SLOTS		16
#define ENDPOINT_SIZE_MAX	(1024 * 1024)
#define ENDPOINT_LINE_SIZE	128

/**
 * struct endpoint_slot - memory that a test maps
 * @data: the memory, NULL: none; stays after the unmap
 * @size: of it
 * @addr: where the device sees it, DMA_MAPPING_ERROR while not mapped
 * @dir: how it is mapped
 * @kept: the file domain has mapped it, too: it must stay
 */
struct endpoint_slot {
	void *data;
	size_t size;
	dma_addr_t addr;
	enum dma_data_direction dir;
	bool kept;
};

/**
 * struct endpoint_master - bus mastering of a device
 * @dev: the device
 * @lock: whether it is on, and @leaving
 * @leaving: the driver goes: it stays off
 */
struct endpoint_master {
	struct device *dev;
	struct mutex lock;
	bool leaving;
};

/**
 * struct endpoint - one device
 * @dev: on the bus of software units
 * @dir: its files below debugfs
 * @node: its file in /dev
 * @buffer: coherent memory, ENDPOINT_BUFFER_SIZE bytes
 * @buffer_addr: where the device sees it
 * @master: bus mastering; its lock is inside of @lock
 * @use: read by those who map and unmap by themselves, written by who needs
 *	that nobody else does; outside of @lock
 * @lock: all below but the counters, and the bytes of @buffer
 * @pasid: the DMA API's PASID, IOMMU_PASID_INVALID without one
 * @slots: memory of tests
 * @pasids: bit map of the PASIDs that the file pasids attached
 * @nr_pasids: bits in it
 * @domain: of the file domain, NULL: none
 * @domain_pasid: where it is attached
 * @stress_rounds: that the file stress has done
 * @stress_failures: of these
 */
struct endpoint {
	struct device *dev;
	struct dentry *dir;
	struct iofd_node *node;
	void *buffer;
	dma_addr_t buffer_addr;
	struct endpoint_master master;
	struct rw_semaphore use;
	struct mutex lock;
	u32 pasid;
	struct endpoint_slot slots[ENDPOINT_SLOTS];
	unsigned long *pasids;
	unsigned int nr_pasids;
	struct iopasid_domain *domain;
	u32 domain_pasid;
	atomic64_t stress_rounds;
	atomic64_t stress_failures;
};

/**
 * struct endpoint_area - memory that the device and the CPU see
 * @data: for the CPU
 * @addr: for the device
 * @size: bytes
 * @streaming: it is a streaming mapping, else coherent
 */
struct endpoint_area {
	void *data;
	dma_addr_t addr;
	size_t size;
	bool streaming;
};

/* endpoint-master.c */
void endpoint_master_init(struct endpoint_master *master, struct device *dev);
int endpoint_master_set(struct endpoint_master *master, bool on);
void endpoint_master_leave(struct endpoint_master *master);

/* endpoint.c */
int endpoint_pasid_attach(struct endpoint *ep);
void endpoint_pasid_destroy(struct endpoint *ep);

/* endpoint-dma.c */
void endpoint_pattern(void *data, size_t size, u32 seed);
bool endpoint_matches(const void *data, size_t size, u32 seed);
int endpoint_send(struct endpoint *ep, u32 pasid, u64 addr, size_t size,
		  u32 seed, unsigned int flags);
int endpoint_fetch(struct endpoint *ep, u32 pasid, u64 addr, size_t size,
		   u32 seed, unsigned int flags);
int endpoint_round_trip(struct endpoint *ep, u32 pasid,
			const struct endpoint_area *area);

/* endpoint-pasids.c */

/* What to do for one way of DMA: VTD_MODEL_NO_PASID or a PASID */
typedef int (*endpoint_way_fn)(struct endpoint *ep, u32 pasid, void *data);

int endpoint_pasids_write_locked(struct endpoint *ep, const char *line);
void endpoint_pasids_show_locked(struct endpoint *ep, struct seq_file *s);
void endpoint_pasids_detach_all(struct endpoint *ep);
void endpoint_each_way_locked(struct endpoint *ep, struct seq_file *s,
			      const char *done, endpoint_way_fn fn, void *data);

/* endpoint-domain.c */
int endpoint_domain_write_locked(struct endpoint *ep, const char *line);
void endpoint_domain_show_locked(struct endpoint *ep, struct seq_file *s);
void endpoint_domain_detach(struct endpoint *ep);

/* endpoint-selftest.c */
void endpoint_selftest_locked(struct endpoint *ep, struct seq_file *s);
void endpoint_dma_all_locked(struct endpoint *ep, struct seq_file *s);
void endpoint_blocked_locked(struct endpoint *ep, struct seq_file *s);

/* endpoint-slots.c */
void endpoint_slots_init(struct endpoint *ep);
void endpoint_slots_free(struct endpoint *ep);
void endpoint_slots_show_locked(struct endpoint *ep, struct seq_file *s);
int endpoint_map_locked(struct endpoint *ep, const char *line);
int endpoint_unmap_locked(struct endpoint *ep, const char *line);
int endpoint_free_locked(struct endpoint *ep, const char *line);
int endpoint_fill_locked(struct endpoint *ep, const char *line);
int endpoint_check_locked(struct endpoint *ep, const char *line);
int endpoint_dma_locked(struct endpoint *ep, const char *line);

/* endpoint-demand.c */
int endpoint_demand_locked(struct endpoint *ep, const char *line);

/* endpoint-stress.c */
int endpoint_stress(struct endpoint *ep, const char *line);
void endpoint_stress_show(struct endpoint *ep, struct seq_file *s);

/* endpoint-file.c */
int endpoint_file_add(struct endpoint *ep);
void endpoint_file_remove(struct endpoint *ep);
long endpoint_file_ioctl(struct iofd_file *file, unsigned int cmd,
			 void __user *arg);

/* endpoint-user.c */
int endpoint_user_init(void);
void endpoint_user_exit(void);

/* endpoint-debugfs.c */
void endpoint_debugfs_init(void);
void endpoint_debugfs_exit(void);
void endpoint_debugfs_add(struct endpoint *ep);
void endpoint_debugfs_remove(struct endpoint *ep);

#endif /* _ENDPOINT_H */
