/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sets of MSRs that an `each` step goes through, and what may come of one
 * access.  Which MSRs are in a set depends on the machine: predict() and run()
 * both ask here.
 */
#ifndef DEFLECT_EACH_H
#define DEFLECT_EACH_H

#include "machine.h"

/*
 * A count for each field F_E_DONE ... F_E_ODD, in that order.  Only an access
 * that did exactly what the count's name says is in it; what is left is odd:
 *   done     completed, no exit: a value read, or nothing changed by a write
 *   fault    #GP(0) at the instruction, no exit; get: refused
 *   filter, unknown, inval
 *            one exit with that reason and a right index, data, error and pad,
 *            completed by the next KVM_RUN with the 0 that data holds
 */
enum each_count {
	COUNT_DONE,
	COUNT_FAULT,
	COUNT_FILTER,
	COUNT_UNKNOWN,
	COUNT_INVAL,
	COUNT_ODD,
	NR_COUNTS,
};

enum { MAX_EACH = 4096 };

/*
 * The MSRs of @set, in the order of access: ascending, but APIC_BASE last, for
 * what is written to it moves the rest to another path.
 *   known   what KVM_GET_MSR_INDEX_LIST and the catalogue name, and both
 *           neighbours of each, without those of the other sets
 *   x2apic  0x800..0x8ff
 *   ending  of which a write that works ends the vCPU's run
 *   deadline  TSC_DEADLINE
 * Returns how many; *@msrs stays valid until the next call for this set.
 */
unsigned each_msrs(const struct machine *m, enum each_set set,
		   const u32 **msrs);

#endif
