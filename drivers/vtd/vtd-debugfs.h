/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by vtd-debugfs.c and vtd-debugfs-device.c. */
#ifndef _VTD_DEBUGFS_H
#define _VTD_DEBUGFS_H

struct dentry;

/* The folder vtd/devices */
extern struct dentry *vtd_debugfs_devices;

#endif /* _VTD_DEBUGFS_H */
