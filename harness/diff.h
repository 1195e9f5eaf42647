/* SPDX-License-Identifier: GPL-2.0-only */
/* deflect diff: what two machines answered in different ways, in words. */
#ifndef DEFLECT_DIFF_H
#define DEFLECT_DIFF_H

#include "cases.h"

/*
 * Compare two runs or records.  A path may end with @CONFIGURATION: its cases,
 * under the names they have without; or with @forced: the cases in which the
 * guest has KVM emulate its accesses, under the names of the native ones.  Exit status: 0 they answered alike, 1
 * they differ, 3 with one line on stderr: one cannot be read, or was made
 * without --observe.
 */
int diff(const struct case_list *l, const char *a, const char *b);

#endif
