/* SPDX-License-Identifier: GPL-2.0-only */
/* `deflect plan`: the planner's command line. */
#ifndef DEFLECT_PLAN_CLI_H
#define DEFLECT_PLAN_CLI_H

#include <stdio.h>

#include "machine.h"
#include "plan.h"

enum plan_format { PLAN_TEXT, PLAN_C, PLAN_JSON };

struct plan_options {
	unsigned directions;	/* of entries that do not say it; 0: both */
	enum plan_format format;
	bool nearest;		/* leave out what cannot be had */
	const struct machine *verify;	/* on this one, or NULL */
};

/*
 * Plan for the entries @argv: INDEX, a name of the MSR catalogue, FIRST..LAST or
 * FIRST+COUNT, after r: or w: for one direction; `-` reads entries from stdin.
 * Exit status: 0, 1 with one line on stderr if no filter does it, 2 for an entry
 * that is none.
 */
int plan_command(const struct plan_options *o, char **argv, int argc);

/*
 * What is odd about the filters of a program, one line each on stdout: ranges
 * that cannot decide, bitmaps that are short, MSRs that are never filtered,
 * denials before the capability turns them into exits.  @path only names it.
 * Returns how many.
 */
int plan_check(const char *path, const struct program *p);

/* @plan in one of the formats; @v is the list that it was made from. */
void plan_print(FILE *f, enum plan_format format, const struct plan *plan,
		const struct plan_item *v, int n);

/*
 * Make every access of the list @v and of its neighbours in a VM that has the
 * plan; one line on stdout, and one on stderr for each of the first that are
 * wrong.  Exit status.
 */
int plan_verify(const struct machine *m, struct plan *plan,
		const struct plan_item *v, int n);

#endif
