// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault reasons in words.
 */
#include <linux/kernel.h>

#include "vtdm.h"

/**
 * DOC: fault reasons
 *
 * The codes of the specification's table of fault conditions (7.2.3) as far as
 * a unit without interrupt remapping has them.
 */

static const char * const reasons[] = {
	[0x01] = "root entry not present (LRT.2)",
	[0x02] = "context entry not present (LCT.2)",
	[0x03] = "context entry invalid (LCT.4)",
	[0x04] = "address beyond the guest address width (LGN.1)",
	[0x05] = "no write permission (LGN.2)",
	[0x06] = "no read permission (LGN.3)",
	[0x07] = "second-stage entry not accessible (LSL.1)",
	[0x08] = "root entry not accessible (LRT.1)",
	[0x09] = "context entry not accessible (LCT.1)",
	[0x0a] = "root entry with reserved bits (LRT.3)",
	[0x0b] = "context entry with reserved bits (LCT.3)",
	[0x0c] = "second-stage entry with reserved bits (LSL.2)",
	[0x0d] = "translation or translated request blocked by context entry (LCT.5)",
	[0x0e] = "output address in the interrupt range (LGN.4)",

	[0x30] = "root table address or translation mode invalid (RTA.1)",
	[0x31] = "request with PASID in legacy mode (RTA.2)",
	[0x32] = "translation request in abort mode (RTA.3)",
	[0x33] = "all requests aborted (RTA.4)",
	[0x38] = "root entry not accessible (SRT.1)",
	[0x39] = "root entry not present (SRT.2)",
	[0x3a] = "root entry with reserved bits (SRT.3)",

	[0x40] = "context entry not accessible (SCT.1)",
	[0x41] = "context entry not present (SCT.2)",
	[0x42] = "context entry with reserved bits (SCT.3)",
	[0x43] = "context entry invalid (SCT.4)",
	[0x44] = "translation or translated request while DTE is clear (SCT.5)",
	[0x45] = "request with PASID while PASIDE is clear (SCT.6)",
	[0x46] = "PASID beyond the PASID directory (SCT.7)",
	[0x47] = "page request while PRE is clear (SCT.8)",
	[0x48] = "RID_PASID beyond the PASID directory (SCT.9)",

	[0x50] = "PASID directory entry not accessible (SPD.1)",
	[0x51] = "PASID directory entry not present (SPD.2)",
	[0x52] = "PASID directory entry with reserved bits (SPD.3)",
	[0x58] = "PASID table entry not accessible (SPT.1)",
	[0x59] = "PASID table entry not present (SPT.2)",
	[0x5a] = "PASID table entry with reserved bits (SPT.3)",
	[0x5b] = "PASID table entry invalid (SPT.4)",
	[0x5c] = "execute request while ERE is clear (SPT.5)",
	[0x5d] = "supervisor request while SRE is clear (SPT.6)",

	[0x70] = "first-stage entry not accessible (SFS.1)",
	[0x71] = "first-stage entry not present (SFS.2)",
	[0x72] = "first-stage entry with reserved bits (SFS.3)",
	[0x73] = "first-stage root not accessible (SFS.4)",
	[0x74] = "first-stage table beyond the guest address width (SFS.5)",
	[0x75] = "first-stage root has no read permission in the second stage (SFS.6)",
	[0x76] = "first-stage table has no read permission in the second stage (SFS.7)",
	[0x77] = "first-stage table has no write permission in the second stage (SFS.8)",
	[0x78] = "second-stage entry not accessible (SSS.1)",
	[0x79] = "no permission in the second stage (SSS.2)",
	[0x7a] = "second-stage entry with reserved bits (SSS.3)",
	[0x7b] = "second-stage root not accessible (SSS.4)",
	[0x7c] = "second-stage accessed or dirty bit not updated (SSS.5)",

	[0x80] = "address not canonical (SGN.1)",
	[0x81] = "user request to a supervisor page (SGN.2)",
	[0x82] = "no execute permission (SGN.3)",
	[0x83] = "output beyond the host address width (SGN.4)",
	[0x84] = "address beyond the guest address width (SGN.5)",
	[0x85] = "no write permission (SGN.6)",
	[0x86] = "no read permission (SGN.7)",
	[0x87] = "output address in the interrupt range (SGN.8)",
	[0x90] = "first-stage accessed or dirty bit not updated (SFS.9)",
	[0x91] = "first-stage extended-accessed bit not updated (SFS.10)",
};

/**
 * vtdm_reason_text() - a fault reason in words
 * @reason: the code
 *
 * Origin: specification 7.2.3.
 *
 * Context: any.
 * Return: a static text.
 */
const char *vtdm_reason_text(u8 reason)
{
	if (reason < ARRAY_SIZE(reasons) && reasons[reason])
		return reasons[reason];
	return "reserved reason";
}
