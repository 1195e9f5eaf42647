/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFLECT_LIST_H
#define DEFLECT_LIST_H

#include <stdio.h>

#include "cases.h"

enum list_what { LIST_CASES, LIST_RULES, LIST_MSRS, LIST_WORDS,
		 LIST_FIXES };

/* Print a catalogue; patterns select as for `run`.  Returns exit status. */
int list_print(const struct case_list *l, enum list_what what, bool json,
	       char **patterns, int npatterns);

/* The pairs of a rule as JSON, without braces and without its cases. */
void list_rule_json(FILE *f, const struct case_list *l, enum rule r);

/* Everything known of a rule, a case or a fix; false if there is none @name. */
bool list_explain(const struct case_list *l, const char *name);

#endif
