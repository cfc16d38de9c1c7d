// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the KUnit tests of the unit itself call. Its files know no Linux, so
 * they cannot say it themselves.
 */
#include <kunit/visibility.h>
#include <linux/export.h>

#include "vtdm-private.h"
#include "vtdm-desc.h"

EXPORT_SYMBOL_IF_KUNIT(vtdm_advance);
EXPORT_SYMBOL_IF_KUNIT(vtdm_cap_find);
EXPORT_SYMBOL_IF_KUNIT(vtdm_cap_set);
EXPORT_SYMBOL_IF_KUNIT(vtdm_caps);
EXPORT_SYMBOL_IF_KUNIT(vtdm_changing);
EXPORT_SYMBOL_IF_KUNIT(vtdm_config_default);
EXPORT_SYMBOL_IF_KUNIT(vtdm_config_refusal);
EXPORT_SYMBOL_IF_KUNIT(vtdm_create);
EXPORT_SYMBOL_IF_KUNIT(vtdm_desc_decode);
EXPORT_SYMBOL_IF_KUNIT(vtdm_destroy);
EXPORT_SYMBOL_IF_KUNIT(vtdm_detector_set);
EXPORT_SYMBOL_IF_KUNIT(vtdm_device_tlb_reset);
EXPORT_SYMBOL_IF_KUNIT(vtdm_dma);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_add);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_data);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_enable);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_enabled);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_find);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_make);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_plug);
EXPORT_SYMBOL_IF_KUNIT(vtdm_endpoint_remove);
EXPORT_SYMBOL_IF_KUNIT(vtdm_event_raise);
EXPORT_SYMBOL_IF_KUNIT(vtdm_fault_record);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_context_device);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_context_domain);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_context_global);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_device_tlb);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_iotlb_domain);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_iotlb_global);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_iotlb_page);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_device_tlb);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_domain);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_global);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_iotlb_page);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_iotlb_pasid);
EXPORT_SYMBOL_IF_KUNIT(vtdm_flush_pasid_selective);
EXPORT_SYMBOL_IF_KUNIT(vtdm_knobs);
EXPORT_SYMBOL_IF_KUNIT(vtdm_mapped);
EXPORT_SYMBOL_IF_KUNIT(vtdm_nr_caps);
EXPORT_SYMBOL_IF_KUNIT(vtdm_page_request);
EXPORT_SYMBOL_IF_KUNIT(vtdm_page_request_allowed);
EXPORT_SYMBOL_IF_KUNIT(vtdm_read);
EXPORT_SYMBOL_IF_KUNIT(vtdm_reason_text);
EXPORT_SYMBOL_IF_KUNIT(vtdm_reported_changed);
EXPORT_SYMBOL_IF_KUNIT(vtdm_reported_clean);
EXPORT_SYMBOL_IF_KUNIT(vtdm_reported_gone);
EXPORT_SYMBOL_IF_KUNIT(vtdm_reset);
EXPORT_SYMBOL_IF_KUNIT(vtdm_root);
EXPORT_SYMBOL_IF_KUNIT(vtdm_stats);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_add);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_clear);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_drop);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_filled);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_filled_next);
EXPORT_SYMBOL_IF_KUNIT(vtdm_store_find);
EXPORT_SYMBOL_IF_KUNIT(vtdm_translate);
EXPORT_SYMBOL_IF_KUNIT(vtdm_translating);
EXPORT_SYMBOL_IF_KUNIT(vtdm_write);
