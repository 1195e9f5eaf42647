/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One input, or one program, on this machine's KVM, by the stages of every run:
 * predict, run, compare.  No process is made for it: what it made is dropped
 * when it is over.
 */
#ifndef DEFLECT_FUZZ_TARGET_H
#define DEFLECT_FUZZ_TARGET_H

#include "../harness/machine.h"
#include "codec.h"

enum { FUZZ_MAP = 65536 };	/* counters of a byte that an engine looks at */

enum fuzz_verdict {
	FUZZ_PASS,
	FUZZ_UNFIT,	/* this machine cannot have that program */
	FUZZ_KNOWN,	/* a listed deviation */
	FUZZ_FINDING,
	FUZZ_ERROR,	/* ours, or the environment's */
};

struct fuzz_result {
	enum fuzz_verdict verdict;
	const char *known;	/* FUZZ_KNOWN: the listed case */
	enum rule rule;		/* of a finding; RULE_NONE: a kernel report */
	int step;		/* that shows it; -1: the whole program */
	char bucket[160];	/* rule, field and outcome: one bug, mostly */
	char text[8192];	/* what was wanted and what came */
};

/*
 * Probe the machine.  Of the environment: DEFLECT_MACHINE and DEFLECT_EMULATOR
 * as for `deflect run --machine`, DEFLECT_ERA.  Returns NULL with a line on
 * stderr if there is no KVM here.
 */
const struct machine *target_begin(void);
/* The same on a machine that was probed; false with a line on stderr. */
bool target_use(const struct machine *m);

/* VMs come from a stock (stock.h): for a process that runs many programs. */
extern bool target_uses_stock;

/* What @p does that this machine cannot have is left out. */
void target_fit(struct program *p);

/* Also count which outcome came after which: for an engine, not for a corpus. */
extern bool target_counts_paths;

/*
 * Run @p, which target_fit() may change, and judge it.  @map, if there is one,
 * has a counter for each state of the model and each edge of KVM's code that
 * was reached.
 */
void target_run(struct program *p, u8 *map, struct fuzz_result *res);

/* A finding as a program in its text form, its result in front as comments. */
void target_print(const struct program *p, const struct fuzz_result *res,
		  char *buf, size_t size);

#endif
