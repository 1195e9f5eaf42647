/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known deviations: results/baseline/NAME.txt, one case a line, no wildcards,
 *
 *	CASE | MACHINE KERNEL-LINE | want | got | reason | evidence
 *
 * e.g. "x2apic/... | amd 6.1 | ... | ... | reason | commit".  Lines that begin
 * with # are comments.  The entries of emulator.txt are defects of an emulator
 * and must name a second emulator's or the host's evidence.
 */
#ifndef DEFLECT_BASELINE_H
#define DEFLECT_BASELINE_H

#include "result.h"

/* Annotate @res if the folder @dir lists it for @m. */
void baseline_apply(const char *dir, const struct machine *m,
		    struct result *res);

/*
 * Read every file of @dir; -1 with a line on stderr for an entry that has not
 * six fields or names no case.
 */
int baseline_check(const char *dir, bool (*is_case)(const char *name));

#endif
