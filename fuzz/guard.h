/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs a campaign on a machine, and tells it on a stream of lines, so that
 * nothing is lost when the machine is:
 *
 *	input NAME HEX		of the corpus, NAME being a hash of it
 *	finding NAME HEX	a program in its text form
 *	status KEY=VALUE...	once in a few seconds
 *	bucket NAME HEX, verdict NAME WORD...	of triage
 */
#ifndef DEFLECT_FUZZ_GUARD_H
#define DEFLECT_FUZZ_GUARD_H

#include "codec.h"

/* A line of the stream: what, name and the data in hexadecimal. */
void guard_tell(const char *what, const char *name, const void *data,
		size_t size);

/* A whole file; NULL if it cannot be read.  Freed by the caller. */
u8 *guard_read(const char *path, size_t *size);

/* Replay, judge and shrink the findings in @dir: triage.c. */
int triage(const char *dir, unsigned times);

#endif
