/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deflect sweep: any part of the index space, one access an index, with all
 * of it denied or all of it allowed.  What must come of it is what predict()
 * says of a program with a `sweep` step; how KVM answers what is allowed is
 * asked of the same sweep in a VM without filter.
 */
#ifndef DEFLECT_SWEEP_H
#define DEFLECT_SWEEP_H

#include "machine.h"

struct sweep_options {
	u32 from, to;		/* inclusive */
	bool writes, allow;
	u32 mask;		/* of KVM_CAP_X86_USER_SPACE_MSR */
	u64 value;		/* that is written */
	int jobs;		/* parts at a time, each in a VM of its own */
	const char *state;	/* state file, or NULL */
};

/*
 * Sweep, printing each mismatch with a line that runs it again.  The state file
 * is read if it is there and written after every part.  Returns the exit
 * status: 0, 1 for a mismatch, 2 for a state file of another sweep, 3 for an
 * error that is not the kernel's, or when a signal ended it.
 */
int sweep(const struct machine *m, const struct sweep_options *opt);

#endif
