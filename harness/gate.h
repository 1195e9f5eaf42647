/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deflect gate: has anything become worse?  A result set is a folder with
 * results.json, or a folder of such folders, one for each machine.
 */
#ifndef DEFLECT_GATE_H
#define DEFLECT_GATE_H

/*
 * Compare the result sets @old and @new, machine by machine (same machine name
 * and kernel line); with @old NULL @new alone, against the list of known
 * deviations.  Prints one line for each difference and one that counts them.
 * Exit status: 0 nothing is worse; 1 a new failure or error, a case that is
 * gone, a case or machine that was run and is not any more, a stale line of the
 * baseline; 3 a set that cannot be read or is incomplete.
 */
int gate(const char *old, const char *new);

#endif
