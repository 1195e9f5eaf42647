/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFLECT_CHECK_H
#define DEFLECT_CHECK_H

#include "cases.h"

/*
 * The suites against the model, without KVM, as TAP: every hand-written
 * expectation fits the prediction; every program prints and parses back to
 * itself; every rule a case names, taken for its opposite, turns that very
 * case red.  Returns the number of failures.
 */
int check_suites(const struct case_list *l, const char *pattern);

#endif
