// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sweep is as many accesses: each of them follows the rules of
 * model_access.c.  As nothing changes between two indices at which a range, a
 * bit or the catalogue begins or ends, only those are looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "../../guest/layout.h"
#include "../model_priv.h"
#include "../msrs.h"
#include "abi.h"
#include "guest.h"

/* Indices at which the answer may become another one; sorted, no twins. */
struct edges {
	u64 *v;
	size_t n, room;
	u64 first, last;
};

static void add(struct edges *e, u64 index)
{
	if (index < e->first || index > e->last)
		return;
	if (e->n == e->room) {
		e->room = e->room ? 2 * e->room : 1024;
		e->v = realloc(e->v, e->room * sizeof(*e->v));
		if (!e->v)
			abort();
	}
	e->v[e->n++] = index;
}

/* A flipped rule moves an end by one, or to the next multiple of 64. */
static void add_around(struct edges *e, u64 index)
{
	for (u64 i = index ? index - 1 : 0; i <= index + 2; i++)
		add(e, i);
}

static void add_range(struct edges *e, const struct range *r)
{
	const struct bitmap *b = &r->bits;
	u64 end = (u64)r->base + r->nmsrs;
	u64 all = r->base + bitmap_bytes(r->nmsrs) * 8;

	if (!r->nmsrs)
		return;
	add_around(e, r->base);
	add_around(e, end);
	add_around(e, all);
	if ((b->fill && b->fill != 0xff) || b->nflips ||
	    b->at.kind == PLACE_FIRST)
		for (u64 i = r->base; i < all && i < r->base + 2 * MAX_RANGE_MSRS;
		     i++)
			add(e, i);
}

static int by_value(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void find_edges(struct edges *e, const struct program *p, int step,
		       const struct outcome *seen)
{
	size_t n = 0;

	add(e, e->first);
	for (u64 i = X2APIC_FIRST - 1; i <= X2APIC_LAST + 1; i++)
		add(e, i);
	for (const struct msr_info *m = msr_info; m->name; m++) {
		add(e, m->first);
		add(e, (u64)m->first + m->count);
	}
	for (int i = 0; i < step; i++) {
		const struct step *s = &p->step[i];

		if (s->kind == STEP_FILTER)
			for (int r = 0; r < MAX_RANGES; r++)
				add_range(e, &s->filter.range[r]);
		else if (s->kind == STEP_RDMSR || s->kind == STEP_WRMSR)
			add_around(e, s->access.index);
	}
	for (int f = F_RUN; seen && f <= F_LAST_RUN; f++)
		if (outcome_has(seen, f))
			add(e, seen->val[f] >> 32);
	qsort(e->v, e->n, sizeof(*e->v), by_value);
	for (size_t i = 0; i < e->n; i++)
		if (!n || e->v[i] != e->v[n - 1])
			e->v[n++] = e->v[i];
	e->n = n;
}

/* What the control's sweep showed for @index; false if it does not say. */
static bool control_class(const struct outcome *seen, u32 index, u32 *class)
{
	u64 runs = seen->val[F_RUNS];

	for (int k = NR_RUNS - 1; k >= 0; k--) {
		u64 run = seen->val[F_RUN + k];

		if (!outcome_has(seen, F_RUN + k) || index < run >> 32)
			continue;
		/* the last one that was kept ends where nobody knows */
		if (k == NR_RUNS - 1 && runs > NR_RUNS && index != run >> 32)
			return false;
		*class = run;
		return (run & CLASS_END) != CLASS_LOST;
	}
	return false;
}

/* The control's answer in the form in which one access would have it. */
static void control_outcome(struct control *c, int step, u32 class)
{
	struct outcome *o = &c->seen[step];
	u32 end = class & CLASS_END;

	memset(o, 0, sizeof(*o));
	c->have[step] = true;
	outcome_set(o, F_EXITS, (class & CLASS_EXITS) >> 8);
	outcome_set(o, F_X_REASON, (class & CLASS_REASON) >> 16);
	outcome_set(o, F_END, end == CLASS_DONE ? END_DONE : END_FAULT);
	outcome_set(o, F_VECTOR, end);
	outcome_set(o, F_RAX, 0);
	outcome_set(o, F_RDX, 0);
}

/* The class of an allowed outcome; false if it is open. */
static bool class_of(const struct program *p, int step, const struct outcome *o,
		     u32 *class)
{
	const struct step *s = &p->step[step];
	const u64 *v = o->val;
	bool write = s->kind == STEP_WRMSR, done = v[F_END] == END_DONE;
	u64 rax = write || !done ? guest_entry_reg(p, step, GPR_RAX) :
				   (u32)s->access.reply.data;
	u64 rdx = write || !done ? guest_entry_reg(p, step, GPR_RDX) :
				   s->access.reply.data >> 32;

	if (!outcome_has(o, F_END) || !outcome_has(o, F_EXITS))
		return false;
	if (!done && v[F_END] != END_FAULT) {
		*class = CLASS_LOST;
		return true;
	}
	*class = sweep_class(v[F_EXITS], v[F_X_REASON],
			     done ? CLASS_DONE : v[F_VECTOR]);
	if (v[F_EXITS]) {
		if (v[F_EXIT] != (write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR))
			*class |= CLASS_BAD_EXIT;
		if (v[F_X_INDEX] != s->access.index)
			*class |= CLASS_BAD_INDEX;
		if (v[F_X_DATA] != (write ? s->access.value : 0))
			*class |= CLASS_BAD_DATA;
		if (v[F_X_ERROR] || v[F_X_PAD])
			*class |= CLASS_BAD_ERROR;
	}
	if ((v[F_EXITS] || write || !done) &&
	    (v[F_RAX] != rax || v[F_RDX] != rdx))
		*class |= CLASS_BAD_REGS;
	if (!done && v[F_RIP])
		*class |= CLASS_BAD_RIP;
	if (!done && v[F_CODE])
		*class |= CLASS_BAD_CODE;
	return true;
}

/* One access, for which the step is replaced. */
struct probe {
	struct model md;
	struct program p;
	struct control ctl;
	struct prediction out;
};

static void make_probe(struct probe *b, const struct model *md)
{
	const struct step_sweep *w = &md->p->step[md->step].sweep;
	struct step *s = &b->p.step[md->step];

	b->md = *md;
	b->md.p = &b->p;
	b->md.ctl = &b->ctl;
	b->md.out = &b->out;
	memcpy(&b->p, md->p, offsetof(struct program, step[md->step]));
	b->p.nsteps = md->step + 1;
	*s = md->p->step[md->step];
	s->kind = w->write ? STEP_WRMSR : STEP_RDMSR;
	s->access = (struct step_access){
		.value = md->p->step[md->step].sweep.value,
		.reply = md->p->step[md->step].sweep.reply,
	};
	b->ctl.have[md->step] = false;
	memcpy(b->out.asks, md->out->asks, sizeof(b->out.asks));
	memset(&b->out.rules, 0, sizeof(b->out.rules));
}

static bool probe_class(struct probe *b, const struct state *st, u32 index,
			const struct outcome *seen, u32 *class)
{
	int step = b->md.step;
	struct step *s = &b->p.step[step];
	u32 own;

	s->access.index = index;
	b->ctl.have[step] = false;
	if (seen && control_class(seen, index, &own))
		control_outcome(&b->ctl, step, own);
	b->md.nnext = b->out.nedges = 0;
	model_access(&b->md, st, step, NULL);
	return b->out.nedges == 1 &&
	       class_of(&b->p, step, &b->out.edge[0].want, class);
}

/*
 * From @index on it is open what KVM answers; but that no filter denies it ends
 * a run of accesses that one denied.
 */
static void open_run(struct outcome *o, u32 index, const struct outcome *want)
{
	u64 n = o->val[F_RUNS];
	u32 class = n ? o->val[F_RUN + n - 1] : 0;

	if (!n || n == NR_RUNS || !(class & REASON_FILTER << 16))
		return;
	if (want->mask[F_X_REASON] != REASON_FILTER || want->val[F_X_REASON])
		return;
	o->val[F_RUN + n] = (u64)index << 32;
	o->mask[F_RUN + n] = ~0ULL << 32;
}

void model_sweep(struct model *md, const struct state *st)
{
	static __thread struct probe b;
	const struct step *s = &md->p->step[md->step];
	const struct outcome *seen = md->ctl && md->ctl->have[md->step] ?
				     &md->ctl->seen[md->step] : NULL;
	struct edges e = { .first = s->sweep.first, .last = s->sweep.last };
	struct outcome o = { 0 };
	enum rule decided = RULE_NONE;
	bool open = false;
	u32 class = 0;

	outcome_set(&o, F_RUNS, 0);
	if (st->vcpu[s->vm][s->vcpu].phase != PHASE_NONE ||
	    program_mode(md->p, md->step) != MODE_LONG) {
		outcome_set(&o, F_END, END_SKIPPED);
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	find_edges(&e, md->p, md->step, seen);
	make_probe(&b, md);
	outcome_set(&o, F_SWEPT, (u64)s->sweep.last - s->sweep.first + 1);
	outcome_set(&o, F_END, END_DONE);
	for (size_t i = 0; i < e.n && !open && class != CLASS_LOST &&
	     o.val[F_RUNS] <= NR_RUNS; i++) {
		open = !probe_class(&b, st, e.v[i], seen, &class);
		if (open)
			open_run(&o, e.v[i], &b.out.edge[0].want);
		else
			outcome_run(&o, e.v[i], class);
		if (!i)
			decided = b.md.decided;
		if (!open && class == CLASS_LOST) {
			outcome_set(&o, F_SWEPT, e.v[i] - s->sweep.first);
			outcome_set(&o, F_END, b.out.edge[0].want.val[F_END]);
		}
	}
	free(e.v);
	rule_set_merge(&md->out->rules, &b.out.rules);
	md->out->asks[md->step] |= b.out.asks[md->step];
	if (open || o.val[F_RUNS] > NR_RUNS)
		outcome_forget(&o, F_RUNS);
	model_edge(md, st, decided, &o);
}
