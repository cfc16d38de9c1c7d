// SPDX-License-Identifier: GPL-2.0-only
/// An allocation fails after the error variable was found to be 0, and the
/// function goes to its labels without setting it: the caller sees success.
// Confidence: High
// Options: --no-includes --include-headers

virtual report

@failing exists@
identifier ret, label;
identifier alloc =~ "^(kv?[mzc]alloc(_array|_node)?|k(mem|str|vmem)dup|k(v)?asprintf|kmem_cache_z?alloc|alloc_pages?(_node)?|ioremap|alloc_(ordered_)?workqueue)$";
expression e, p;
statement s;
position pos;
@@

 ret = e;
 if (\(ret\|ret < 0\|unlikely(ret)\)) s
 ... when != ret = ...
     when != &ret
 p = alloc(...);
 if (\(!p\|p == NULL\|unlikely(!p)\)) {
 ... when != ret = ...
 goto label@pos;
 }

@silent exists@
identifier failing.ret, failing.label;
position failing.pos;
@@

 goto label@pos;
 ... when != ret = ...
 return ret;

@script:python depends on report && silent@
pos << failing.pos;
ret << failing.ret;
@@

coccilib.report.print_report(pos[0], "ERROR: %s holds no error here" % ret)
