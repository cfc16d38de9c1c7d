// SPDX-License-Identifier: GPL-2.0-only
/*
 * Defects on purpose: one flush is not sent, or sent wrongly.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "vtd.h"
#include "vtd-plant.h"

/**
 * DOC: planted defects
 *
 * Who claims to find missing flushes must be shown some. With
 * CONFIG_IOPASID_VTD_PLANT the module parameter "plant" chooses one defect at a
 * time; the parameter "plants" reads as all words that it takes.
 *
 * A word is "row.column" for a cell of the table of rules (vtd-flush.c): the
 * descriptor of that cell is not sent, a fence is in its place, all else stays.
 * The cells of device TLBs and ranges are one word, because one function does
 * them for all rows. The other words are what else a driver gets wrong here:
 * enum vtd_plant.
 *
 * Locking: none, the choice is one word. A change takes effect with the next
 * flush.
 */

#define VTD_PLANT_WORD_SIZE	32
#define VTD_PLANT_COLUMNS	ARRAY_SIZE(vtd_plant_columns)
#define VTD_PLANT_END		(VTD_PLANT_CELLS + \
				 VTD_NR_CHANGES * VTD_PLANT_COLUMNS)

static const char * const vtd_plant_others[VTD_PLANT_CELLS] = {
	[VTD_PLANT_RANGE_DEV_TLB]	= "range.dev-tlb",
	[VTD_PLANT_HINT]		= "hint",
	[VTD_PLANT_FREE_EARLY]		= "free-early",
	[VTD_PLANT_DEV_TLB_EARLY]	= "dev-tlb-early",
	[VTD_PLANT_WRONG_DID]		= "wrong-did",
	[VTD_PLANT_ONE_PASID]		= "one-pasid",
	[VTD_PLANT_ONE_PAGE]		= "one-page",
};

static const char * const vtd_plant_rows[VTD_NR_CHANGES] = {
	[VTD_ALL]		= "all",
	[VTD_CONTEXT_MOVED]	= "context-moved",
	[VTD_CONTEXT_STEERED]	= "context-steered",
	[VTD_DIRECTORY]		= "directory",
	[VTD_WAS_FIRST]		= "was-first",
	[VTD_WAS_SECOND]	= "was-second",
	[VTD_WAS_NESTED]	= "was-nested",
	[VTD_WAS_PASS]		= "was-pass",
	[VTD_NEW_FIRST]		= "new-first",
	[VTD_NEW_SECOND]	= "new-second",
	[VTD_NEW_NESTED]	= "new-nested",
	[VTD_NEW_PASS]		= "new-pass",
	[VTD_FIRST_LEAVES]	= "first-leaves",
	[VTD_FIRST_TABLES]	= "first-tables",
	[VTD_FIRST_FAR]		= "first-far",
	[VTD_FIRST_MANY]	= "first-many",
	[VTD_SECOND_LEAVES]	= "second-leaves",
	[VTD_SECOND_TABLES]	= "second-tables",
	[VTD_SECOND_FAR]	= "second-far",
};

/* Members of struct vtd_rule, and the types of their descriptors */
static const struct {
	const char *name;
	u16 offset;
	u16 types;
} vtd_plant_columns[] = {
	{ "context", offsetof(struct vtd_rule, context),
	  BIT(VTD_DESC_CONTEXT) },
	{ "pasid", offsetof(struct vtd_rule, pasid), BIT(VTD_DESC_PASID) },
	{ "iotlb", offsetof(struct vtd_rule, iotlb), BIT(VTD_DESC_IOTLB) },
	{ "pasid-iotlb", offsetof(struct vtd_rule, pasid_iotlb),
	  BIT(VTD_DESC_PASID_IOTLB) },
	{ "dev-tlb", offsetof(struct vtd_rule, dev_tlb),
	  BIT(VTD_DESC_DEV_TLB) | BIT(VTD_DESC_PASID_DEV_TLB) },
};

/* An enum vtd_plant, from VTD_PLANT_CELLS on a cell, row by row */
static unsigned int vtd_plant_now;

/**
 * vtd_planted() - is this the defect that was chosen?
 * @plant: a defect
 *
 * Context: any.
 * Return: whether.
 */
bool vtd_planted(enum vtd_plant plant)
{
	return READ_ONCE(vtd_plant_now) == plant;
}

static bool vtd_plant_is_desc(const struct vtd_desc *desc, unsigned int types)
{
	return types & BIT(FIELD_GET(VTD_DESC_TYPE, desc->qw[0]));
}

/* Is there a descriptor of this cell that vtd_add() sends? */
static bool vtd_plant_has(unsigned int change, unsigned int column)
{
	const u8 *rule = (const u8 *)&vtd_rules[change];
	u8 reach = rule[vtd_plant_columns[column].offset];

	return reach != NONE && reach != RANGE;
}

/**
 * vtd_plant_row() - spoil what a rule has put into a batch
 * @change: its row
 * @batch: the batch
 * @from: the first descriptor of the row
 *
 * Context: any.
 */
void vtd_plant_row(enum vtd_change change, struct vtd_batch *batch,
		   unsigned int from)
{
	static const struct vtd_desc fence = {
		.qw[0] = FIELD_PREP_CONST(VTD_DESC_TYPE, VTD_DESC_WAIT) |
			 VTD_DESC_WAIT_FN,
	};
	unsigned int plant = READ_ONCE(vtd_plant_now);
	unsigned int cell = plant - VTD_PLANT_CELLS, i, types;

	if (plant == VTD_PLANT_HINT && (change == VTD_FIRST_TABLES ||
					change == VTD_SECOND_TABLES))
		batch->desc[from].qw[1] |= VTD_DESC_IOTLB_IH;
	if (plant < VTD_PLANT_CELLS || cell / VTD_PLANT_COLUMNS != change)
		return;
	types = vtd_plant_columns[cell % VTD_PLANT_COLUMNS].types;
	for (i = from; i < batch->nr; i++)
		if (vtd_plant_is_desc(&batch->desc[i], types))
			batch->desc[i] = fence;
}

/* The word of a defect; false: there is none of that number. */
static bool vtd_plant_word(unsigned int plant, char *word)
{
	unsigned int cell = plant - VTD_PLANT_CELLS;
	unsigned int change = cell / VTD_PLANT_COLUMNS;
	unsigned int column = cell % VTD_PLANT_COLUMNS;

	if (plant == VTD_PLANT_NONE)
		return false;
	if (plant < VTD_PLANT_CELLS) {
		strscpy(word, vtd_plant_others[plant], VTD_PLANT_WORD_SIZE);
		return true;
	}
	if (!vtd_plant_has(change, column))
		return false;
	snprintf(word, VTD_PLANT_WORD_SIZE, "%s.%s", vtd_plant_rows[change],
		 vtd_plant_columns[column].name);
	return true;
}

static int vtd_plants_get(char *text, const struct kernel_param *kp)
{
	char word[VTD_PLANT_WORD_SIZE];
	unsigned int plant;
	int len = 0;

	for (plant = 0; plant < VTD_PLANT_END; plant++)
		if (vtd_plant_word(plant, word))
			len += sysfs_emit_at(text, len, "%s\n", word);
	return len;
}

static int vtd_plant_get(char *text, const struct kernel_param *kp)
{
	char word[VTD_PLANT_WORD_SIZE] = "";

	vtd_plant_word(READ_ONCE(vtd_plant_now), word);
	return sysfs_emit(text, "%s\n", word);
}

static void vtd_plant_list(const char *wrong)
{
	char word[VTD_PLANT_WORD_SIZE];
	unsigned int plant;

	pr_err("plant=%.*s: must be empty or one of\n",
	       (int)strcspn(wrong, "\n"), wrong);
	for (plant = 0; plant < VTD_PLANT_END; plant++)
		if (vtd_plant_word(plant, word))
			pr_err("  %s\n", word);
}

static int vtd_plant_set(const char *text, const struct kernel_param *kp)
{
	char word[VTD_PLANT_WORD_SIZE];
	unsigned int plant;

	if (sysfs_streq(text, "")) {
		WRITE_ONCE(vtd_plant_now, VTD_PLANT_NONE);
		return 0;
	}
	for (plant = 0; plant < VTD_PLANT_END; plant++)
		if (vtd_plant_word(plant, word) && sysfs_streq(text, word)) {
			WRITE_ONCE(vtd_plant_now, plant);
			return 0;
		}
	vtd_plant_list(text);
	return -EINVAL;
}

static const struct kernel_param_ops vtd_plant_ops = {
	.set = vtd_plant_set,
	.get = vtd_plant_get,
};

static const struct kernel_param_ops vtd_plants_ops = {
	.get = vtd_plants_get,
};

module_param_cb(plant, &vtd_plant_ops, NULL, 0600);
MODULE_PARM_DESC(plant,
		 "unsafe: a defect on purpose, one word of plants; empty: none");
module_param_cb(plants, &vtd_plants_ops, NULL, 0400);
MODULE_PARM_DESC(plants, "the words that plant takes; read only");
