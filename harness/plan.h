/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The planner: a list of MSRs that shall exit to userspace in, the capability's
 * mask and a filter out.  What KVM_SET_EXIT_MSRS, proposed and not merged, took
 * as its argument, said in the ABI that was merged.
 *
 *	struct plan_item list[] = { { 0x10, PLAN_BOTH }, { 0x174, PLAN_WRITE } };
 *	struct kvm_msr_filter filter;
 *	static struct plan plan;
 *
 *	if (plan_make(&plan, list, 2) == PLAN_OK) {
 *		plan_filter(&plan, &filter);
 *		ioctl(vm, KVM_X86_SET_MSR_FILTER, &filter);
 *	}
 *
 * Pure: no I/O, nothing allocated outlives a call.
 */
#ifndef DEFLECT_PLAN_H
#define DEFLECT_PLAN_H

#include "x86/abi.h"

struct kvm_msr_filter;

enum {
	PLAN_READ = RANGE_READ,
	PLAN_WRITE = RANGE_WRITE,
	PLAN_BOTH = PLAN_READ | PLAN_WRITE,
	PLAN_MASK = REASON_FILTER,
};

struct plan_item {
	u32 index;
	u8 directions;		/* PLAN_READ, PLAN_WRITE or both */
};

enum plan_verdict {
	PLAN_OK,
	PLAN_EMPTY,		/* nothing to plan for */
	PLAN_X2APIC,		/* lists MSRs no filter denies: x2a_never_denied */
	PLAN_TOP,		/* lists 0xffffffff, see plan_refusal() */
	PLAN_SCATTERED,		/* needs more than MAX_RANGES ranges */
};

struct plan_range {
	u32 flags;		/* PLAN_READ, PLAN_WRITE or both */
	u32 base, nmsrs;
	u8 bitmap[MAX_RANGE_MSRS / 8];	/* 1: allowed */
};

struct plan {
	unsigned nranges;	/* of range[]; what would be needed if
				 * PLAN_SCATTERED */
	bool minimal;		/* no filter with fewer ranges does the same */
	struct plan_range range[MAX_RANGES];	/* in the filter's order */
};

/* The wording of a refusal, one line; "" for PLAN_OK. */
const char *plan_refusal(enum plan_verdict why);

/*
 * Sort @v by index and join what is listed twice; returns the new length.
 * *@twice is how many entries said nothing new.
 */
int plan_normalise(struct plan_item *v, int n, int *twice);

/*
 * The filter that denies exactly @v (normalised), in as few ranges as can be:
 * a default-allow filter whose single-direction ranges come first, so that
 * ranges for both directions may span MSRs listed for one.  The search is exact
 * as long as no more than PLAN_FRONT partial plans are worth keeping;
 * plan->minimal says whether it was.  The first refusal that applies is
 * returned, in the order of the enum.
 */
enum { PLAN_FRONT = 4096 };
enum plan_verdict plan_make(struct plan *plan, const struct plan_item *v,
			    int n);

/*
 * The part of @v (normalised) to give up so that the rest can be planned: moves
 * the rest to the front and returns its length; what was given up follows, each
 * entry with the directions given up, in @dropped (room for @n), *@ndropped long.
 * The least is given up where all of @v is listed for the same directions,
 * otherwise little.
 */
int plan_nearest(struct plan_item *v, int n, struct plan_item *dropped,
		 int *ndropped);

/* @plan as the ioctl's argument; points into @plan. */
void plan_filter(struct plan *plan, struct kvm_msr_filter *filter);

/* The directions in which the filter denies @index, as a kernel decides it. */
unsigned plan_denies(const struct plan *plan, u32 index);

/* For tests: the fewest ranges of at most @span MSRs. */
unsigned plan_fewest(const struct plan_item *v, int n, u32 span);

#endif
