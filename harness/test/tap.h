/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests in C share: TAP, and chance that is the same every time. */
#ifndef DEFLECT_TEST_TAP_H
#define DEFLECT_TEST_TAP_H

#include <stdio.h>

static int tests, failed;

static inline void ok(int good, const char *what)
{
	tests++;
	failed += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", tests, what);
}

/* The plan; exit status. */
static inline int finish(void)
{
	printf("1..%d\n", tests);
	return failed != 0;
}

static inline unsigned random_below(unsigned n)
{
	static unsigned long long rng = 0x9e3779b97f4a7c15;

	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

#endif
