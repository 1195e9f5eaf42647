/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading results back: a machine's stream, and the folders of earlier runs. */
#ifndef DEFLECT_COLLECT_H
#define DEFLECT_COLLECT_H

#include "result.h"

enum { MAX_STREAMS = 16 };

/*
 * Read the streams of a machine's boots (run --format json) from @n files, or
 * from stdin if that is 0, at the same time, and report them here as one run:
 * terminal, baseline, results folder.  Several are of machines that each have a
 * part of the cases (run --part).  A line
 * {"died":CASE,"console":TEXT} is a case that took the machine with it, alone.
 * A line {"unfit":TEXT} says why a machine ran none; without any result that is
 * the one result, an error.  Other lines that are no part of a stream are
 * passed over.  Returns the exit status; 3 if no stream came or cases are
 * missing at its end.
 */
int collect(struct report *r, struct machine *m, char **files, int n);

/*
 * One table of several results folders, and what differs between kernels;
 * returns the worst exit status.
 */
int summary(char **dirs, int n);

#endif
