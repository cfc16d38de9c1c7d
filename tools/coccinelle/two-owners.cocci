// SPDX-License-Identifier: GPL-2.0-only
/// After device_initialize() or device_register() only put_device() frees the
/// object, through the release callback: a kfree() is a second owner of cleanup.
// Confidence: High
// Options: --no-includes --include-headers

virtual report

@r exists@
expression x;
identifier member;
position pos;
@@

 \(device_initialize\|device_register\)(&x->member)
 ...
 kfree@pos(x);

@script:python depends on report@
pos << r.pos;
x << r.x;
member << r.member;
@@

coccilib.report.print_report(pos[0], "ERROR: %s goes by put_device(&%s->%s)" % (x, x, member))
