// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deciding whether the history of a race can be explained.
 *
 * A change takes effect at some moment of its window and holds until another
 * one does.  So for an access whose window is [begin, end] a change may be in
 * force if it began before the end, and if it did not have to be over already:
 * no other change began after it had ended and ended before the access began.
 * What the access may then have done is asked of predict(), for a program of
 * the steps before the race, that change of filter and of mask, and the access.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "model_priv.h"
#include "race.h"
#include "text.h"

enum { INITIAL = -1, MAX_CHANGES = 2 * RACE_EVENTS };

/* A change that succeeded; its step is INITIAL for what was there before. */
struct change {
	u64 begin, end;
	int step;
};

struct changes {
	struct change *v;
	int n;
};

struct oracle {
	const struct machine *m;
	const struct program *p;
	const struct control *ctl;
	const struct race_log *log;
	enum rule flip;
	int first, last;		/* steps of the race, without its marks */
	struct changes filter[MAX_VMS], mask[MAX_VMS];
	/* does outcome [what] of step fit with this filter and mask?
	 * 0: not asked yet, 1 no, 2 yes; [0] is INITIAL */
	u8 (*fits)[MAX_STEPS + 1][MAX_STEPS + 1][RACE_OUTCOMES];
};

/* ---- what a step may do under a filter and a mask ---- */

/*
 * The access, or change, keeps its place: registers are poisoned by the number
 * of the step.  There is room for the two changes because a race has its
 * changes first.
 */
static void predict_under(const struct oracle *o, int step, int filter, int mask,
			  struct prediction *pred)
{
	static struct program one;
	int n = o->first - 1;

	memcpy(&one, o->p, offsetof(struct program, step));
	memcpy(one.step, o->p->step, n * sizeof(one.step[0]));
	if (mask != INITIAL)
		one.step[n++] = o->p->step[mask];
	if (filter != INITIAL)
		one.step[n++] = o->p->step[filter];
	while (n < step)
		one.step[n++] = (struct step){ .kind = STEP_WAIT,
					       .wait = ACTOR_T1 };
	one.step[n++] = o->p->step[step];
	one.nsteps = n;
	predict(o->m, &one, o->ctl, o->flip, pred);
}

static bool fits(struct oracle *o, int step, u8 what, int filter, int mask)
{
	static struct prediction pred;
	u8 *known;

	if (what >= RACE_OUTCOMES)
		return false;
	known = &o->fits[step][filter + 1][mask + 1][what];
	if (*known)
		return *known == 2;
	predict_under(o, step, filter, mask, &pred);
	*known = 1;
	for (int e = 0; e < pred.nedges; e++)
		if (pred.edge[e].step == step &&
		    outcome_differs(&pred.edge[e].want,
				    &o->log->outcome[step][what]) == NR_FIELDS)
			*known = 2;
	return *known == 2;
}

/* ---- what could have been in force ---- */

static int by_begin(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void collect_changes(struct oracle *o, enum step_kind kind, unsigned vm,
			    struct changes *c)
{
	c->v = calloc(MAX_CHANGES, sizeof(*c->v));
	if (!c->v)
		abort();
	c->v[c->n++].step = INITIAL;
	for (int a = 0; a < MAX_ACTORS; a++) {
		const struct race_actor *actor = &o->log->actor[a];

		for (u32 i = 0; i < actor->n && c->n < MAX_CHANGES; i++) {
			const struct race_event *e = &actor->event[i];
			const struct step *s = &o->p->step[e->step];

			if (s->kind != kind || s->vm != vm ||
			    e->what >= RACE_OUTCOMES ||
			    o->log->outcome[e->step][e->what].val[F_RET])
				continue;
			c->v[c->n++] = (struct change){ e->begin, e->end,
							e->step };
		}
	}
	qsort(c->v + 1, c->n - 1, sizeof(*c->v), by_begin);
}

/* The change that began last of those that had ended before @time. */
static const struct change *last_before(const struct changes *c, u64 time)
{
	const struct change *last = &c->v[0];

	for (int i = 1; i < c->n; i++)
		if (c->v[i].end < time && c->v[i].begin >= last->begin)
			last = &c->v[i];
	return last;
}

/*
 * The steps whose change may be in force in [begin, end], each once, into
 * @steps; with @stale the one that was before those, as a kernel would have it
 * that forgets to make the last change known.
 */
static int in_force(const struct changes *c, u64 begin, u64 end, bool stale,
		    int steps[MAX_STEPS])
{
	const struct change *last = last_before(c, begin);
	bool may[MAX_STEPS + 1] = { false };
	int n = 0;

	if (stale && last->step != INITIAL) {
		steps[0] = last_before(c, last->begin)->step;
		return 1;
	}
	for (int i = 0; i < c->n; i++)
		if (c->v[i].begin <= end && c->v[i].end >= last->begin)
			may[c->v[i].step + 1] = true;
	for (int s = 0; s <= MAX_STEPS; s++)
		if (may[s])
			steps[n++] = s - 1;
	return n;
}

/* Every filter, or mask, that is ever in force. */
static int ever(const struct changes *c, int steps[MAX_STEPS])
{
	return in_force(c, 0, ~0ULL, false, steps);
}

/* Do all filters of the race, and the one before, treat the access alike? */
static bool agreed(struct oracle *o, const struct race_event *e)
{
	const struct changes *f = &o->filter[o->p->step[e->step].vm];
	const struct changes *k = &o->mask[o->p->step[e->step].vm];
	int filters[MAX_STEPS], masks[MAX_STEPS];
	int nf = ever(f, filters), nk = ever(k, masks);

	for (int i = 0; i < nf; i++)
		for (int j = 0; j < nk; j++)
			if (!fits(o, e->step, e->what, filters[i], masks[j]))
				return false;
	return true;
}

static bool event_explained(struct oracle *o, const struct race_event *e)
{
	const struct step *s = &o->p->step[e->step];
	int filters[MAX_STEPS], masks[MAX_STEPS], nf, nk;

	if (race_writes(s))
		return fits(o, e->step, e->what, INITIAL, INITIAL);
	if ((o->flip == R(race_agreed_msrs_undisturbed) ||
	     o->flip == R(race_set_filter_loop)) && agreed(o, e))
		return false;
	nf = in_force(&o->filter[s->vm], e->begin, e->end,
		      o->flip == R(race_old_or_new_filter) ||
		      o->flip == R(race_stopped_vcpu_deterministic) ||
		      o->flip == R(race_old_filter_gone_on_return), filters);
	nk = in_force(&o->mask[s->vm], e->begin, e->end,
		      o->flip == R(race_mask_store_unordered), masks);
	for (int i = 0; i < nf; i++)
		for (int j = 0; j < nk; j++)
			if (fits(o, e->step, e->what, filters[i], masks[j]))
				return true;
	return false;
}

/* ---- saying it ---- */

static void say_steps(const struct oracle *o, struct race_misfit *why,
		      const char *what, const struct changes *c,
		      const struct race_event *e)
{
	int steps[MAX_STEPS], n = in_force(c, e->begin, e->end, false, steps);
	int at = strlen(why->text);
	char label[256];

	at = append(why->text, sizeof(why->text), at,
		    "  %s that may be in force:", what);
	for (int i = 0; i < n; i++) {
		if (steps[i] == INITIAL) {
			at = append(why->text, sizeof(why->text), at,
				    " the one before the race");
			continue;
		}
		text_step_label(label, sizeof(label), &o->p->step[steps[i]]);
		at = append(why->text, sizeof(why->text), at, "%s step %d (%s)",
			    i ? "," : "", steps[i] + 1, label);
	}
	append(why->text, sizeof(why->text), at, "\n");
}

static void say(const struct oracle *o, const struct race_event *e,
		enum actor actor, u32 nth, struct race_misfit *why)
{
	const struct step *s = &o->p->step[e->step];

	why->step = e->step;
	if (e->what < RACE_OUTCOMES)
		outcome_print(why->got, sizeof(why->got),
			      &o->log->outcome[e->step][e->what], NULL);
	else
		snprintf(why->got, sizeof(why->got),
			 "more than %d different outcomes", RACE_OUTCOMES);
	snprintf(why->text, sizeof(why->text), "  event %u of actor %d, %llu "
		 "ns long, cannot be explained\n", nth + 1, actor,
		 (unsigned long long)(e->end - e->begin));
	if (race_writes(s))
		return;
	say_steps(o, why, "filters", &o->filter[s->vm], e);
	say_steps(o, why, "masks", &o->mask[s->vm], e);
}

/* ---- the whole ---- */

static void begin(struct oracle *o, int race)
{
	o->first = race + 1;
	o->last = race_end(o->p, race) - 1;
	o->fits = calloc(MAX_STEPS, sizeof(*o->fits));
	if (!o->fits)
		abort();
	for (unsigned vm = 0; vm < MAX_VMS; vm++) {
		collect_changes(o, STEP_FILTER, vm, &o->filter[vm]);
		collect_changes(o, STEP_CAP, vm, &o->mask[vm]);
	}
}

static void finish(struct oracle *o)
{
	free(o->fits);
	for (unsigned vm = 0; vm < MAX_VMS; vm++) {
		free(o->filter[vm].v);
		free(o->mask[vm].v);
	}
}

static int the_race(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_RACE)
			return i;
	return -1;
}

bool race_explained(const struct machine *m, const struct program *p,
		    const struct control *ctl, const struct race_log *log,
		    enum rule flip, struct race_misfit *why)
{
	struct oracle o = { .m = m, .p = p, .ctl = ctl, .log = log,
			    .flip = flip };
	bool ok = true;

	if (the_race(p) < 0)
		return true;
	begin(&o, the_race(p));
	for (int a = 0; ok && a < MAX_ACTORS; a++)
		for (u32 i = 0; ok && i < log->actor[a].n; i++) {
			ok = event_explained(&o, &log->actor[a].event[i]);
			if (!ok && why)
				say(&o, &log->actor[a].event[i], a, i, why);
		}
	finish(&o);
	return ok;
}

/* The first outcome that the model allows, as if it had been seen. */
static void made_up(const struct oracle *o, int step, int filter, int mask,
		    struct outcome *seen)
{
	static struct prediction pred;

	predict_under(o, step, filter, mask, &pred);
	memset(seen, 0, sizeof(*seen));
	for (int e = pred.nedges - 1; e >= 0; e--)
		if (pred.edge[e].step == step)
			*seen = pred.edge[e].want;
	for (int f = 0; f < NR_FIELDS; f++)
		seen->mask[f] = ~0ULL;
}

void race_make_up(const struct machine *m, const struct program *p,
		  const struct control *ctl, struct race_log *log)
{
	struct oracle o = { .m = m, .p = p, .ctl = ctl, .log = log,
			    .flip = RULE_NONE };
	int race = the_race(p), filter[MAX_VMS], mask[MAX_VMS];
	struct outcome seen;
	u64 time = 1000;

	race_clear(log);
	if (race < 0)
		return;
	o.first = race + 1;
	o.last = race_end(p, race) - 1;
	memset(filter, INITIAL, sizeof(filter));
	memset(mask, INITIAL, sizeof(mask));
	for (int round = 0; round < 2; round++)
		for (int w = o.first; w <= o.last; w++) {
			const struct step *s = &p->step[w];

			if (!race_writes(s))
				continue;
			made_up(&o, w, INITIAL, INITIAL, &seen);
			race_note(log, s->actor, w, &seen, time, time + 10);
			if (!seen.val[F_RET])
				*(s->kind == STEP_FILTER ? &filter[s->vm] :
							   &mask[s->vm]) = w;
			time += 20;
			for (int i = o.first; i <= o.last; i++) {
				const struct step *a = &p->step[i];

				if (race_writes(a))
					continue;
				made_up(&o, i, filter[a->vm], mask[a->vm],
					&seen);
				race_note(log, a->actor, i, &seen, time,
					  time + 10);
				time += 20;
			}
		}
}

/* ---- the model's part: what is in force when the race is over ---- */

/* Does a change of this kind, which succeeds, take the place of the first? */
static bool replaced(struct model *md, const struct state *st, int race,
		     enum step_kind kind)
{
	for (int i = race + 1; i < md->step; i++)
		if (md->p->step[i].kind == kind &&
		    (kind == STEP_FILTER ? model_filter_accepted(md, st, i) :
					   model_cap_accepted(md, i)))
			return true;
	return false;
}

/* One of the changes to filters, one of those to masks; @race: none. */
void model_race_end(struct model *md, const struct state *st)
{
	const struct outcome nothing = { 0 };
	int race = race_of(md->p, md->step);

	for (int f = race; f < md->step; f++) {
		const struct step *fs = &md->p->step[f];

		if (f == race ? replaced(md, st, race, STEP_FILTER) :
		    fs->kind != STEP_FILTER ||
		    !model_filter_accepted(md, st, f))
			continue;
		for (int k = race; k < md->step; k++) {
			const struct step *ks = &md->p->step[k];
			struct state after = *st;

			if (k == race ? replaced(md, st, race, STEP_CAP) :
			    ks->kind != STEP_CAP || !model_cap_accepted(md, k))
				continue;
			if (f != race)
				after.vm[fs->vm].filter =
					rule(md, R(race_setters_serialised)) ?
					f : -1;
			if (k != race)
				after.vm[ks->vm].mask = ks->cap.arg;
			model_edge(md, &after, R(race_setters_serialised),
				   &nothing);
		}
	}
}
