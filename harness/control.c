// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "control.h"
#include "reasons.h"
#include "x86/abi.h"

/* An access that fails for sure changes nothing and shows nothing new. */
static bool kept(const struct machine *m, const struct program *p, int i,
		 bool asks)
{
	const struct step *s = &p->step[i];
	enum verdict v;

	switch (s->kind) {
	case STEP_RDMSR:
	case STEP_WRMSR:
		v = access_verdict(m, p, i);
		return asks && v != VERDICT_UNKNOWN && v != VERDICT_INVAL;
	case STEP_CODE:
	case STEP_NATIVE:
	case STEP_EACH:
	case STEP_SWEEP:
		return asks;
	case STEP_CAP:
		/* not the one the control has its own of */
		return s->cap.nr != CAP_X86_USER_SPACE_MSR &&
		       s->cap.nr != CAP_X86_MSR_FILTER &&
		       s->cap.fd != FD_KVM && s->actor != ACTOR_CHILD;
	case STEP_IOCTL:	/* that sets something up */
		return s->ioctl.ndata && s->actor != ACTOR_CHILD;
	case STEP_GET_MSR:
	case STEP_SET_MSR:
	case STEP_MSRS:
	case STEP_ONE_REG:
	case STEP_IRQCHIP:
	case STEP_CPUID:
	case STEP_SREGS:
	case STEP_VCPU:
	case STEP_INIT:
	case STEP_CLOSE:
	case STEP_NESTED:
		return s->actor != ACTOR_CHILD;
	default:
		return false;
	}
}

static bool shows(const struct step *s)
{
	return step_is_guest(s) || s->kind == STEP_NATIVE ||
	       s->kind == STEP_SWEEP ||
	       s->kind == STEP_GET_MSR || s->kind == STEP_SET_MSR ||
	       s->kind == STEP_MSRS || s->kind == STEP_ONE_REG;
}

/* A write that works for sure shows nothing that is not known. */
static bool must_ask(const struct machine *m, const struct program *p, int i)
{
	const struct step *s = &p->step[i];

	return shows(s) && !(s->kind == STEP_WRMSR &&
			     access_verdict(m, p, i) == VERDICT_OK);
}

static void add_cap(struct program *out, unsigned vm)
{
	struct step *s = &out->step[out->nsteps++];

	memset(s, 0, sizeof(*s));
	s->kind = STEP_CAP;
	s->vm = vm;
	s->cap.nr = CAP_X86_USER_SPACE_MSR;
	s->cap.arg = REASON_INVAL | REASON_UNKNOWN;
}

bool control_program(const struct machine *m, const struct program *p,
		     const struct prediction *pred, struct program *out,
		     s8 map[MAX_STEPS])
{
	bool have_cap[MAX_VMS] = { false }, any = false;

	memset(out, 0, offsetof(struct program, step));
	memset(map, -1, MAX_STEPS);
	for (int i = 0; i < p->nsteps; i++) {
		const struct step *s = &p->step[i];
		struct step *c;

		if (!kept(m, p, i, pred->asks[i]))
			continue;
		if (s->kind == STEP_CLOSE) {
			if (!have_cap[s->vm])
				continue;	/* nothing there to close */
			have_cap[s->vm] = false;
		} else if (!have_cap[s->vm]) {
			if (out->nsteps >= MAX_STEPS - 1)
				return false;
			add_cap(out, s->vm);
			have_cap[s->vm] = true;
		}
		if (out->nsteps == MAX_STEPS)
			return false;
		c = &out->step[out->nsteps];
		*c = *s;
		memset(&c->want, 0, sizeof(c->want));
		c->line = 0;
		c->actor = ACTOR_MAIN;
		c->async = false;
		if (s->kind == STEP_RDMSR || s->kind == STEP_WRMSR) {
			c->access.hold = c->access.tf = false;
			c->access.wraps = false;
			c->access.shadow = SHADOW_NONE;
			c->access.nprefix = 0;
			c->access.reply = (struct reply){ 0 };
		}
		if (s->kind == STEP_MSRS && step_is_late(s))
			c->msrs.at.kind = PLACE_PAGE_END;
		if (s->kind == STEP_SWEEP)
			c->sweep.reply = (struct reply){ 0 };
		if (shows(s) || s->kind == STEP_CAP)
			map[i] = out->nsteps;
		any |= must_ask(m, p, i);
		out->nsteps++;
	}
	return any;
}

void control_fill(struct control *ctl, const s8 map[MAX_STEPS], int nsteps,
		  const struct outcome *seen)
{
	memset(ctl, 0, sizeof(*ctl));
	for (int i = 0; i < nsteps; i++)
		if (map[i] >= 0) {
			ctl->have[i] = true;
			ctl->seen[i] = seen[map[i]];
		}
}
