/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables that are the address space of a process. */
#ifndef _IOFD_SVA_H
#define _IOFD_SVA_H

struct iofd_hwpt;

void iofd_sva_release(struct iofd_hwpt *hwpt);
void iofd_sva_unpin_all(struct iofd_hwpt *hwpt);

#endif /* _IOFD_SVA_H */
