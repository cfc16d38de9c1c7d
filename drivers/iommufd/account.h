/* SPDX-License-Identifier: GPL-2.0-only */
/* Who pays for pinned pages. */
#ifndef _IOFD_ACCOUNT_H
#define _IOFD_ACCOUNT_H

#include <linux/types.h>

#include "iofd.h"

struct mm_struct;
struct task_struct;
struct user_struct;

/**
 * enum iofd_payer_mode - against which limit pinned pages count
 * @IOFD_PAYER_NONE: none: it may lock as much as it likes (CAP_IPC_LOCK)
 * @IOFD_PAYER_USER: what all processes of the user have pinned
 * @IOFD_PAYER_MM: what the process has locked and pinned
 */
enum iofd_payer_mode {
	IOFD_PAYER_NONE,
	IOFD_PAYER_USER,
	IOFD_PAYER_MM,
};

/**
 * struct iofd_payer - who pays
 * @mode: against which limit
 * @task: whose RLIMIT_MEMLOCK it is
 * @user: what counts, with USER
 * @mm: what counts, with MM; its pinned_vm, always
 */
struct iofd_payer {
	enum iofd_payer_mode mode;
	struct task_struct *task;
	struct user_struct *user;
	struct mm_struct *mm;
};

enum iofd_payer_mode iofd_payer_mode_of(enum iofd_account account);
void iofd_payer_init(struct iofd_payer *payer, enum iofd_payer_mode mode);
void iofd_payer_release(struct iofd_payer *payer);
bool iofd_payer_is_current(const struct iofd_payer *payer);
int iofd_payer_charge(struct iofd_payer *payer, unsigned long nr_pages);
void iofd_payer_uncharge(struct iofd_payer *payer, unsigned long nr_pages);
int iofd_payer_move(struct iofd_payer *from, struct iofd_payer *to,
		    unsigned long nr_pages);
void iofd_payer_move_back(struct iofd_payer *from, struct iofd_payer *to,
			  unsigned long nr_pages);

#endif /* _IOFD_ACCOUNT_H */
