// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "each.h"
#include "msrs.h"
#include "x86/abi.h"

enum { APIC_BASE = 0x1b, WHOLE = 16 };

/*
 * Hyper-V's reset and crash control, its debugger's doorbells: with them the
 * guest asks for an exit of another kind.
 */
static const u32 ending[] = {
	0x40000003, 0x40000105, 0x400000f1, 0x400000f2, 0x400000f3, 0x400000f4,
	0x400000f5, 0x400000f6,
};

static const u32 deadline[] = { 0x6e0 };

static bool elsewhere(u32 index)
{
	if (index == deadline[0])
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if (index == ending[i])
			return true;
	return is_x2apic(index);
}

static unsigned add(u32 *list, unsigned n, u32 index)
{
	for (int d = -1; d <= 1; d++)
		if (n < MAX_EACH && !elsewhere(index + d))
			list[n++] = index + d;
	return n;
}

static int ascending(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	if ((x == APIC_BASE) != (y == APIC_BASE))
		return x == APIC_BASE ? 1 : -1;
	return x < y ? -1 : x > y;
}

/* Of long entries the ends are enough. */
static unsigned known(const struct machine *m, u32 *list)
{
	unsigned n = 0, unique = 0;

	for (unsigned i = 0; i < m->nmsrs; i++)
		n = add(list, n, m->msr_list[i]);
	for (const struct msr_info *i = msr_info; i->name; i++) {
		for (u32 k = 0; k < i->count && i->count <= WHOLE; k++)
			n = add(list, n, i->first + k);
		n = add(list, n, i->first);
		n = add(list, n, i->first + i->count - 1);
	}
	qsort(list, n, sizeof(*list), ascending);
	for (unsigned i = 0; i < n; i++)
		if (!unique || list[unique - 1] != list[i])
			list[unique++] = list[i];
	return unique;
}

static unsigned x2apic(u32 *list)
{
	for (u32 i = X2APIC_FIRST; i <= X2APIC_LAST; i++)
		list[i - X2APIC_FIRST] = i;
	return X2APIC_LAST - X2APIC_FIRST + 1;
}

unsigned each_msrs(const struct machine *m, enum each_set set,
		   const u32 **msrs)
{
	/* made once: the list of a machine does not change */
	static __thread struct {
		const struct machine *of;
		unsigned n;
		u32 list[MAX_EACH];
	} made[NR_EACH_SETS];

	*msrs = made[set].list;
	if (set == EACH_ENDING) {
		*msrs = ending;
		return ARRAY_SIZE(ending);
	}
	if (set == EACH_DEADLINE) {
		*msrs = deadline;
		return 1;
	}
	if (made[set].of != m) {
		made[set].of = m;
		made[set].n = set == EACH_KNOWN ? known(m, made[set].list) :
						  x2apic(made[set].list);
	}
	return made[set].n;
}
