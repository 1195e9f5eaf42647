/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records: what a machine answered, as text that people and diff(1) read and
 * that is kept.  A header of "key: value" lines, an empty line, then the cases
 * by name, each with how it ended and, indented, what its steps did (seen.h).
 */
#ifndef DEFLECT_RECORD_H
#define DEFLECT_RECORD_H

#include "stored.h"

/* Whether the file @path is one. */
bool record_is(const char *path);
/* As stored_read(). */
int record_read(struct stored *s, const char *path);

/*
 * Print the run in the folder @dir as a record to the file @output, stdout if
 * NULL.  Exit status: 0; 3 with one line on stderr: no run, one that did not
 * end or that has nothing to tell since it was made without --observe.
 */
int record_print(const char *dir, const char *output);

#endif
