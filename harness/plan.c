// SPDX-License-Identifier: GPL-2.0-only
/*
 * The search for the fewest ranges.
 *
 * Three kinds of range cover listed MSRs: R, W and RW.  With the R and W ranges
 * first in the filter, each can carry the right bit for every MSR that it spans,
 * so reaching further never hurts.  An RW range has one bit for two directions:
 * where an MSR is listed for one direction only, an R or a W range must decide
 * one of them before.  So, going through the listed MSRs in order, all that
 * matters of the ranges opened so far is where the last one of each kind began,
 * and of two partial plans with as many ranges the one whose ranges all began
 * later is at least as good.  Those that remain are the front.
 */
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "x86/abi.h"

enum kind { KIND_R, KIND_W, KIND_RW, NR_KINDS };

/* A partial plan: the last range of each kind begins at this entry, or none. */
struct node {
	int begin[NR_KINDS];	/* -1: none, or ended */
	int count;		/* ranges so far */
	int parent;
	u8 opened;		/* kinds, by this node's entry */
	u8 covered;		/* kinds that cover this node's entry */
};

struct search {
	const struct plan_item *v;
	int n;
	u32 span;
	bool exact;
	struct node *node;
	int nnodes, room;
};

const char *plan_refusal(enum plan_verdict why)
{
	switch (why) {
	case PLAN_OK:
		break;
	case PLAN_EMPTY:
		return "the list is empty: nothing would exit. To clear a "
		       "filter, set one without ranges";
	case PLAN_X2APIC:
		return "x2APIC MSRs (0x800..0x8ff) are never filtered: use "
		       "KVM_CREATE_IRQCHIP or not to choose who emulates the "
		       "APIC";
	case PLAN_TOP:
		return "0xffffffff cannot be denied on kernels so far: they "
		       "take a range that reaches 2^32 for one without MSRs";
	case PLAN_SCATTERED:
		return "a filter has 16 ranges of at most 12288 MSRs";
	}
	return "";
}

static int by_index(const void *a, const void *b)
{
	u32 x = ((const struct plan_item *)a)->index;
	u32 y = ((const struct plan_item *)b)->index;

	return x < y ? -1 : x > y;
}

int plan_normalise(struct plan_item *v, int n, int *twice)
{
	int out = 0;

	*twice = 0;
	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), by_index);
	for (int i = 1; i < n; i++) {
		if (v[i].index != v[out].index) {
			v[++out] = v[i];
			continue;
		}
		if (!(v[i].directions & ~v[out].directions))
			++*twice;
		v[out].directions |= v[i].directions;
	}
	return out + 1;
}

/* ---- the search ---- */

static bool reaches(const struct search *s, int begin, int i)
{
	return begin >= 0 && s->v[i].index - s->v[begin].index < s->span;
}

/* Do ranges of these kinds, all over one MSR, deny just @directions of it? */
static bool can_decide(unsigned kinds, unsigned directions)
{
	bool r = kinds & 1 << KIND_R, w = kinds & 1 << KIND_W;
	bool rw = kinds & 1 << KIND_RW;

	if (directions == PLAN_BOTH)
		return rw || (r && w);
	if (directions == PLAN_READ ? r : w)
		return true;
	return rw && (directions == PLAN_READ ? w : r);
}

/* Is @a with no more ranges at least as good for all that follows? */
static bool dominates(const struct node *a, const struct node *b)
{
	if (a->count > b->count)
		return false;
	for (int k = 0; k < NR_KINDS; k++)
		if (a->begin[k] < b->begin[k])
			return false;
	return true;
}

/* Into the front, which begins at node @front. */
static void offer(struct search *s, int front, const struct node *new)
{
	int out = front;

	for (int i = front; i < s->nnodes; i++)
		if (dominates(&s->node[i], new))
			return;
	for (int i = front; i < s->nnodes; i++)
		if (!dominates(new, &s->node[i]))
			s->node[out++] = s->node[i];
	s->nnodes = out;
	if (s->nnodes - front >= PLAN_FRONT) {
		s->exact = false;
		return;
	}
	if (s->nnodes == s->room) {
		s->room = s->room * 2 + 64;
		s->node = realloc(s->node, s->room * sizeof(*s->node));
		if (!s->node)
			abort();
	}
	s->node[s->nnodes++] = *new;
}

/* Every way to go on from node @parent with entry @i. */
static void extend(struct search *s, int front, int parent, int i)
{
	struct node from = s->node[parent];

	for (int k = 0; k < NR_KINDS; k++)
		if (!reaches(s, from.begin[k], i))
			from.begin[k] = -1;
	from.parent = parent;
	/* open which kinds here, and end the RW range or not */
	for (unsigned way = 0; way < 1 << (NR_KINDS + 1); way++) {
		struct node new = from;

		new.opened = way & ((1 << NR_KINDS) - 1);
		if (way & 1 << NR_KINDS) {
			if (from.begin[KIND_RW] < 0 || new.opened & 1 << KIND_RW)
				continue;
			new.begin[KIND_RW] = -1;
		}
		new.covered = 0;
		for (int k = 0; k < NR_KINDS; k++) {
			if (new.opened & 1 << k) {
				new.begin[k] = i;
				new.count++;
			}
			if (new.begin[k] >= 0)
				new.covered |= 1 << k;
		}
		if (can_decide(new.covered, s->v[i].directions))
			offer(s, front, &new);
	}
}

/* The index of the best complete plan's last node. */
static int search(struct search *s)
{
	int begin = 0, end, best;

	s->exact = true;
	s->room = 1024;
	s->node = malloc(s->room * sizeof(*s->node));
	if (!s->node)
		abort();
	s->node[0] = (struct node){ .begin = { -1, -1, -1 }, .parent = -1 };
	s->nnodes = 1;
	for (int i = 0; i < s->n; i++) {
		end = s->nnodes;
		for (int j = begin; j < end; j++)
			extend(s, end, j, i);
		begin = end;
	}
	best = begin;
	for (int j = begin; j < s->nnodes; j++)
		if (s->node[j].count < s->node[best].count)
			best = j;
	return best;
}

unsigned plan_fewest(const struct plan_item *v, int n, u32 span)
{
	struct search s = { .v = v, .n = n, .span = span };
	int best = search(&s);
	unsigned count = s.node[best].count;

	free(s.node);
	return count;
}

/* ---- from the search's nodes to ranges ---- */

static const u8 kind_flags[NR_KINDS] = { PLAN_READ, PLAN_WRITE, PLAN_BOTH };

/* The bits of range @r, which is the @at'th of the plan. */
static void fill(struct plan *plan, unsigned at, const struct plan_item *v,
		 int n)
{
	struct plan_range *r = &plan->range[at];

	memset(r->bitmap, 0xff, bitmap_bytes(r->nmsrs));
	for (int i = 0; i < n; i++) {
		u32 pos = v[i].index - r->base;
		unsigned left = r->flags;

		if (v[i].index < r->base || pos >= r->nmsrs)
			continue;
		for (unsigned e = 0; e < at; e++)
			if (v[i].index - plan->range[e].base <
			    plan->range[e].nmsrs)
				left &= ~plan->range[e].flags;
		if (v[i].directions & left)
			r->bitmap[pos / 8] &= ~(1 << pos % 8);
	}
}

/* Write down the ranges of @kind; @path are the nodes, entry by entry. */
static void emit(struct plan *plan, const struct search *s,
		 const struct node **path, enum kind kind)
{
	struct plan_range *r = NULL;

	for (int i = 0; i < s->n; i++) {
		if (!(path[i]->covered & 1 << kind))
			continue;
		if (path[i]->opened & 1 << kind) {
			r = &plan->range[plan->nranges++];
			r->flags = kind_flags[kind];
			r->base = s->v[i].index;
		}
		/* as far as it decides something */
		if (s->v[i].directions & r->flags ||
		    path[i]->covered & 1 << KIND_RW)
			r->nmsrs = s->v[i].index - r->base + 1;
	}
}

static enum plan_verdict refuse(const struct plan_item *v, int n)
{
	if (!n)
		return PLAN_EMPTY;
	for (int i = 0; i < n; i++)
		if (is_x2apic(v[i].index))
			return PLAN_X2APIC;
	return v[n - 1].index == UINT32_MAX ? PLAN_TOP : PLAN_OK;
}

enum plan_verdict plan_make(struct plan *plan, const struct plan_item *v, int n)
{
	struct search s = { .v = v, .n = n, .span = MAX_RANGE_MSRS };
	enum plan_verdict why = refuse(v, n);
	const struct node **path;
	int at;

	memset(plan, 0, sizeof(*plan));
	if (why != PLAN_OK)
		return why;
	at = search(&s);
	plan->minimal = s.exact;
	if (s.node[at].count > MAX_RANGES) {
		plan->nranges = s.node[at].count;
		free(s.node);
		return PLAN_SCATTERED;
	}
	path = calloc(n, sizeof(*path));
	if (!path)
		abort();
	for (int i = n - 1; i >= 0; i--, at = s.node[at].parent)
		path[i] = &s.node[at];
	for (int k = 0; k < NR_KINDS; k++)
		emit(plan, &s, path, k);
	for (unsigned i = 0; i < plan->nranges; i++)
		fill(plan, i, v, n);
	free(path);
	free(s.node);
	return PLAN_OK;
}

/* ---- the nearest plan ---- */

/*
 * Of the entries that @counts says, the most that @nranges ranges cover, for
 * each number of ranges: best[k * (n + 1) + i] of the first i entries.
 */
static int *best_cover(const struct plan_item *v, int n, unsigned directions,
		       bool exactly)
{
	int *best = calloc((MAX_RANGES + 1) * (n + 1), sizeof(*best));

	if (!best)
		abort();
	for (int k = 1; k <= MAX_RANGES; k++) {
		int *now = best + k * (n + 1), *less = now - (n + 1);
		int from = 0, in = 0;

		for (int i = 0; i < n; i++) {
			in += exactly ? v[i].directions == directions :
					(v[i].directions & directions) != 0;
			while (v[i].index - v[from].index >= MAX_RANGE_MSRS) {
				in -= exactly ?
				      v[from].directions == directions :
				      (v[from].directions & directions) != 0;
				from++;
			}
			now[i + 1] = now[i];
			if (less[from] + in > now[i + 1])
				now[i + 1] = less[from] + in;
		}
	}
	return best;
}

/* Mark the entries that the best cover with @k ranges reaches. */
static void mark(const struct plan_item *v, int n, const int *best, int k,
		 unsigned directions, u8 *kept)
{
	for (int i = n; i > 0 && k > 0;) {
		const int *now = best + k * (n + 1);
		int from = i - 1;

		if (now[i] == now[i - 1]) {
			i--;
			continue;
		}
		while (from > 0 &&
		       v[i - 1].index - v[from - 1].index < MAX_RANGE_MSRS)
			from--;
		for (int j = from; j < i; j++)
			kept[j] |= v[j].directions & directions;
		i = from;
		k--;
	}
}

int plan_nearest(struct plan_item *v, int n, struct plan_item *dropped,
		 int *ndropped)
{
	int *reads, *writes, *both, split = 0, kept_n = 0, m = 0;
	u8 *kept;

	/* what no filter can say goes first */
	*ndropped = 0;
	for (int i = 0; i < n; i++) {
		if (is_x2apic(v[i].index) || v[i].index == UINT32_MAX)
			dropped[(*ndropped)++] = v[i];
		else
			v[m++] = v[i];
	}
	n = m;
	if (!n || plan_fewest(v, n, MAX_RANGE_MSRS) <= MAX_RANGES)
		return n;
	kept = calloc(n, 1);
	if (!kept)
		abort();
	reads = best_cover(v, n, PLAN_READ, false);
	writes = best_cover(v, n, PLAN_WRITE, false);
	both = best_cover(v, n, PLAN_BOTH, true);
#define MOST(best, k) ((best)[(k) * (n + 1) + n])
	for (int k = 1; k <= MAX_RANGES; k++)
		if (MOST(reads, k) + MOST(writes, MAX_RANGES - k) >
		    MOST(reads, split) + MOST(writes, MAX_RANGES - split))
			split = k;
	if (2 * MOST(both, MAX_RANGES) >=
	    MOST(reads, split) + MOST(writes, MAX_RANGES - split)) {
		mark(v, n, both, MAX_RANGES, PLAN_BOTH, kept);
		for (int i = 0; i < n; i++)
			if (v[i].directions != PLAN_BOTH)
				kept[i] = 0;
	} else {
		mark(v, n, reads, split, PLAN_READ, kept);
		mark(v, n, writes, MAX_RANGES - split, PLAN_WRITE, kept);
	}
#undef MOST
	for (int i = 0; i < n; i++) {
		struct plan_item item = v[i];

		if (item.directions & ~kept[i]) {
			dropped[*ndropped] = item;
			dropped[(*ndropped)++].directions &= ~kept[i];
		}
		if (kept[i]) {
			v[kept_n] = item;
			v[kept_n++].directions = kept[i];
		}
	}
	qsort(dropped, *ndropped, sizeof(*dropped), by_index);
	free(reads);
	free(writes);
	free(both);
	free(kept);
	return kept_n;
}

/* ---- the result ---- */

void plan_filter(struct plan *plan, struct kvm_msr_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->flags = KVM_MSR_FILTER_DEFAULT_ALLOW;
	for (unsigned i = 0; i < plan->nranges; i++) {
		filter->ranges[i].flags = plan->range[i].flags;
		filter->ranges[i].nmsrs = plan->range[i].nmsrs;
		filter->ranges[i].base = plan->range[i].base;
		filter->ranges[i].bitmap = plan->range[i].bitmap;
	}
}

unsigned plan_denies(const struct plan *plan, u32 index)
{
	unsigned open = PLAN_BOTH, denied = 0;

	for (unsigned i = 0; i < plan->nranges; i++) {
		const struct plan_range *r = &plan->range[i];
		u32 pos = index - r->base;

		if (index < r->base || pos >= r->nmsrs)
			continue;
		if (!(r->bitmap[pos / 8] >> pos % 8 & 1))
			denied |= open & r->flags;
		open &= ~r->flags;
	}
	return denied;
}
