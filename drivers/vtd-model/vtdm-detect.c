// SPDX-License-Identifier: GPL-2.0-only
/*
 * The detector of stale translations.
 */
#include <linux/kernel.h>

#include "vtdm-walk.h"

/**
 * DOC: stale-translation detector
 *
 * A driver tells what it has promised to somebody: DMA of a device and PASID
 * to a range does not arrive any more (vtdm_reported_gone()), uses nothing that
 * was read before (vtdm_reported_changed()), may arrive (vtdm_mapped()), or marks
 * what it writes (vtdm_reported_clean()). From then on an entry of any cache that
 * says otherwise must not be there. Four finds:
 *
 * STALE: a report dooms cached entries. A DMA that is served through a doomed
 * entry, or one that was filled through a doomed entry, and that a walk through
 * memory would not lead to the same address, is a defect. So is one that a doomed
 * context or PASID cache entry leads to a fault, where memory leads to a page.
 *
 * NOT_PRESENT: with CAP.CM, the same for a "not present" that blocks a DMA for
 * which a walk through memory finds a page.
 *
 * FREED: an entry has the address of a table that is free memory, when the
 * entry is used or invalidated. Only tables that were in use when they were
 * read count, so that pointers to nowhere do not.
 *
 * UNMARKED: a report of clean pages dooms what is cached as dirty and is not so
 * in memory. A DMA that writes through it is a defect, if D is still clear then.
 *
 * A finding must be right, so an entry is doomed only if all of this holds at
 * the report:
 *
 * - It was filled by the device and PASID that the report is about. Others may
 *   share it by its domain id, but what they were promised is told in their
 *   own reports. So one of several users leaving does not doom what the rest
 *   still needs.
 * - A walk through memory for that device and PASID does not agree with it. An
 *   entry filled after the flush, from tables that somebody has filled again,
 *   agrees.
 * - It is about an address of the range. Context and PASID entries are not
 *   about addresses: only a report of all of them counts.
 *
 * Every entry that is left was filled after the last invalidation that covers
 * it. If the driver has cleared the tables, then flushed, then reported, such
 * an entry cannot have been filled from what was cleared: so a doomed entry is
 * one that no invalidation has covered. The driver has to report before
 * somebody else can fill and clear the same range again.
 *
 * Tables of a process change without the driver, which only hears of it, flushes
 * and reports. There an entry that does not agree need not be one that was left:
 * it can have been filled after the flush and have changed once more, with the
 * next flush on its way. So fills are numbered, the driver says when it begins to
 * flush (vtdm_changing()), and a report of changes is about entries with numbers
 * up to that. A translation of a device has the number of that of the IOTLB which
 * it was taken from. While several flushes are under way, the number is that of
 * the first: some entries are let off then, and none is blamed wrongly.
 *
 * Tables change while they are read. A walk of the detector that sees a
 * passing state can doom an entry that is right; that is no finding yet: a
 * second walk, at the DMA, must differ too, and the next flush takes the entry
 * anyway. So a change under way, with its flush not sent yet, is reported only
 * for an entry that an earlier flush should have taken.
 *
 * While translation is off nothing is found: software may free all tables then
 * and flush when it switches it on again.
 *
 * The walks of the detector touch no cache, no A or D bit, no fault record and
 * no count. Switched off, it costs one comparison a DMA.
 *
 * A report comes with interrupts off. It looks at what the device has filled with
 * that PASID and at nothing else, and walks for what of that is in the range: so
 * one report costs no more than the caches have entries, and reports of a range
 * for all PASIDs of a domain together cost no more than that, either.
 */

static bool vtdm_detecting(const struct vtdm *unit)
{
	return unit->detector != VTDM_DETECTOR_OFF && vtdm_translating(unit);
}

static void vtdm_defect(struct vtdm *unit, struct vtdm_defect *defect,
			const struct vtdm_doom *doom)
{
	defect->cache = doom->cache;
	defect->did = doom->did;
	defect->who = doom->who;
	vtdm_missing_text(doom, defect->source_id, defect->missing, sizeof(defect->missing));
	unit->stats.defects[defect->kind]++;
	unit->ops->defect(unit->host, defect);
}

/* What memory says; *phys is ~0 when there is a fault. */
static void vtdm_fresh(struct vtdm_walk *fresh, u64 *phys)
{
	fresh->mode = VTDM_WALK_FRESH;
	*phys = vtdm_walk(fresh) ? fresh->page.phys : ~0ULL;
}

/* Can an entry be the reason of what became of the request? */
static bool vtdm_decided_by_entry(const struct vtdm_walk *walk)
{
	/* Tables behind a wrong one can say anything, also "not present". */
	return !walk->reason || walk->not_present || walk->doom.cache <= VTDM_CACHE_PASID;
}

/* Does a write that needs no D lead where D is clear? */
static bool vtdm_is_unmarked(u8 cached, const struct vtdm_walk *fresh)
{
	return fresh->request->write && cached & VTDM_DIRTY &&
	       !(fresh->page.rights & VTDM_DIRTY);
}

/**
 * vtdm_detect_dma() - look at a request that was answered
 * @walk: the request, after vtdm_walk()
 */
void vtdm_detect_dma(struct vtdm_walk *walk)
{
	struct vtdm_walk fresh = {
		.unit = walk->unit,
		.request = walk->request,
		.source_id = walk->source_id,
		.address_type = walk->address_type,
	};
	struct vtdm_defect defect = {
		.kind = walk->reason && walk->not_present ? VTDM_DEFECT_NOT_PRESENT :
							    VTDM_DEFECT_STALE,
		.source_id = walk->source_id,
		.pasid = walk->request->pasid,
		.addr = walk->request->addr & VTDM_PAGE_MASK,
		.stale = walk->reason ? ~0ULL : walk->page.phys & VTDM_PAGE_MASK,
	};
	u64 phys;

	if (!walk->doom.who || !vtdm_detecting(walk->unit) || !vtdm_decided_by_entry(walk))
		return;
	vtdm_fresh(&fresh, &phys);
	defect.fresh = phys == ~0ULL ? phys : phys & VTDM_PAGE_MASK;
	if (defect.fresh == defect.stale) {
		if (!vtdm_is_unmarked(walk->page.rights, &fresh))
			return;
		defect.kind = VTDM_DEFECT_UNMARKED;
	}
	vtdm_defect(walk->unit, &defect, &walk->doom);
}

/**
 * vtdm_detect_device() - look at a request that a device TLB has translated
 * @ep: the device
 * @entry: of its TLB
 * @request: what the device wants
 * @phys: where the entry leads
 */
void vtdm_detect_device(struct vtdm_endpoint *ep, struct vtdm_entry *entry,
			const struct vtdm_request *request, u64 phys)
{
	struct vtdm_walk walk = {
		.unit = ep->unit,
		.request = request,
		.source_id = ep->config.source_id,
		.address_type = 1,
		.page = { .phys = phys, .rights = entry->rights },
		.doom = entry->doom,
	};

	vtdm_detect_dma(&walk);
}

/**
 * vtdm_detect_freed() - look at the tables that an entry names
 * @unit: the unit
 * @store: the cache
 * @entry: used, or about to be dropped
 */
void vtdm_detect_freed(struct vtdm *unit, struct vtdm_store *store, struct vtdm_entry *entry)
{
	struct vtdm_doom doom = {
		.who = entry->doom.who,
		.cache = store->which,
		.key = entry->key,
		.did = entry->did,
	};
	struct vtdm_defect defect = {
		.kind = VTDM_DEFECT_FREED,
		.source_id = entry->source_id,
		.pasid = entry->pasid,
		.addr = entry->key.addr,
		.fresh = ~0ULL,
	};
	unsigned int i;

	if (entry->told || !vtdm_detecting(unit))
		return;
	for (i = 0; i < VTDM_ENTRY_TABLES; i++) {
		if (entry->table[i] == VTDM_NO_TABLE ||
		    unit->ops->in_use(unit->host, entry->table[i]))
			continue;
		entry->told = true;
		defect.stale = entry->table[i];
		vtdm_defect(unit, &defect, &doom);
		return;
	}
}

/**
 * struct vtdm_report - what a driver tells
 * @unit: to this unit
 * @source_id: of the device
 * @pasid: 0 for DMA without PASID
 * @first: first address
 * @last: last address
 * @who: words
 * @before: of entries with numbers up to this
 */
struct vtdm_report {
	struct vtdm *unit;
	u16 source_id;
	u32 pasid;
	u64 first;
	u64 last;
	const char *who;
	u64 before;
};

static struct vtdm_report vtdm_report_of(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
					 u64 last, const char *who)
{
	return (struct vtdm_report){
		.unit = unit,
		.source_id = source_id,
		.pasid = pasid,
		.first = first,
		.last = last,
		.who = who ? who : "somebody",
		.before = ~0ULL,
	};
}

/* A walk through memory for an address that report and entry share. */
static u64 vtdm_report_walk(const struct vtdm_report *report, const struct vtdm_entry *entry,
			    struct vtdm_request *request, struct vtdm_walk *fresh)
{
	u64 phys;

	request->addr = max(entry->key.addr, report->first);
	request->pasid = report->pasid ? report->pasid : VTDM_NO_PASID;
	*fresh = (struct vtdm_walk){
		.unit = report->unit,
		.request = request,
		.source_id = report->source_id,
	};
	vtdm_fresh(fresh, &phys);
	return phys;
}

static bool vtdm_page_is_stale(const struct vtdm_report *report,
			       const struct vtdm_entry *entry)
{
	struct vtdm_request request = {
		.write = !(entry->rights & VTDM_MAY_READ),
		.priv = !(entry->rights & VTDM_MAY_USER),
	};
	struct vtdm_walk fresh;
	u64 phys = vtdm_report_walk(report, entry, &request, &fresh);

	return phys != entry->word[0] + (request.addr - entry->key.addr);
}

/* To the same page, but dirty in the cache and clean in memory */
static bool vtdm_page_is_unmarked(const struct vtdm_report *report,
				  const struct vtdm_entry *entry)
{
	struct vtdm_request request = {
		.write = true,
		.priv = !(entry->rights & VTDM_MAY_USER),
	};
	struct vtdm_walk fresh;
	u64 phys = vtdm_report_walk(report, entry, &request, &fresh);

	return phys == entry->word[0] + (request.addr - entry->key.addr) &&
	       vtdm_is_unmarked(entry->rights, &fresh);
}

/* To another page, or less is allowed there, or a mark is gone that it counts on */
static bool vtdm_page_has_changed(const struct vtdm_report *report,
				  const struct vtdm_entry *entry)
{
	/* That it lacks the right of users is seen by the walk. */
	u8 rights = entry->rights & ~VTDM_MAY_USER;
	struct vtdm_request request = {
		.write = !(entry->rights & VTDM_MAY_READ),
		.priv = !(entry->rights & VTDM_MAY_USER),
	};
	struct vtdm_walk fresh;
	u64 phys = vtdm_report_walk(report, entry, &request, &fresh);

	return phys != entry->word[0] + (request.addr - entry->key.addr) ||
	       rights & ~fresh.page.rights;
}

static bool vtdm_way_is_stale(const struct vtdm_report *report, const struct vtdm_entry *entry)
{
	unsigned int level = (entry->key.lg2 - VTDM_PAGE_LG2) / VTDM_LEVEL_LG2 + 1;
	bool second = entry->key.type == VTDM_PGTT_SECOND;
	struct vtdm_request request = { };
	struct vtdm_walk fresh;

	/* Under a nested one the addresses are not those of reports. */
	if (second && entry->word[2] == VTDM_PGTT_NESTED)
		return false;
	vtdm_report_walk(report, entry, &request, &fresh);
	return fresh.tables[second ? VTDM_STAGE_SECOND : VTDM_STAGE_FIRST][level] !=
	       entry->word[0];
}

/* The walk may go another way than the entry: what is there of its PASIDs? */
static bool vtdm_directory_is_stale(const struct vtdm_report *report,
				    const struct vtdm_entry *entry,
				    struct vtdm_walk *fresh)
{
	u64 phys = (fresh->context[0] & VTDM_TABLE_ADDR) +
		   (entry->key.pasid >> VTDM_PASID_LOW_LG2) * sizeof(u64);
	u64 word;

	return !(fresh->context[0] & VTDM_CONTEXT_P) ||
	       !vtdm_walk_load(fresh, phys, &word) || word != entry->word[0];
}

static bool vtdm_pasid_is_stale(const struct vtdm_report *report,
				const struct vtdm_entry *entry)
{
	struct vtdm_request request = { };
	struct vtdm_walk fresh;

	vtdm_report_walk(report, entry, &request, &fresh);
	if (vtdm_entry_is_directory(entry))
		return vtdm_directory_is_stale(report, entry, &fresh);
	return (fresh.entry[0] ^ entry->word[0]) & ~VTDM_PASID_FPD ||
	       fresh.entry[1] != entry->word[1] || fresh.entry[2] != entry->word[2];
}

static bool vtdm_context_is_stale(const struct vtdm_report *report,
				  const struct vtdm_entry *entry)
{
	struct vtdm_request request = { };
	struct vtdm_walk fresh;

	vtdm_report_walk(report, entry, &request, &fresh);
	return fresh.context[0] != entry->word[0] || fresh.context[1] != entry->word[1];
}

/* Is what the entry says is not present there now? */
static bool vtdm_is_mapped(const struct vtdm_report *report, const struct vtdm_store *store,
			   const struct vtdm_entry *entry)
{
	struct vtdm_request request = { };
	struct vtdm_walk fresh;

	if (vtdm_report_walk(report, entry, &request, &fresh) != ~0ULL)
		return true;
	/* The type is known as soon as there is a PASID table entry */
	if (store->which <= VTDM_CACHE_PASID)
		return fresh.type;
	request.write = true;
	return vtdm_report_walk(report, entry, &request, &fresh) != ~0ULL;
}

static void vtdm_doom_entry(const struct vtdm_report *report, struct vtdm_store *store,
			    struct vtdm_entry *entry)
{
	entry->doom = (struct vtdm_doom){
		.who = report->who,
		.cache = store->which,
		.key = entry->key,
		.did = entry->did,
	};
}

/* Is the report about this entry, as far as the entry alone tells? */
static bool vtdm_report_fits(const struct vtdm_report *report, const struct vtdm_store *store,
			     const struct vtdm_entry *entry)
{
	return !entry->doom.who && entry->number <= report->before &&
	       (store->which <= VTDM_CACHE_PASID ||
		vtdm_entry_overlaps(entry, report->first, report->last));
}

/* The first entry of those that the report can be about */
static struct vtdm_entry *vtdm_report_first(const struct vtdm_report *report,
					    const struct vtdm_store *store)
{
	/* A context entry serves all PASIDs, whichever brought it in. */
	bool any = store->which == VTDM_CACHE_CONTEXT;

	return vtdm_store_filled(store, report->source_id, any ? 0 : report->pasid);
}

typedef bool (*vtdm_is_stale)(const struct vtdm_report *report, const struct vtdm_entry *entry);

static void vtdm_gone(const struct vtdm_report *report, struct vtdm_store *store,
		      struct vtdm_entry *entry, vtdm_is_stale is_stale)
{
	if (entry->reason || !vtdm_report_fits(report, store, entry) ||
	    !is_stale(report, entry))
		return;
	vtdm_doom_entry(report, store, entry);
	report->unit->stats.would_be_stale++;
}

static void vtdm_gone_in(const struct vtdm_report *report, struct vtdm_store *store,
			 vtdm_is_stale is_stale)
{
	struct vtdm_entry *entry;

	for (entry = vtdm_report_first(report, store); entry;
	     entry = vtdm_store_filled_next(entry))
		vtdm_gone(report, store, entry, is_stale);
}

/* What the unit and the device keep of pages */
static void vtdm_gone_pages(const struct vtdm_report *report, vtdm_is_stale is_stale)
{
	struct vtdm_endpoint *ep = vtdm_endpoint_find(report->unit, report->source_id);

	vtdm_gone_in(report, &report->unit->caches.store[VTDM_CACHE_IOTLB], is_stale);
	if (ep)
		vtdm_gone_in(report, &ep->tlb.store, is_stale);
}

/* Of a PASID that goes, the directory entry that leads there, if another is there. */
static void vtdm_gone_directory(const struct vtdm_report *report, struct vtdm_store *store)
{
	struct vtdm_key key = vtdm_directory_key(report->source_id, report->pasid);
	struct vtdm_entry *entry = vtdm_store_peek(store, &key);

	if (entry)
		vtdm_gone(report, store, entry, vtdm_pasid_is_stale);
}

/**
 * vtdm_reported_gone() - a driver has promised that DMA does not arrive
 * @unit: the unit
 * @source_id: of the device
 * @pasid: PASID, 0: DMA without PASID
 * @first: first address
 * @last: last address
 * @who: what promised it, words that stay
 *
 * Looks once at each entry that the device has filled with that PASID, at most
 * as many as the unit's caches and the device's TLB have.
 */
void vtdm_reported_gone(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			u64 last, const char *who)
{
	struct vtdm_report report = vtdm_report_of(unit, source_id, pasid, first, last, who);
	struct vtdm_store *store = unit->caches.store;

	if (!vtdm_detecting(unit))
		return;
	vtdm_gone_pages(&report, vtdm_page_is_stale);
	vtdm_gone_in(&report, &store[VTDM_CACHE_PAGING], vtdm_way_is_stale);
	if (first || last != ~0ULL)
		return;
	vtdm_gone_in(&report, &store[VTDM_CACHE_PASID], vtdm_pasid_is_stale);
	/* A PASID that goes leaves the context entry as it is */
	if (pasid)
		vtdm_gone_directory(&report, &store[VTDM_CACHE_PASID]);
	else
		vtdm_gone_in(&report, &store[VTDM_CACHE_CONTEXT], vtdm_context_is_stale);
}

/**
 * vtdm_reported_clean() - a driver has promised that writes are marked
 * @unit: the unit
 * @source_id: of the device
 * @pasid: PASID, 0: DMA without PASID
 * @first: first address
 * @last: last address
 * @who: what promised it, words that stay
 *
 * Pages of the range that are not dirty in memory become so if they are written.
 */
void vtdm_reported_clean(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			 u64 last, const char *who)
{
	struct vtdm_report report = vtdm_report_of(unit, source_id, pasid, first, last, who);

	if (vtdm_detecting(unit))
		vtdm_gone_pages(&report, vtdm_page_is_unmarked);
}

/**
 * vtdm_changing() - a driver begins to flush what somebody has changed, or is done
 * @unit: the unit
 * @begin: it begins; else it has flushed and reported
 *
 * What is filled from now on is not what it has to flush. Every begin has its end;
 * several may be under way.
 */
void vtdm_changing(struct vtdm *unit, bool begin)
{
	if (begin && !unit->changing++)
		unit->changing_since = unit->filled;
	else if (!begin && unit->changing)
		unit->changing--;
}

/**
 * vtdm_reported_changed() - a driver has promised that nothing old is used
 * @unit: the unit
 * @source_id: of the device
 * @pasid: PASID
 * @first: first address
 * @last: last address
 * @who: what promised it, words that stay
 *
 * Somebody else has changed the tables of that range, or frees them soon. An
 * entry that was there when vtdm_changing() began, or now if it did not, should
 * have gone. The fresh walks are over before the caller lets tables be freed.
 *
 * Costs what vtdm_reported_gone() does.
 */
void vtdm_reported_changed(struct vtdm *unit, u16 source_id, u32 pasid, u64 first,
			   u64 last, const char *who)
{
	struct vtdm_report report = vtdm_report_of(unit, source_id, pasid, first, last, who);

	if (!vtdm_detecting(unit))
		return;
	if (unit->changing)
		report.before = unit->changing_since;
	vtdm_gone_pages(&report, vtdm_page_has_changed);
	vtdm_gone_in(&report, &unit->caches.store[VTDM_CACHE_PAGING], vtdm_way_is_stale);
}

/**
 * vtdm_mapped() - a driver has promised that DMA may arrive
 * @unit: the unit
 * @source_id: of the device
 * @pasid: PASID, 0: DMA without PASID
 * @first: first address
 * @last: last address
 *
 * Costs what vtdm_reported_gone() does.
 */
void vtdm_mapped(struct vtdm *unit, u16 source_id, u32 pasid, u64 first, u64 last)
{
	struct vtdm_report report = vtdm_report_of(unit, source_id, pasid, first, last, "mapped");
	struct vtdm_entry *entry;
	struct vtdm_store *store;
	unsigned int which;

	if (!vtdm_detecting(unit) || !vtdm_cap(unit, VTDM_CAP_CM))
		return;
	for (which = 0; which < VTDM_CACHE_DEVICE; which++) {
		store = &unit->caches.store[which];
		for (entry = vtdm_report_first(&report, store); entry;
		     entry = vtdm_store_filled_next(entry))
			if (entry->reason && vtdm_report_fits(&report, store, entry) &&
			    vtdm_is_mapped(&report, store, entry))
				vtdm_doom_entry(&report, store, entry);
	}
}

/**
 * vtdm_detector_set() - switch the detector
 * @unit: the unit
 * @detector: off, on
 */
void vtdm_detector_set(struct vtdm *unit, enum vtdm_detector detector)
{
	unit->detector = detector;
}
