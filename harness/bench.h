/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deflect bench: what the engine costs beside the bare ioctls or the bare guest
 * loop that do the same, in one process, sample by sample in turn.
 */
#ifndef DEFLECT_BENCH_H
#define DEFLECT_BENCH_H

#include "cases.h"
#include "machine.h"

struct bench_figure {
	const char *name, *bare_name;	/* what stands on either side */
	double limit;		/* of engine / bare */
	const char *unit;	/* of what a sample returns */
	int samples;
	double (*engine)(void);
	double (*bare)(void);
};

/*
 * Measure and print: the ratios first, then medians and spread.  With @quick
 * not the whole suite at 1, 4 and 16 jobs.  Returns the exit status: 0, also
 * for a ratio over its limit, which is said; 3 if it cannot measure.
 */
int bench(const struct machine *m, const struct case_list *suite, bool quick);

/* The whole of one case, as `run` has it; a sample in microseconds. */
void bench_case(const struct machine *m, const struct program *p);

/* ---- what an architecture provides ---- */

/* Ends with name NULL; what its samples need is made by arch_bench_begin(). */
extern const struct bench_figure arch_figures[];
void arch_bench_begin(const struct machine *m);

#endif
