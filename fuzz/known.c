// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deviations that are listed exactly, case by case, in results/baseline/, as the
 * classes that they are examples of: what a program must have done before the
 * step that shows it.  Wide where that is simple: a finding that also has one of
 * these in it is taken for that one.
 */
#define _GNU_SOURCE
#include <string.h>

#include "../harness/machine.h"
#include "../harness/x86/abi.h"
#include "known.h"

enum { MSR_TSC_DEADLINE = 0x6e0, MSR_MTRR_FIRST = 0x200, MSR_MTRR_LAST = 0x20f };

/* The access that a step is about: its own, or the one it resumes. */
static const struct step_access *access_of(const struct program *p, int step)
{
	unsigned vcpu = p->step[step].vcpu;

	for (int i = step; i >= 0; i--)
		if ((p->step[i].kind == STEP_RDMSR ||
		     p->step[i].kind == STEP_WRMSR) && p->step[i].vcpu == vcpu)
			return &p->step[i].access;
	return NULL;
}

/* The end of a range is computed in 32 bits. */
static bool range_wraps(const struct machine *m, const struct program *p,
			int step)
{
	(void)m;
	for (int i = 0; i < step; i++)
		for (int r = 0; r < MAX_RANGES &&
		     p->step[i].kind == STEP_FILTER; r++) {
			const struct range *k = &p->step[i].filter.range[r];

			if (k->nmsrs && (u64)k->base + k->nmsrs >= 1ULL << 32)
				return true;
		}
	return false;
}

/* A write of TSC_DEADLINE takes the fast path, which asks no filter. */
static bool deadline_written(const struct machine *m, const struct program *p,
			     int step)
{
	(void)m;
	for (int i = 0; i <= step; i++)
		if (p->step[i].kind == STEP_WRMSR &&
		    p->step[i].access.index == MSR_TSC_DEADLINE)
			return true;
	return false;
}

/* L2's bitmap is merged at its entry only. */
static bool filter_under_l2(const struct machine *m, const struct program *p,
			    int step)
{
	bool entered = false, changed = false;

	(void)m;
	for (int i = 0; i < step; i++) {
		entered |= p->step[i].l2;
		changed |= entered && p->step[i].kind == STEP_FILTER;
	}
	return changed && p->step[step].l2;
}

/* Reserved bits of an MTRR: an exit with an exception queued. */
static bool mtrr_written(const struct machine *m, const struct program *p,
			 int step)
{
	const struct step *s = &p->step[step];
	const struct step_access *a = access_of(p, step);
	u32 index = s->kind == STEP_NATIVE ? s->native.index :
		    a ? a->index : 0;

	(void)m;
	return index >= MSR_MTRR_FIRST && index <= MSR_MTRR_LAST;
}

static bool is_qemu(const struct machine *m)
{
	return !strncmp(m->emulator, "QEMU", 4);
}

/* QEMU looks for the bit of the permission map with all 64 bits of RCX. */
static bool rcx_garbage(const struct machine *m, const struct program *p,
			int step)
{
	for (int i = 0; i <= step && is_qemu(m); i++)
		if ((p->step[i].kind == STEP_RDMSR ||
		     p->step[i].kind == STEP_WRMSR) &&
		    p->step[i].access.rcx_high)
			return true;
	return false;
}

static const struct {
	const char *name;
	bool (*is)(const struct machine *m, const struct program *p, int step);
} known[] = {
	{ "filter/range-up-to-the-last-index-denies", range_wraps },
	{ "fast/deadline-denied-faults", deadline_written },
	{ "nested/denied-while-l2-is-active", filter_under_l2 },
	{ "reason/mtrr-base-reserved-bits", mtrr_written },
	{ "exit/low-index-with-bits-32-and-33-of-rcx", rcx_garbage },
};

const char *known_case(unsigned i)
{
	return i < ARRAY_SIZE(known) ? known[i].name : NULL;
}

const char *known_deviation(const struct machine *m, const struct program *p,
			    const struct mismatch *why)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].is(m, p, why->step))
			return known[i].name;
	return NULL;
}
