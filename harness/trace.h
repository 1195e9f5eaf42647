/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's tracepoints while one program runs, in a tracefs instance of its own
 * that nobody else's tracing meets.  Where tracefs cannot be used nothing is
 * said and nothing is added.
 */
#ifndef DEFLECT_TRACE_H
#define DEFLECT_TRACE_H

#include "machine.h"

enum { TRACE_LINES = 40 };

/*
 * Run @p once more, in a child, and write at most TRACE_LINES lines of what
 * KVM traced to @buf, with a heading; the last ones if there are more, and
 * those without interest left out first.  An empty string if there is no trace.
 */
void trace_program(const struct machine *m, const struct program *p,
		   unsigned timeout_ms, char *buf, size_t size);

#endif
