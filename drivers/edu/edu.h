/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to iopasid-edu.ko. */
#ifndef _EDU_H
#define _EDU_H

#include <linux/dma-direction.h>
#include <linux/kconfig.h>
#include <linux/mutex.h>
#include <linux/types.h>

struct dentry;
struct edu_controls;
struct edu_pasids;
struct edu_slots;
struct pci_dev;
struct seq_file;

/* In /sys/bus/pci/drivers, in messages and below debugfs */
#define EDU_NAME		"iopasid-edu"

#define EDU_VENDOR_ID		0x1234
#define EDU_DEVICE_ID		0x11e8

/* The device's own memory */
#define EDU_MEMORY_SIZE		4096

/**
 * struct edu - one device
 * @pdev: its PCI function
 * @regs: BAR 0
 * @lock: the DMA engine: one transfer at a time
 * @buffer: coherent memory, EDU_MEMORY_SIZE bytes
 * @buffer_addr: where the device sees it
 * @pasid: the DMA API's PASID, IOMMU_PASID_INVALID without one
 * @controls: the files below debugfs
 * @pasids: the file extra_pasids
 * @slots: memory of tests
 */
struct edu {
	struct pci_dev *pdev;
	void __iomem *regs;
	struct mutex lock;
	void *buffer;
	dma_addr_t buffer_addr;
	u32 pasid;
	struct edu_controls *controls;
	struct edu_pasids *pasids;
	struct edu_slots *slots;
};

/* edu.c: the example */
int edu_map(struct edu *edu, struct pci_dev *pdev);
int edu_copy_part(struct edu *edu, size_t offset, dma_addr_t addr, size_t len,
		  enum dma_data_direction dir);
int edu_copy(struct edu *edu, dma_addr_t addr, size_t len,
	     enum dma_data_direction dir);
int edu_copy_streaming(struct edu *edu, void *data, size_t len,
		       enum dma_data_direction dir);

/* edu-selftest.c */
void edu_selftest(struct edu *edu, struct seq_file *s);

/* edu-slots.c */
int edu_slots_add(struct edu *edu, struct dentry *dir);
void edu_slots_remove(struct edu *edu);

/* edu-debugfs.c: the controls */
#define EDU_LINE_SIZE		64

int edu_get_line(char *line, const char __user *buf, size_t count);
void edu_debugfs_init(void);
void edu_debugfs_exit(void);
int edu_debugfs_add(struct edu *edu);
void edu_debugfs_remove(struct edu *edu);

/* edu-pasids.c, edu-claim.c: what only the framework offers */
#if IS_ENABLED(CONFIG_IOPASID)

int edu_pasids_add(struct edu *edu, struct dentry *dir);
void edu_pasids_remove(struct edu *edu);
void edu_claim_init(struct dentry *dir);
void edu_claim_exit(void);

#else /* IS_ENABLED(CONFIG_IOPASID) */

static inline int edu_pasids_add(struct edu *edu, struct dentry *dir)
{
	return 0;
}

static inline void edu_pasids_remove(struct edu *edu)
{
}

static inline void edu_claim_init(struct dentry *dir)
{
}

static inline void edu_claim_exit(void)
{
}

#endif /* IS_ENABLED(CONFIG_IOPASID) */

/* edu-user.c: the example of a device for programs */
#if IS_ENABLED(CONFIG_IOPASID_IOMMUFD)

int edu_user_init(void);
void edu_user_exit(void);

#else /* IS_ENABLED(CONFIG_IOPASID_IOMMUFD) */

static inline int edu_user_init(void)
{
	return 0;
}

static inline void edu_user_exit(void)
{
}

#endif /* IS_ENABLED(CONFIG_IOPASID_IOMMUFD) */

#endif /* _EDU_H */
