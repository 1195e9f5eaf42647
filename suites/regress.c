// SPDX-License-Identifier: GPL-2.0-only
/*
 * What fuzzing found: each file of suites/regress/ is a case, a program in its
 * text form that a kernel once failed, or fails still.
 */
#define _GNU_SOURCE
#include <string.h>

#include "suite.h"

extern const char regress_text[], regress_text_end[];

/* A case goes from its `case` line to the next one. */
static void families(struct emitter *e)
{
	static const char begin[] = "\ncase ";
	const char *at = regress_text, *end = regress_text_end;

	if (at < end && strncmp(at, begin + 1, strlen(begin + 1)))
		at = memmem(at, end - at, begin, strlen(begin));
	while (at && at < end) {
		const char *next = memmem(at + 1, end - at - 1, begin,
					  strlen(begin));

		emit(e, "%.*s", (int)((next ?: end) - at), at);
		at = next;
	}
}

SUITE(NULL, families);
