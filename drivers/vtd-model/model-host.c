// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: the machine's memory as a software unit sees it
 *
 * A physical address comes from a table or from a pass-through DMA, so it can be
 * anything. Memory is what the buddy allocator's page array knows as online, and
 * of its reserved pages (the kernel's image, what was allocated at boot, but also
 * holes and firmware's tables) only what the firmware's map calls RAM. Device
 * memory is not: the unit behaves as if no peer answered.
 *
 * A page that passes can still be missing in the kernel's direct map or be
 * read-only there (kernel text, secret memory, freed pages under
 * DEBUG_PAGEALLOC). Every access has an exception table entry and then says "no
 * memory", as for an address that nobody decodes. Memory that is unplugged during
 * the access is not guarded against.
 *
 * The DMA itself is told to KASAN: a DMA into freed memory is a use after free
 * of whoever let the device do that. Walks are not: the detector judges freed
 * tables by itself.
 */
#include <kunit/visibility.h>
#include <linux/instrumented.h>
#include <linux/io.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/e820/api.h>

#include "model.h"

static struct page *vtd_model_page(u64 phys)
{
	struct page *page = pfn_to_online_page(PHYS_PFN(phys));
	u64 start = phys & PAGE_MASK;

	if (!page || PageOffline(page) || PageHWPoison(page))
		return NULL;
	if (PageReserved(page) &&
	    !e820__mapped_any(start, start + PAGE_SIZE, E820_TYPE_RAM))
		return NULL;
	return page;
}

/* Where the CPU has the memory, NULL when there is none */
static void *vtd_model_memory(u64 phys)
{
	struct page *page = vtd_model_page(phys);

	return page ? page_address(page) + offset_in_page(phys) : NULL;
}

static bool vtd_model_load64(void *host, u64 phys, u64 *value)
{
	u64 *from = vtd_model_memory(phys);

	/* One load: the driver changes entries by single 64-bit stores. */
	return from && !get_kernel_nofault(*value, from);
}

/*
 * The user access helper is the one that survives a fault; it needs no window
 * for user access to be open, because the address is the kernel's.
 */
static bool vtd_model_cmpxchg64(void *host, u64 phys, u64 old, u64 new,
				u64 *seen)
{
	u64 *at = vtd_model_memory(phys);

	if (!at)
		return false;
	*seen = old;
	pagefault_disable();
	/* A failed exchange leaves what was there in *seen. */
	unsafe_try_cmpxchg_user((u64 __force __user *)at, seen, new, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

static bool vtd_model_store32(void *host, u64 phys, u32 value)
{
	u32 *to = vtd_model_memory(phys);

	if (!to)
		return false;
	/*
	 * DMA and A/D updates that the status word vouches for come first. Pairs
	 * with the barrier after the driver's poll of its status word.
	 */
	smp_wmb();
	pagefault_disable();
	__put_kernel_nofault(to, &value, u32, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

/* The kernel's own copy_to_kernel_nofault() is not for modules. */
static bool vtd_model_copy_to(void *to, const void *from, size_t size)
{
	pagefault_disable();
	for (; size >= sizeof(u64); size -= sizeof(u64)) {
		__put_kernel_nofault(to, from, u64, fault);
		to += sizeof(u64);
		from += sizeof(u64);
	}
	for (; size; size--)
		__put_kernel_nofault(to++, from++, u8, fault);
	pagefault_enable();
	return true;
fault:
	pagefault_enable();
	return false;
}

static bool vtd_model_copy(void *host, u64 phys, void *buf, size_t size,
			   bool write)
{
	void *at = vtd_model_memory(phys);

	if (!at)
		return false;
	if (write) {
		instrument_write(at, size);
		return vtd_model_copy_to(at, buf, size);
	}
	instrument_read(at, size);
	return !copy_from_kernel_nofault(buf, at, size);
}

/*
 * A table is in use while somebody holds its page. Tables of more than one page
 * must be compound: the tails of other blocks have no count of their own.
 */
static bool vtd_model_in_use(void *host, u64 phys)
{
	struct page *page = vtd_model_page(phys);

	return page && (PageReserved(page) || page_count(page));
}

static void vtd_model_event(void *host, enum vtdm_event event, u64 addr,
			    u32 data)
{
	struct vtd_model_unit *unit = host;

	lockdep_assert_held(&unit->lock);
	__set_bit(event, &unit->raised);
}

static void vtd_model_response(void *host, struct vtdm_endpoint *ep, u32 pasid,
			       u32 group, u8 code)
{
	vtd_model_answer_locked(vtdm_endpoint_data(ep), pasid, group, code);
}

static void vtd_model_defect(void *host, const struct vtdm_defect *defect)
{
	vtd_model_defect_locked(host, defect);
}

/* Caches can be large; units and endpoints come and go where one may sleep. */
static void *vtd_model_alloc(void *host, size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static void vtd_model_free(void *host, void *mem)
{
	kvfree(mem);
}

const struct vtdm_host_ops vtd_model_host_ops = {
	.load64		= vtd_model_load64,
	.cmpxchg64	= vtd_model_cmpxchg64,
	.store32	= vtd_model_store32,
	.copy		= vtd_model_copy,
	.is_kernel	= vtd_model_is_kernel,
	.in_use		= vtd_model_in_use,
	.event		= vtd_model_event,
	.response	= vtd_model_response,
	.defect		= vtd_model_defect,
	.alloc		= vtd_model_alloc,
	.free		= vtd_model_free,
};
EXPORT_SYMBOL_IF_KUNIT(vtd_model_host_ops);
