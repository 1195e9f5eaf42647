/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that the kernel lost while cases ran, where it was built with
 * CONFIG_DEBUG_KMEMLEAK (Documentation/dev-tools/kmemleak.rst).
 */
#ifndef DEFLECT_KMEMLEAK_H
#define DEFLECT_KMEMLEAK_H

#include <stdbool.h>
#include <stddef.h>

/* What is lost so far is nobody's.  False: the kernel cannot tell. */
bool kmemleak_begin(void);

/*
 * Whether memory was lost since: the kernel's reports into @buf.  An object
 * must be some seconds old and unchanged for two scans, which takes 15 seconds.
 */
bool kmemleak_end(char *buf, size_t size);

#endif
