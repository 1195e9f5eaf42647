// SPDX-License-Identifier: GPL-2.0-only
/*
 * The planner against exhaustive search: every list over six MSRs with every
 * direction, ranges of at most three MSRs. And random lists of full size: the
 * filter denies what is listed and nothing beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../plan.h"
#include "tap.h"

enum { MSRS = 6, SPAN = 3, LISTS = 1 << 2 * MSRS };

static unsigned fewest[LISTS];	/* ranges, by reads | writes << MSRS */

/*
 * All filters of up to @left more ranges: @open is what no range has decided
 * yet, @denied what is denied; both as reads | writes << MSRS.
 */
static void enumerate(unsigned open, unsigned denied, unsigned used)
{
	if (used < fewest[denied])
		fewest[denied] = used;
	if (used == 3)
		return;
	for (unsigned base = 0; base < MSRS; base++)
	for (unsigned n = 1; n <= SPAN && base + n <= MSRS; n++)
	for (unsigned flags = 1; flags <= 3; flags++)
	for (unsigned bits = 0; bits < 1u << n; bits++) {
		unsigned covers = 0, denies = 0;

		for (unsigned d = 0; d < 2; d++)
			if (flags >> d & 1) {
				covers |= ((1u << n) - 1) << base << d * MSRS;
				denies |= bits << base << d * MSRS;
			}
		enumerate(open & ~covers, denied | (denies & open), used + 1);
	}
}

static void test_minimal(void)
{
	int wrong = 0;

	memset(fewest, 0xff, sizeof(fewest));
	enumerate(LISTS - 1, 0, 0);
	for (unsigned list = 1; list < LISTS; list++) {
		struct plan_item v[MSRS];
		unsigned got, want = fewest[list] == ~0u ? 4 : fewest[list];
		int n = 0;

		for (unsigned i = 0; i < MSRS; i++) {
			unsigned d = (list >> i & 1) |
				     (list >> (MSRS + i) & 1) << 1;

			if (d)
				v[n++] = (struct plan_item){ i, d };
		}
		got = plan_fewest(v, n, SPAN);
		if (got == want)
			continue;
		if (!wrong++)
			printf("# reads 0x%02x writes 0x%02x: %u ranges, %u "
			       "would do\n", list & 63, list >> MSRS, got,
			       want);
	}
	ok(!wrong, "as few ranges as exhaustive search, all 4095 lists of six MSRs");
}

static struct plan plan;
static struct plan_item list[2000], dropped[2000];

/* Clusters that a filter can span, now and then too many of them. */
static int random_list(unsigned kind)
{
	u32 base[20];
	int n = 1 + random_below(2000), clusters = 1 + random_below(20), twice;

	for (int i = 0; i < clusters; i++)
		base[i] = random_below(0xffff0000) | 1;
	for (int i = 0; i < n; i++) {
		list[i].index = base[random_below(clusters)] +
				random_below(1 + random_below(0x3000));
		list[i].directions = kind ? kind : 1 + random_below(3);
		if (list[i].index - 0x800 < 0x100)
			list[i].index += 0x100;
	}
	return plan_normalise(list, n, &twice);
}

static bool denies_just(const struct plan_item *v, int n)
{
	for (int i = 0; i < n; i++) {
		if (plan_denies(&plan, v[i].index) != v[i].directions)
			return false;
		if ((!i || v[i - 1].index + 1 != v[i].index) &&
		    plan_denies(&plan, v[i].index - 1))
			return false;
		if ((i == n - 1 || v[i + 1].index != v[i].index + 1) &&
		    plan_denies(&plan, v[i].index + 1))
			return false;
	}
	return true;
}

static void test_random(void)
{
	int planned = 0, scattered = 0, wrong = 0, inexact = 0;

	for (int t = 0; t < 300; t++) {
		int n = random_list(t % 4), ndropped;
		enum plan_verdict why = plan_make(&plan, list, n);

		inexact += !plan.minimal;
		if (why == PLAN_OK) {
			planned++;
			wrong += !denies_just(list, n);
			continue;
		}
		scattered += why == PLAN_SCATTERED;
		n = plan_nearest(list, n, dropped, &ndropped);
		wrong += plan_make(&plan, list, n) != PLAN_OK || !ndropped ||
			 !denies_just(list, n);
	}
	printf("# %d planned, %d too scattered, %d not proved minimal\n",
	       planned, scattered, inexact);
	ok(!wrong && planned > 50 && scattered > 20,
	   "random lists of up to 2000 MSRs: exactly what is listed");
}

static enum plan_verdict plan_one(u32 index)
{
	struct plan_item v = { index, PLAN_BOTH };

	return plan_make(&plan, &v, 1);
}

static void test_edges(void)
{
	ok(plan_make(&plan, NULL, 0) == PLAN_EMPTY, "an empty list is refused");
	ok(plan_one(0x7ff) == PLAN_OK && plan_one(0x800) == PLAN_X2APIC &&
	   plan_one(0x8ff) == PLAN_X2APIC && plan_one(0x900) == PLAN_OK,
	   "x2APIC MSRs are refused, their neighbours are not");
	ok(plan_one(0xffffffff) == PLAN_TOP && plan_one(0xfffffffe) == PLAN_OK,
	   "the last index is refused, the one before is not");
	ok(plan_one(0) == PLAN_OK && plan_denies(&plan, 0) == PLAN_BOTH &&
	   !plan_denies(&plan, 1), "index 0");

	list[0] = (struct plan_item){ 0x1000, PLAN_BOTH };
	list[1] = (struct plan_item){ 0x3fff, PLAN_BOTH };
	ok(plan_make(&plan, list, 2) == PLAN_OK && plan.nranges == 1 &&
	   plan.range[0].nmsrs == 0x3000, "0x3000 MSRs are one range");
	list[1].index++;
	ok(plan_make(&plan, list, 2) == PLAN_OK && plan.nranges == 2,
	   "0x3001 are two");
}

int main(void)
{
	test_minimal();
	test_random();
	test_edges();
	return finish();
}
