/* SPDX-License-Identifier: GPL-2.0-only */
/* Which cases are run, and in which order. */
#ifndef DEFLECT_SELECT_H
#define DEFLECT_SELECT_H

#include "cases.h"

struct selection {
	const char *from;	/* file of the names that may run, or NULL */
	u64 sample;	/* that many cases for each rule; 0: all */
	u64 seed;	/* of another order; 0: that of the suites */
	/* what is left out of these, see select_left() */
	const char *skip;	/* file of names, or NULL */
	unsigned part, parts;	/* one of so many, from 1 on; 0: all */
};

/*
 * Those of @l that the patterns and @s select, into @v, which has room for all.
 * Returns how many; or, with a line on stderr, minus the exit status: -2 where
 * a pattern matches no case, -3 where a file cannot be read.
 */
int select_cases(const struct selection *s, const struct case_list *l,
		 char **patterns, int npatterns, const struct test_case **v);

/*
 * What is to be done of the @n cases in @v, which it is reduced to: this part
 * of them, so that the same selection gives each case to one part, without
 * those to skip.  Returns how many, or -3 as above.
 */
int select_left(const struct selection *s, const struct test_case **v, int n);

#endif
