// SPDX-License-Identifier: GPL-2.0-only
/* predict(): a program becomes the set of its allowed observations. */
#include <errno.h>
#include <string.h>

#include "model_priv.h"
#include "race.h"

void model_edge(struct model *md, const struct state *after, enum rule decided,
		const struct outcome *want)
{
	struct prediction *out = md->out;
	struct state l1;
	struct outcome reflected;
	struct edge *e;
	int to;

	if (model_nested_reflects(md, after)) {
		l1 = *after;
		reflected = *want;
		model_nested_reflect(md, &l1, &reflected);
		after = &l1;
		want = &reflected;
	}

	for (to = 0; to < md->nnext; to++)
		if (!memcmp(&md->next[to], after, sizeof(*after)))
			break;
	if (out->nedges == MAX_EDGES || to == MAX_STATES) {
		out->overflow = true;
		return;
	}
	if (to == md->nnext)
		md->next[md->nnext++] = *after;
	e = &out->edge[out->nedges++];
	e->step = md->step;
	e->from = md->from;
	e->to = to;
	e->rule = decided;
	e->want = *want;
}

struct outcome model_ret(int err, long ret)
{
	struct outcome o = { 0 };

	outcome_set(&o, F_RET, err ? (u64)-1 : (u64)ret);
	outcome_set(&o, F_ERRNO, err);
	return o;
}

bool model_unreadable(const struct place *at, u64 size)
{
	switch (at->kind) {
	case PLACE_READABLE:
		return at->readable < size;
	case PLACE_NULL:
	case PLACE_HOLE:
	case PLACE_NOACCESS:
	case PLACE_KERNEL:
	case PLACE_NONCANON:
	case PLACE_LAST:
		return true;
	default:
		return false;
	}
}

/* The step has KVM create its vCPU if it is not there. */
static bool names_vcpu(const struct step *s)
{
	switch (s->kind) {
	case STEP_VCPU:
	case STEP_GET_MSR:
	case STEP_SET_MSR:
	case STEP_ONE_REG:
	case STEP_NATIVE:
	case STEP_EACH:
	case STEP_SREGS:
	case STEP_INIT:
	case STEP_RESUME:
	case STEP_SET_REGS:
	case STEP_REGS:
	case STEP_EVENTS:
	case STEP_INJECT:
	case STEP_PEEK:
	case STEP_NMI:
	case STEP_DEBUG:
	case STEP_IDT:
	case STEP_COPY:
	case STEP_POKE:
	case STEP_MP_STATE:
	case STEP_SWEEP:
	case STEP_NESTED:
	case STEP_NESTED_STATE:
	case STEP_SET_REG:
	case STEP_GET_REG:
	case STEP_SET_EVENTS:
	case STEP_GET_EVENTS:
	case STEP_MMU:
		return true;
	case STEP_CPUID:
		return s->cpuid.kind != CPUID_NONE;
	case STEP_CHECK_CAP:
	case STEP_CAP:
		return s->cap.fd == FD_VCPU;
	case STEP_FILTER:
		return s->filter.fd == FD_VCPU;
	case STEP_IOCTL:
		return s->ioctl.fd == FD_VCPU;
	case STEP_MSRS:
		return s->msrs.fd == FD_VCPU;
	default:
		return step_is_guest(s);
	}
}

bool model_vcpu_existed(const struct model *md, int step, unsigned vm,
			unsigned vcpu)
{
	bool exists = false;

	for (int i = 0; i < step; i++) {
		const struct step *s = &md->p->step[i];

		if (s->vm != vm)
			continue;
		if (s->kind == STEP_CLOSE)
			exists = false;
		else if (s->vcpu == vcpu && names_vcpu(s))
			exists = true;
	}
	return exists;
}

bool model_vcpu_exists(const struct model *md, unsigned vm, unsigned vcpu)
{
	return model_vcpu_existed(md, md->step, vm, vcpu);
}

bool model_any_vcpu(const struct model *md, unsigned vm)
{
	for (unsigned i = 0; i < MAX_VCPUS; i++)
		if (model_vcpu_exists(md, vm, i))
			return true;
	return false;
}

bool model_vcpu_ran(const struct model *md, int step, unsigned vm)
{
	bool runs = false;

	for (int i = 0; i < step; i++) {
		const struct step *s = &md->p->step[i];

		if (s->vm != vm)
			continue;
		if (s->kind == STEP_SPIN && s->async)
			runs = true;
		else if (s->kind == STEP_STOP)
			runs = false;
	}
	return runs;
}

bool model_vcpu_runs(const struct model *md, unsigned vm)
{
	return model_vcpu_ran(md, md->step, vm);
}

void model_fresh_vm(struct model *md, struct state *st, unsigned vm)
{
	memset(&st->vm[vm], 0, sizeof(st->vm[vm]));
	st->vm[vm].filter = st->vm[vm].below = st->vm[vm].since = -1;
	memset(st->vcpu[vm], 0, sizeof(st->vcpu[vm]));
	memset(st->nested[vm], 0, sizeof(st->nested[vm]));
	memset(&st->arm64[vm], 0, sizeof(st->arm64[vm]));
	if (!rule(md, R(cap_new_vm_mask_zero)))
		st->vm[vm].mask = 7;
}

/* The oracle flips these. */
static const enum rule race_rules[] = {
	R(race_old_or_new_filter), R(race_agreed_msrs_undisturbed),
	R(race_old_filter_gone_on_return), R(race_set_filter_loop),
	R(race_mask_store_unordered), R(race_stopped_vcpu_deterministic),
};

static void model_step(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct outcome o = { 0 };

	if (s->kind == STEP_RACE ||
	    (s->kind != STEP_END && race_of(md->p, md->step) >= 0)) {
		/* the oracle's affair, which may ask what KVM says */
		if (s->kind == STEP_RACE)
			for (size_t i = 0; i < ARRAY_SIZE(race_rules); i++)
				rule_set_add(&md->out->rules, race_rules[i]);
		md->out->asks[md->step] = step_is_guest(s);
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	if (md->arm64) {
		model_arm64(md, st);
		return;
	}
	switch (s->kind) {
	case STEP_END:
		model_race_end(md, st);
		return;
	case STEP_CAP:
		model_cap(md, st);
		return;
	case STEP_CHECK_CAP:
		model_check_cap(md, st);
		return;
	case STEP_FILTER:
		model_filter(md, st);
		return;
	case STEP_RDMSR:
	case STEP_WRMSR:
	case STEP_CODE:
	case STEP_SPIN:
	case STEP_NATIVE:
		model_guest(md, st);
		return;
	case STEP_EACH:
		model_each(md, st);
		return;
	case STEP_SWEEP:
		model_sweep(md, st);
		return;
	case STEP_RESUME:
		model_resume(md, st);
		return;
	case STEP_SET_REGS:
	case STEP_REGS:
	case STEP_EVENTS:
	case STEP_INJECT:
	case STEP_PEEK:
	case STEP_NMI:
	case STEP_DEBUG:
	case STEP_IDT:
	case STEP_COPY:
	case STEP_POKE:
	case STEP_MP_STATE:
		model_vcpu_state(md, st);
		return;
	case STEP_NESTED:
	case STEP_NESTED_STATE:
		model_nested(md, st);
		return;
	case STEP_CLOSE:
		o = model_ret(0, 0);
		for (int i = 0; i < MAX_VCPUS; i++)
			if (st->vcpu[s->vm][i].phase == PHASE_EXIT &&
			    !rule(md, R(rply_destroy_pending_clean)))
				o = model_ret(EBUSY, 0);
		model_fresh_vm(md, &after, s->vm);
		model_edge(md, &after, RULE_NONE, &o);
		return;
	case STEP_VCPU:
		/* no other mode amid an access: the engine's own answer */
		o = model_ret(st->vcpu[s->vm][s->vcpu].phase == PHASE_NONE ?
			      0 : EBUSY, 0);
		model_edge(md, &after, RULE_NONE, &o);
		return;
	case STEP_WAIT:
		model_filter_late(md, st);
		return;
	case STEP_STOP:
		o = model_ret(0, 0);
		model_edge(md, &after, RULE_NONE, &o);
		return;
	default:
		model_host(md, st);
	}
}

void predict(const struct machine *m, const struct program *p,
	     const struct control *ctl, enum rule flip,
	     struct prediction *out)
{
	static __thread struct model md;

	memset(&md, 0, offsetof(struct model, now));
	memset(&md.now[0], 0, sizeof(md.now[0]));
	md.m = m;
	md.p = p;
	md.ctl = ctl;
	md.flipped = rule_flipped(flip);
	md.out = out;
	md.arm64 = program_needs(p) & NEED_ARM64;
	memset(&out->rules, 0, sizeof(out->rules));
	memset(out->asks, 0, sizeof(out->asks));
	out->nedges = 0;
	out->overflow = false;

	md.nnow = 1;
	for (int i = 0; i < MAX_VMS; i++)
		model_fresh_vm(&md, &md.now[0], i);
	for (md.step = 0; md.step < p->nsteps; md.step++) {
		md.nnext = 0;
		for (md.from = 0; md.from < md.nnow; md.from++)
			model_step(&md, &md.now[md.from]);
		memcpy(md.now, md.next, md.nnext * sizeof(md.next[0]));
		md.nnow = md.nnext;
	}
}
