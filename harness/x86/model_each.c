// SPDX-License-Identifier: GPL-2.0-only
/*
 * `each` steps: how many accesses of a set must come to what, and when none
 * may come to anything else than the last time.
 */
#include <string.h>

#include "../each.h"
#include "../model_priv.h"
#include "abi.h"

/* Has the step an effect on what later accesses of its VM give? */
static bool has_effect(struct model *md, int i, bool denied)
{
	const struct step *s = &md->p->step[i];
	bool served = md->out->asks[i];

	switch (s->kind) {
	case STEP_IRQCHIP:
	case STEP_CPUID:
	case STEP_SET_MSR:
	case STEP_SREGS:
	case STEP_NESTED:
	case STEP_NESTED_STATE:
	case STEP_INIT:
		return true;
	case STEP_CAP:
		return s->cap.nr != CAP_X86_USER_SPACE_MSR;
	case STEP_CODE:
	case STEP_WRMSR:
		return served || denied;
	case STEP_NATIVE:
		return s->native.write;
	case STEP_EACH:
		return s->each.op == EACH_WRMSR && (served || denied);
	default:
		return false;
	}
}

/* The next step before @end with an effect on @vm; @end if there is none. */
static int next_effect(struct model *md, int i, int end, unsigned vm,
		       bool denied)
{
	for (; i < end; i++)
		if (md->p->step[i].vm == vm && has_effect(md, i, denied))
			break;
	return i;
}

/* The VMs of steps @a and @b were made the same way before them. */
static bool same_history(struct model *md, int a, int b, bool denied)
{
	unsigned vm_a = md->p->step[a].vm, vm_b = md->p->step[b].vm;
	int i = 0, j = 0;

	for (;; i++, j++) {
		const struct step *x, *y;

		i = next_effect(md, i, a, vm_a, denied);
		j = next_effect(md, j, b, vm_b, denied);
		if (i == a || j == b)
			return i == a && j == b;
		x = &md->p->step[i];
		y = &md->p->step[j];
		if (x->kind != y->kind || x->vcpu != y->vcpu ||
		    memcmp(&x->cap, &y->cap,
			   sizeof(*x) - offsetof(struct step, cap)))
			return false;
	}
}

/* The last step of this kind before, -1 if there is none. */
static int last_alike(const struct model *md)
{
	const struct step_each *e = &md->p->step[md->step].each;

	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_EACH && b->each.op == e->op &&
		    b->each.set == e->set)
			return i;
	}
	return -1;
}

/* Compared with the last time: nothing changed if nothing had an effect. */
static void want_changes(struct model *md, struct outcome *o)
{
	const struct step *s = &md->p->step[md->step];
	int last = last_alike(md);
	bool write = s->each.op == EACH_WRMSR;
	bool by_writes = true, by_reads = true;

	if (last < 0 || md->p->step[last].vcpu != s->vcpu ||
	    md->out->asks[last] != md->out->asks[md->step] ||
	    memcmp(&md->p->step[last].each, &s->each, sizeof(s->each)) ||
	    !same_history(md, last, md->step, false))
		return;
	for (int i = last + 1; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (b->kind != STEP_EACH || md->out->asks[i])
			continue;
		if (b->each.op == EACH_WRMSR)
			by_writes &= rule(md, R(exit_denied_write_no_effect)) &&
				     rule(md, R(pass_denied_write_no_effect));
		else
			by_reads &= rule(md, R(exit_denied_read_no_effect));
	}
	if (!write)
		outcome_set(o, F_E_CHANGED, !by_writes || !by_reads);
	else
		outcome_set(o, F_E_CHANGED, 0);
	if (s->vm != md->p->step[last].vm &&
	    !rule(md, R(match_allowed_may_still_fail)))
		outcome_set(o, F_E_CHANGED, 1);
}

static u64 exempt_in(enum each_set set, unsigned n)
{
	return set == EACH_X2APIC ? n : 0;
}

void model_each(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	const struct step_each *e = &s->each;
	struct outcome o = { 0 };
	u64 classes[NR_COUNTS] = { 0 };
	const u32 *msrs;
	unsigned n = each_msrs(md->m, e->set, &msrs), denied = 0;
	enum rule why = R(host_not_filtered);
	struct step one = { .kind = e->op == EACH_WRMSR ? STEP_WRMSR :
							  STEP_RDMSR,
			    .vm = s->vm, .vcpu = s->vcpu };

	if (e->op == EACH_GET) {
		want_changes(md, &o);
		if (outcome_has(&o, F_E_CHANGED) &&
		    !rule(md, R(host_not_filtered)))
			outcome_set(&o, F_E_CHANGED, n);
		model_edge(md, st, why, &o);
		return;
	}
	one.access.value = e->same ? 0 : e->value;
	for (unsigned i = 0; i < n; i++) {
		one.access.index = msrs[i];
		denied += model_denies(md, st, &one);
	}
	why = md->decided;
	md->out->asks[md->step] |= denied < n;
	classes[model_denied_class(md, st, s)] = denied;
	for (int c = 0; c < NR_COUNTS; c++)
		if (denied == n || c == COUNT_FILTER || c == COUNT_ODD)
			outcome_set(&o, F_E_DONE + c, classes[c]);
	if (!denied && exempt_in(e->set, n) &&
	    !rule(md, R(x2a_never_reason_filter)))
		outcome_set(&o, F_E_FILTER, n);
	if (denied < n)
		want_changes(md, &o);
	model_edge(md, st, why, &o);
}
