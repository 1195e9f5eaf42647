/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel log: new BUG, WARNING, oops, lockdep and sanitizer reports since
 * the last look, and the taint that such a report leaves where the log itself
 * cannot be read.
 */
#ifndef DEFLECT_KLOG_H
#define DEFLECT_KLOG_H

#include <stdbool.h>
#include <stddef.h>

/* Start looking; false if the log cannot be read here. */
bool klog_open(void);

/*
 * Copy the first report since the last call, at most @size bytes; false if
 * there is none.
 */
bool klog_poll(char *buf, size_t size);

/* Let a WARN_ONCE that was spent be reported again; needs debugfs. */
void klog_rearm(void);

#endif
