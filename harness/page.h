/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deflect report: stored runs as one HTML page that needs nothing else.  What
 * it looks like is page.html; the runs go into it as JSON.
 */
#ifndef DEFLECT_PAGE_H
#define DEFLECT_PAGE_H

#include "cases.h"

/*
 * Print the page of the runs in @paths; the word "newest", and no path at all,
 * stand for the newest run of each machine and kernel line below results/, or
 * the record of one where there is no run. What make coverage found, below
 * results/, is at its end. To the file @output, stdout if NULL.
 * Exit status: 0; 3 with one line on stderr: nothing to read or a full disk.
 */
int page(const struct case_list *l, char **paths, int n, const char *output);

#endif
