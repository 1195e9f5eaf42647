/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Known deviations, one case a line, no wildcards:
 *
 *	CASE | WHERE LINE[,LINE...] [PARAM=VALUE...] | want | got | reason | evidence
 *
 * Lines that begin with # are comments.  results/baseline/kernel.txt lists
 * deviations of KVM, where WHERE is the vendor module ("kvm_amd 6.1,6.12"), or
 * the machine if KVM does it on a CPU such as that one has only ("amd 5.10").
 * Parameters say how KVM must be loaded ("kvm_amd 7.2 kvm_amd.nrips=1"): most
 * are off by themselves where the CPU has not what they are about.  0x? stands
 * for a number that is another one each time.
 * emulator.txt lists defects of an emulator, where WHERE is the machine
 * ("amd 6.1"), with or without a kernel, and the evidence names a second
 * emulator or the host.  Both are part of the program; a folder with files of
 * these names can replace them.
 */
#ifndef DEFLECT_BASELINE_H
#define DEFLECT_BASELINE_H

#include "result.h"

/* Annotate @res if @dir, or the list built in if NULL, has it for @m. */
void baseline_apply(const char *dir, const struct machine *m,
		    struct result *res);

/*
 * Read the lists; -1 with a line on stderr for an entry that has not six
 * fields or names no case.
 */
int baseline_check(const char *dir, bool (*is_case)(const char *name));

#endif
