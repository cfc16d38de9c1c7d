// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit: the DMAR parser, given good, truncated and hostile tables.
 */
#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "../drivers/vtd/vtd-dmar.h"

#define TABLE_MAX	1024
#define UNIT_BASE	0xfed90000ULL
#define UNIT2_BASE	0xfed91000ULL
#define RMRR_FIRST	0x7d000000ULL
#define RMRR_LAST	0x7d1fffffULL

/*
 * A table under construction: @part is where the open structure begins, @scope
 * where its last scope does, @bad where the parser is to find something wrong.
 */
struct builder {
	u8 bytes[TABLE_MAX];
	u32 len;
	u32 part;
	u32 scope;
	u32 bad;
};

static void *append(struct builder *b, size_t size)
{
	void *place = b->bytes + b->len;

	b->len += size;
	return place;
}

static struct acpi_dmar_header *part_header(struct builder *b)
{
	return (struct acpi_dmar_header *)(b->bytes + b->part);
}

static void *begin_part(struct builder *b, u16 type, size_t size)
{
	b->part = b->len;
	append(b, size);
	part_header(b)->type = type;
	part_header(b)->length = size;
	return part_header(b);
}

static struct acpi_dmar_device_scope *last_scope(struct builder *b)
{
	return (struct acpi_dmar_device_scope *)(b->bytes + b->scope);
}

static void add_path(struct builder *b, u8 device, u8 function)
{
	struct acpi_dmar_device_scope *scope = last_scope(b);
	struct acpi_dmar_pci_path *path = append(b, sizeof(*path));

	path->device = device;
	path->function = function;
	scope->length += sizeof(*path);
	part_header(b)->length += sizeof(*path);
}

static void add_scope(struct builder *b, u8 type, u8 id, u8 bus, u8 device,
		      u8 function)
{
	struct acpi_dmar_device_scope *scope;

	b->scope = b->len;
	scope = append(b, sizeof(*scope));
	scope->entry_type = type;
	scope->length = sizeof(*scope);
	scope->enumeration_id = id;
	scope->bus = bus;
	part_header(b)->length += sizeof(*scope);
	add_path(b, device, function);
}

static struct acpi_dmar_hardware_unit *begin_drhd(struct builder *b, u64 base,
						  u8 flags, u16 segment)
{
	struct acpi_dmar_hardware_unit *unit;

	unit = begin_part(b, ACPI_DMAR_TYPE_HARDWARE_UNIT, sizeof(*unit));
	unit->address = base;
	unit->flags = flags;
	unit->segment = segment;
	return unit;
}

static struct acpi_dmar_reserved_memory *begin_rmrr(struct builder *b,
						    u64 first, u64 last)
{
	struct acpi_dmar_reserved_memory *rmrr;

	rmrr = begin_part(b, ACPI_DMAR_TYPE_RESERVED_MEMORY, sizeof(*rmrr));
	rmrr->base_address = first;
	rmrr->end_address = last;
	return rmrr;
}

static struct acpi_dmar_atsr *begin_atsr(struct builder *b, u8 flags,
					 u16 segment)
{
	struct acpi_dmar_atsr *atsr;

	atsr = begin_part(b, ACPI_DMAR_TYPE_ROOT_ATS, sizeof(*atsr));
	atsr->flags = flags;
	atsr->segment = segment;
	return atsr;
}

static struct acpi_table_dmar *header(struct builder *b)
{
	return (struct acpi_table_dmar *)b->bytes;
}

static void finish(struct builder *b)
{
	header(b)->header.length = b->len;
}

static void begin_table(struct builder *b)
{
	memset(b, 0, sizeof(*b));
	append(b, sizeof(struct acpi_table_dmar));
	memcpy(header(b)->header.signature, ACPI_SIG_DMAR, ACPI_NAMESEG_SIZE);
	header(b)->width = 38;
	header(b)->flags = ACPI_DMAR_INTR_REMAP;
}

/* As QEMU makes it: no INCLUDE_ALL, an I/O APIC, endpoints, a root port. */
static void add_qemu_unit(struct builder *b)
{
	begin_drhd(b, UNIT_BASE, 0, 0);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_IOAPIC, 0, 0xff, 0, 0);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_ENDPOINT, 0, 0, 1, 0);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_ENDPOINT, 0, 0, 31, 2);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_BRIDGE, 0, 0, 28, 0);
}

/* Everything that is known here, and two structures that are not. */
static void build_good(struct builder *b)
{
	begin_table(b);
	begin_drhd(b, UNIT2_BASE, ACPI_DMAR_INCLUDE_ALL, 0)->size = 2;
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_HPET, 1, 0xf0, 31, 0);
	add_qemu_unit(b);
	begin_part(b, ACPI_DMAR_TYPE_HARDWARE_AFFINITY,
		   sizeof(struct acpi_dmar_rhsa));
	begin_rmrr(b, RMRR_FIRST, RMRR_LAST);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_ENDPOINT, 0, 0, 2, 0);
	add_path(b, 0, 3);
	begin_part(b, 0x7777, 5);
	begin_atsr(b, 0, 0);
	add_scope(b, ACPI_DMAR_SCOPE_TYPE_BRIDGE, 0, 0, 28, 0);
	begin_atsr(b, ACPI_DMAR_ALL_PORTS, 1);
	finish(b);
}

/* Parse from memory that ends where the table does, so that KASAN sees more. */
static int parse_exact(struct kunit *test, const void *bytes, size_t len,
		       struct vtd_dmar *dmar)
{
	void *exact = kmemdup(bytes, len, GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, exact);
	ret = vtd_dmar_parse(exact, len, dmar);
	memset(exact, 0xa5, len);
	kfree(exact);
	return ret;
}

static unsigned long touch_scopes(const struct vtd_scopes *scopes)
{
	unsigned long sum = scopes->segment;
	unsigned int i, j;

	for (i = 0; i < scopes->nr; i++)
		for (j = 0; j < scopes->scope[i].nr_path; j++)
			sum += scopes->scope[i].path[j].device;
	return sum;
}

/* Read all that was parsed; KASAN objects to what is not there. */
static unsigned long touch(const struct vtd_dmar *dmar)
{
	const struct vtd_drhd *drhd;
	const struct vtd_rmrr *rmrr;
	const struct vtd_atsr *atsr;
	unsigned long sum = 0;

	list_for_each_entry(drhd, &dmar->drhds, node)
		sum += touch_scopes(&drhd->scopes);
	list_for_each_entry(rmrr, &dmar->rmrrs, node)
		sum += touch_scopes(&rmrr->scopes);
	list_for_each_entry(atsr, &dmar->atsrs, node)
		sum += touch_scopes(&atsr->scopes);
	return sum;
}

/* Whatever the bytes are: parsed, or refused with a reason. */
static void expect_verdict(struct kunit *test, const void *bytes, size_t len)
{
	struct vtd_dmar dmar;
	int ret = parse_exact(test, bytes, len, &dmar);

	if (!ret) {
		KUNIT_EXPECT_NULL(test, dmar.reason);
		touch(&dmar);
		vtd_dmar_free(&dmar);
	} else {
		KUNIT_EXPECT_EQ(test, ret, -EINVAL);
		KUNIT_EXPECT_NOT_NULL(test, dmar.reason);
		KUNIT_EXPECT_LE(test, dmar.offset, len);
		KUNIT_EXPECT_TRUE(test, list_empty(&dmar.drhds));
		KUNIT_EXPECT_TRUE(test, list_empty(&dmar.rmrrs));
		KUNIT_EXPECT_TRUE(test, list_empty(&dmar.atsrs));
	}
}

static struct builder *new_builder(struct kunit *test)
{
	struct builder *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	return b;
}

static void expect_scope(struct kunit *test, const struct vtd_scope *scope,
			 u8 type, u8 bus, u8 device, u8 function)
{
	KUNIT_EXPECT_EQ(test, scope->type, type);
	KUNIT_EXPECT_EQ(test, scope->start_bus, bus);
	KUNIT_ASSERT_EQ(test, scope->nr_path, 1);
	KUNIT_EXPECT_EQ(test, scope->path[0].device, device);
	KUNIT_EXPECT_EQ(test, scope->path[0].function, function);
}

static void qemu_table(struct kunit *test)
{
	struct builder *b = new_builder(test);
	const struct vtd_drhd *drhd;
	struct vtd_dmar dmar;

	begin_table(b);
	add_qemu_unit(b);
	finish(b);
	KUNIT_ASSERT_EQ(test, parse_exact(test, b->bytes, b->len, &dmar), 0);
	KUNIT_EXPECT_EQ(test, dmar.haw_bits, 39);
	KUNIT_EXPECT_EQ(test, dmar.flags, ACPI_DMAR_INTR_REMAP);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&dmar.drhds), 1);
	KUNIT_EXPECT_TRUE(test, list_empty(&dmar.rmrrs));
	KUNIT_EXPECT_TRUE(test, list_empty(&dmar.atsrs));
	drhd = list_first_entry(&dmar.drhds, struct vtd_drhd, node);
	KUNIT_EXPECT_EQ(test, drhd->reg_base, UNIT_BASE);
	KUNIT_EXPECT_EQ(test, drhd->reg_size_lg2, 12);
	KUNIT_EXPECT_FALSE(test, drhd->include_all);
	KUNIT_EXPECT_EQ(test, drhd->scopes.segment, 0);
	KUNIT_ASSERT_EQ(test, drhd->scopes.nr, 4);
	expect_scope(test, &drhd->scopes.scope[0], 3, 0xff, 0, 0);
	expect_scope(test, &drhd->scopes.scope[1], 1, 0, 1, 0);
	expect_scope(test, &drhd->scopes.scope[2], 1, 0, 31, 2);
	expect_scope(test, &drhd->scopes.scope[3], 2, 0, 28, 0);
	vtd_dmar_free(&dmar);
	vtd_dmar_free(&dmar);
}

static void whole_table(struct kunit *test)
{
	struct builder *b = new_builder(test);
	const struct vtd_drhd *drhd;
	const struct vtd_rmrr *rmrr;
	const struct vtd_atsr *atsr;
	struct vtd_dmar dmar;

	build_good(b);
	KUNIT_ASSERT_EQ(test, parse_exact(test, b->bytes, b->len, &dmar), 0);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&dmar.drhds), 2);
	drhd = list_first_entry(&dmar.drhds, struct vtd_drhd, node);
	KUNIT_EXPECT_TRUE(test, drhd->include_all);
	KUNIT_EXPECT_EQ(test, drhd->reg_size_lg2, 14);
	KUNIT_EXPECT_EQ(test, drhd->scopes.scope[0].enum_id, 1);

	KUNIT_ASSERT_EQ(test, list_count_nodes(&dmar.rmrrs), 1);
	rmrr = list_first_entry(&dmar.rmrrs, struct vtd_rmrr, node);
	KUNIT_EXPECT_EQ(test, rmrr->first, RMRR_FIRST);
	KUNIT_EXPECT_EQ(test, rmrr->last, RMRR_LAST);
	KUNIT_ASSERT_EQ(test, rmrr->scopes.nr, 1);
	KUNIT_ASSERT_EQ(test, rmrr->scopes.scope[0].nr_path, 2);
	KUNIT_EXPECT_EQ(test, rmrr->scopes.scope[0].path[1].function, 3);

	KUNIT_ASSERT_EQ(test, list_count_nodes(&dmar.atsrs), 2);
	atsr = list_first_entry(&dmar.atsrs, struct vtd_atsr, node);
	KUNIT_EXPECT_FALSE(test, atsr->all_ports);
	KUNIT_EXPECT_EQ(test, atsr->scopes.nr, 1);
	atsr = list_last_entry(&dmar.atsrs, struct vtd_atsr, node);
	KUNIT_EXPECT_TRUE(test, atsr->all_ports);
	KUNIT_EXPECT_EQ(test, atsr->scopes.segment, 1);
	vtd_dmar_free(&dmar);
}

/* Cut off anywhere: the table's own length gives it away. */
static void every_prefix(struct kunit *test)
{
	struct builder *b = new_builder(test);
	struct vtd_dmar dmar;
	u32 len;

	build_good(b);
	for (len = 0; len < b->len; len++) {
		KUNIT_EXPECT_EQ(test, parse_exact(test, b->bytes, len, &dmar),
				-EINVAL);
		KUNIT_EXPECT_NOT_NULL(test, dmar.reason);
	}
	/* Bytes behind the table are not looked at. */
	memset(b->bytes + b->len, 0xff, 64);
	KUNIT_ASSERT_EQ(test, parse_exact(test, b->bytes, b->len + 64, &dmar),
			0);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&dmar.atsrs), 2);
	vtd_dmar_free(&dmar);
}

/* Cut off anywhere by firmware that got its own length wrong. */
static void every_prefix_in_disguise(struct kunit *test)
{
	struct builder *b = new_builder(test);
	u32 len, whole;

	build_good(b);
	whole = b->len;
	for (len = sizeof(struct acpi_table_dmar); len < whole; len++) {
		header(b)->header.length = len;
		expect_verdict(test, b->bytes, len);
	}
}

static void random_mutations(struct kunit *test)
{
	struct builder *good = new_builder(test);
	struct builder *b = new_builder(test);
	unsigned int nr_mutations = 0;
	struct rnd_state rnd;
	unsigned int nr;

	prandom_seed_state(&rnd, 20241122);
	build_good(good);
	while (nr_mutations < 10000 && test->status == KUNIT_SUCCESS) {
		*b = *good;
		nr = 1 + prandom_u32_state(&rnd) % 4;
		nr_mutations += nr;
		while (nr--)
			b->bytes[prandom_u32_state(&rnd) % b->len] =
				prandom_u32_state(&rnd);
		expect_verdict(test, b->bytes, b->len);
	}
}

static void empty(struct builder *b)
{
	b->len = 0;
}

static void short_header(struct builder *b)
{
	b->len = sizeof(struct acpi_table_dmar) - 1;
}

static void wrong_signature(struct builder *b)
{
	finish(b);
	b->bytes[3] = 'X';
}

static void length_zero(struct builder *b)
{
	header(b)->header.length = 0;
	b->bad = offsetof(struct acpi_table_header, length);
}

static void length_beyond(struct builder *b)
{
	header(b)->header.length = U32_MAX;
	b->bad = offsetof(struct acpi_table_header, length);
}

static void wide_host(struct builder *b)
{
	finish(b);
	header(b)->width = 64;
	b->bad = offsetof(struct acpi_table_dmar, width);
}

static void part_cut(struct builder *b)
{
	b->bad = b->len;
	append(b, 3);
	finish(b);
}

static void part_length_zero(struct builder *b)
{
	add_qemu_unit(b);
	part_header(b)->length = 0;
	b->bad = b->part;
	finish(b);
}

static void part_beyond(struct builder *b)
{
	add_qemu_unit(b);
	part_header(b)->length++;
	b->bad = b->part;
	finish(b);
}

static void part_short(struct builder *b)
{
	begin_part(b, ACPI_DMAR_TYPE_RESERVED_MEMORY,
		   sizeof(struct acpi_dmar_reserved_memory) - 1);
	b->bad = b->part;
	finish(b);
}

static void scope_cut(struct builder *b)
{
	add_qemu_unit(b);
	b->bad = b->len;
	append(b, 5);
	part_header(b)->length += 5;
	finish(b);
}

static void scope_length_five(struct builder *b)
{
	add_qemu_unit(b);
	last_scope(b)->length = 5;
	b->bad = b->scope;
	finish(b);
}

static void scope_odd_path(struct builder *b)
{
	add_qemu_unit(b);
	append(b, 1);
	last_scope(b)->length++;
	part_header(b)->length++;
	b->bad = b->scope;
	finish(b);
}

static void scope_beyond(struct builder *b)
{
	add_qemu_unit(b);
	last_scope(b)->length += 2;
	b->bad = b->scope;
	/* There are bytes behind the scope, but of another structure. */
	begin_atsr(b, ACPI_DMAR_ALL_PORTS, 0);
	finish(b);
}

static void no_base(struct builder *b)
{
	begin_drhd(b, 0, 0, 0);
	b->bad = b->part;
	finish(b);
}

static void odd_base(struct builder *b)
{
	begin_drhd(b, UNIT_BASE + 0x800, 0, 0);
	b->bad = b->part;
	finish(b);
}

static void base_wraps(struct builder *b)
{
	begin_drhd(b, 0xfffffffffffff000ULL, 0, 0)->size = 1;
	b->bad = b->part;
	finish(b);
}

static void same_base(struct builder *b)
{
	add_qemu_unit(b);
	begin_drhd(b, UNIT_BASE, ACPI_DMAR_INCLUDE_ALL, 0);
	b->bad = b->part;
	finish(b);
}

static void rmrr_backwards(struct builder *b)
{
	begin_rmrr(b, RMRR_FIRST, RMRR_FIRST - 1);
	b->bad = b->part;
	finish(b);
}

static void rmrr_odd_first(struct builder *b)
{
	begin_rmrr(b, RMRR_FIRST + 1, RMRR_LAST);
	b->bad = b->part;
	finish(b);
}

static void rmrr_odd_last(struct builder *b)
{
	begin_rmrr(b, RMRR_FIRST, RMRR_LAST - 1);
	b->bad = b->part;
	finish(b);
}

static const struct hostile {
	const char *name;
	const char *reason;
	void (*build)(struct builder *b);
} hostiles[] = {
	{ "no byte", "table is empty", empty },
	{ "short header", "shorter than its header", short_header },
	{ "wrong signature", "not a DMAR table", wrong_signature },
	{ "length 0", "length is too small", length_zero },
	{ "length beyond", "table is cut off", length_beyond },
	{ "host width 65", "host address width", wide_host },
	{ "structure cut", "structure is cut off", part_cut },
	{ "structure length 0", "structure is too short", part_length_zero },
	{ "structure beyond", "reaches beyond the table", part_beyond },
	{ "structure short", "too short for its type", part_short },
	{ "scope cut", "scope is cut off", scope_cut },
	{ "scope length 5", "scope is too short", scope_length_five },
	{ "scope odd path", "half a path entry", scope_odd_path },
	{ "scope beyond", "reaches beyond its structure", scope_beyond },
	{ "base 0", "no register address", no_base },
	{ "base odd", "not page aligned", odd_base },
	{ "base wraps", "beyond 64 bits", base_wraps },
	{ "base twice", "one register address", same_base },
	{ "RMRR backwards", "ends before it begins", rmrr_backwards },
	{ "RMRR odd first", "not page aligned", rmrr_odd_first },
	{ "RMRR odd last", "not page aligned", rmrr_odd_last },
};

KUNIT_ARRAY_PARAM_DESC(hostile, hostiles, name);

static void hostile_table(struct kunit *test)
{
	const struct hostile *hostile = test->param_value;
	struct builder *b = new_builder(test);
	struct vtd_dmar dmar;

	begin_table(b);
	hostile->build(b);
	KUNIT_ASSERT_EQ(test, parse_exact(test, b->bytes, b->len, &dmar),
			-EINVAL);
	KUNIT_ASSERT_NOT_NULL(test, dmar.reason);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(dmar.reason, hostile->reason),
			      "reason is \"%s\"", dmar.reason);
	KUNIT_EXPECT_EQ(test, dmar.offset, b->bad);
}

static struct kunit_case vtd_dmar_cases[] = {
	KUNIT_CASE(qemu_table),
	KUNIT_CASE(whole_table),
	KUNIT_CASE(every_prefix),
	KUNIT_CASE(every_prefix_in_disguise),
	KUNIT_CASE_SLOW(random_mutations),
	KUNIT_CASE_PARAM(hostile_table, hostile_gen_params),
	{}
};

static struct kunit_suite vtd_dmar_suite = {
	.name = "vtd-dmar",
	.test_cases = vtd_dmar_cases,
};

kunit_test_suite(vtd_dmar_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests of the DMAR parser");
MODULE_LICENSE("GPL");
