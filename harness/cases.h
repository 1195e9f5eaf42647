/* SPDX-License-Identifier: GPL-2.0-only */
/* All cases: every suite file's programs, in the order of their files. */
#ifndef DEFLECT_CASES_H
#define DEFLECT_CASES_H

#include "program.h"

struct test_case {
	char name[MAX_NAME];
	const char *file;	/* suite file it stands in */
	char *text;		/* the whole program */
	size_t len;
	u8 nrules;
	enum rule rules[MAX_RULES_PER_CASE];
	unsigned needs;
	int config;		/* NAME@CONFIG: how KVM must be loaded */
};

struct case_list {
	struct test_case *v;
	int n;
};

/*
 * Print and parse every case.  Returns 0, or -1 with a line on stderr for
 * each case that is not well formed, has no rule, or has a name twice.
 */
int cases_load(struct case_list *l);

/* The program of a case; parsed anew, cannot fail after cases_load(). */
void case_program(const struct test_case *c, struct program *p);

const struct test_case *case_by_name(const struct case_list *l,
				     const char *name);

/*
 * Whether a pattern names the case: a shell glob over the name, the name's
 * first part ("filter"), a rule's name or its spec id ("FLT-06").  One of a
 * configuration is named by patterns with an @ only.
 */
bool case_matches(const struct test_case *c, const char *pattern);
/* Whether it names any case of @l. */
bool cases_match(const struct case_list *l, const char *pattern);

/*
 * Whether the patterns select the case.  The last one that matches it decides,
 * one after a ! against it; without any that selects, @by_default does first.
 */
bool case_selected(const struct test_case *c, char **patterns, int n,
		   bool by_default);

#endif
