// SPDX-License-Identifier: GPL-2.0-only
/// A bug of ours is reported once, WARN_ON_ONCE; what users cause is no WARN.
// Confidence: High
// Options: --no-includes --include-headers

virtual report

@r@
position pos;
@@

 \(WARN_ON@pos\|WARN@pos\|dev_WARN@pos\)(...)

@script:python depends on report@
pos << r.pos;
@@

coccilib.report.print_report(pos[0], "WARNING: use WARN_ON_ONCE, and only for a bug of ours")
