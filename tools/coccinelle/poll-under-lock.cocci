// SPDX-License-Identifier: GPL-2.0-only
/// No lock is held while hardware is polled: callers of unmap may be atomic,
/// and others wait for the same lock.
// Confidence: Moderate
// Options: --no-includes --include-headers

virtual report

@r exists@
expression lock;
position pos;
identifier poll =~ "^(readl|readq|readw|readb|readx|read)_poll_timeout(_atomic)?$";
@@

 \(spin_lock\|spin_lock_irq\|spin_lock_bh\|raw_spin_lock\|raw_spin_lock_irq\)(lock)
 ... when != \(spin_unlock\|spin_unlock_irq\|spin_unlock_bh\|raw_spin_unlock\|raw_spin_unlock_irq\)(lock)
 poll@pos(...)

@r1 exists@
expression lock, flags;
position pos;
identifier poll =~ "^(readl|readq|readw|readb|readx|read)_poll_timeout(_atomic)?$";
@@

 \(spin_lock_irqsave\|raw_spin_lock_irqsave\)(lock, flags)
 ... when != \(spin_unlock_irqrestore\|raw_spin_unlock_irqrestore\)(lock, flags)
 poll@pos(...)

@script:python depends on report@
pos << r.pos;
lock << r.lock;
@@

coccilib.report.print_report(pos[0], "ERROR: polls with %s held" % lock)

@script:python depends on report@
pos << r1.pos;
lock << r1.lock;
@@

coccilib.report.print_report(pos[0], "ERROR: polls with %s held" % lock)
