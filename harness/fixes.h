/* SPDX-License-Identifier: GPL-2.0-only */
/* Fixed bugs of the ABI, suites/fixes.def, as code sees them. */
#ifndef DEFLECT_FIXES_H
#define DEFLECT_FIXES_H

#include "cases.h"

/*
 * Append "this kernel may lack ..." to @buf for each fix that concerns one of
 * the @n rules; returns the new end.
 */
int fixes_hint(char *buf, size_t size, int at, const enum rule *rules, int n);

/* The fixes with their cases or the reason why there is none; exit status. */
int fixes_list(const struct case_list *l, bool json);
/* One of them; false if there is none of that id. */
bool fixes_explain(const struct case_list *l, const char *id);

/* Fixes that have neither a case nor a reason, one line each; how many. */
int fixes_check(const struct case_list *l);

#endif
