// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of a real (or QEMU's) unit: memory-mapped.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/slab.h>

#include "vtd.h"

/**
 * DOC: MMIO port
 *
 * Claims a unit's registers by name and maps them. Stock Linux keeps its claim
 * for as long as it uses the unit, be it for interrupt remapping only: a
 * failing claim means "in use" (-EBUSY).
 *
 * The fault and IOTLB registers may lie beyond the size that firmware states,
 * so the capability registers are read through a first mapping of one page,
 * and the claim is made for what they say.
 *
 * 32-bit registers are never accessed with 64 bits: units may treat that as an
 * error.
 */

/**
 * struct vtd_port_mmio - a mapped unit
 * @port: what the driver sees
 * @base: the mapping
 * @res: the claim
 * @irq: the fault event
 */
struct vtd_port_mmio {
	struct vtd_port port;
	void __iomem *base;
	struct resource *res;
	struct vtd_irq irq;
};

static struct vtd_port_mmio *to_mmio(struct vtd_port *port)
{
	return container_of(port, struct vtd_port_mmio, port);
}

static u32 vtd_mmio_read32(struct vtd_port *port, u32 reg)
{
	return readl(to_mmio(port)->base + reg);
}

static u64 vtd_mmio_read64(struct vtd_port *port, u32 reg)
{
	return readq(to_mmio(port)->base + reg);
}

static void vtd_mmio_write32(struct vtd_port *port, u32 reg, u32 value)
{
	writel(value, to_mmio(port)->base + reg);
}

static void vtd_mmio_write64(struct vtd_port *port, u32 reg, u64 value)
{
	writeq(value, to_mmio(port)->base + reg);
}

/* Page requests of PCI devices cannot be switched on by a module. */
static int vtd_mmio_irq_request(struct vtd_port *port, enum vtd_event event,
				const char *name, irq_handler_t handler,
				void *data)
{
	if (event != VTD_EVENT_FAULT)
		return -EOPNOTSUPP;
	return vtd_irq_request(&to_mmio(port)->irq, port, name, handler, data);
}

static void vtd_mmio_irq_program(struct vtd_port *port, enum vtd_event event)
{
	vtd_irq_program(&to_mmio(port)->irq);
}

static void vtd_mmio_irq_free(struct vtd_port *port, enum vtd_event event)
{
	vtd_irq_free(&to_mmio(port)->irq);
}

static void vtd_mmio_destroy(struct vtd_port *port)
{
	struct vtd_port_mmio *mmio = to_mmio(port);

	iounmap(mmio->base);
	release_mem_region(mmio->res->start, resource_size(mmio->res));
	kfree(mmio);
}

static const struct vtd_port_ops vtd_port_mmio_ops = {
	.read32		= vtd_mmio_read32,
	.read64		= vtd_mmio_read64,
	.write32	= vtd_mmio_write32,
	.write64	= vtd_mmio_write64,
	.irq_request	= vtd_mmio_irq_request,
	.irq_program	= vtd_mmio_irq_program,
	.irq_free	= vtd_mmio_irq_free,
	.destroy	= vtd_mmio_destroy,
};

/* Bytes up to the end of the last register that CAP and ECAP speak of. */
static size_t vtd_mmio_extent(u64 cap, u64 ecap)
{
	size_t faults = (FIELD_GET(VTD_CAP_FRO, cap) +
			 FIELD_GET(VTD_CAP_NFR, cap) + 1) * VTD_REG_OFFSET_UNIT;
	size_t iotlb = (FIELD_GET(VTD_ECAP_IRO, ecap) + 1) *
		       VTD_REG_OFFSET_UNIT;

	return max(faults, iotlb);
}

/* How many bytes of registers to claim, 0 when they cannot be read at all. */
static size_t vtd_mmio_size(const struct vtd_drhd *drhd)
{
	size_t size = BIT(drhd->reg_size_lg2);
	void __iomem *base;
	u64 cap, ecap;

	base = ioremap(drhd->reg_base, BIT(VTD_PAGE_LG2));
	if (!base)
		return 0;
	cap = readq(base + VTD_REG_CAP);
	ecap = readq(base + VTD_REG_ECAP);
	iounmap(base);

	/* Reads of nothing: no unit, whatever the table says. */
	if (cap == U64_MAX || ecap == U64_MAX)
		return 0;
	return max(size, ALIGN(vtd_mmio_extent(cap, ecap), BIT(VTD_PAGE_LG2)));
}

/**
 * vtd_port_mmio_create() - claim and map the registers of a unit
 * @drhd: the unit in the DMAR table
 * @name: the owner's name in /proc/iomem; must outlive the port
 *
 * Context: may sleep.
 * Return: the port; ERR_PTR(-EBUSY) the registers are claimed already,
 * ERR_PTR(-ENODEV) there are none, ERR_PTR(-ENOMEM).
 */
struct vtd_port *vtd_port_mmio_create(const struct vtd_drhd *drhd,
				      const char *name)
{
	struct vtd_port_mmio *mmio;
	size_t size;
	int ret;

	mmio = kzalloc(sizeof(*mmio), GFP_KERNEL);
	if (!mmio)
		return ERR_PTR(-ENOMEM);
	mmio->port.ops = &vtd_port_mmio_ops;
	snprintf(mmio->port.where, sizeof(mmio->port.where), "0x%llx",
		 drhd->reg_base);

	ret = -ENODEV;
	size = vtd_mmio_size(drhd);
	if (!size)
		goto err_free;

	ret = -EBUSY;
	mmio->res = request_mem_region(drhd->reg_base, size, name);
	if (!mmio->res)
		goto err_free;

	ret = -ENOMEM;
	mmio->base = ioremap(drhd->reg_base, size);
	if (!mmio->base)
		goto err_release;
	return &mmio->port;

err_release:
	release_mem_region(mmio->res->start, resource_size(mmio->res));
err_free:
	kfree(mmio);
	return ERR_PTR(ret);
}
