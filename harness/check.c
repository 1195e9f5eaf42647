// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where KVM's own verdict is needed a stand-in answers: every MSR that the
 * catalogue says nothing of works and holds what was last written.  It stands
 * for KVM in these tests of the model only, never in a result.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../guest/layout.h"
#include "check.h"
#include "compare.h"
#include "control.h"
#include "fixes.h"
#include "race.h"
#include "reasons.h"
#include "text.h"
#include "x86/abi.h"
#include "x86/guest.h"

/* KVM exposes Hyper-V only where it is asked for. */
#define FEATURES ((1ULL << NR_FEATURES) - 1 - (1ULL << FEATURE_hyperv))

static struct machine machines[] = {
	{ .name = "amd", .release = "6.1", .module = "kvm_amd",
	  .vendor = VENDOR_AMD, .eras = K61, .nrips = true,
	  .features = FEATURES, .facts = FACT_HYPERV | FACT_PMU | FACT_XEN },
	{ .name = "intel", .release = "6.12", .module = "kvm_intel",
	  .vendor = VENDOR_INTEL, .eras = K612, .nrips = true,
	  .features = FEATURES, .facts = FACT_HYPERV | FACT_PMU | FACT_XEN,
	  .wants_tss = true },
	{ .name = "amd", .release = "5.10", .module = "kvm_amd",
	  .vendor = VENDOR_AMD, .eras = K510 },
	{ .name = "amd", .release = "6.1", .module = "kvm_amd",
	  .vendor = VENDOR_AMD, .eras = K61, .ignore_msrs = true,
	  .unreported = true },
	{ .name = "intel", .release = "7.2", .module = "kvm_intel",
	  .vendor = VENDOR_INTEL, .eras = K72, .nrips = true },
	{ .name = "amd2", .release = "7.2", .module = "kvm_amd",
	  .vendor = VENDOR_AMD, .eras = K72, .nrips = true,
	  .features = FEATURES, .facts = FACT_HYPERV | FACT_LBRV,
	  .unreported = true },
	{ .name = "intel", .release = "6.1", .module = "kvm_intel",
	  .vendor = VENDOR_INTEL, .eras = K61, .nrips = true,
	  .features = FEATURES, .facts = FACT_HYPERV | FACT_PMU | FACT_XEN },
	{ .name = "arm64", .release = "6.1", .module = "kvm",
	  .vendor = VENDOR_ARM, .eras = K61 },
	{ .name = "arm64", .release = "7.2", .module = "kvm",
	  .vendor = VENDOR_ARM, .eras = K72 },
};

/* What an array leaves in an MSR, up to the entry that fails. */
static bool array_stored(const struct step_msrs *k, u32 index, u64 *v)
{
	bool stored = false;

	if (!k->set || k->fd != FD_VCPU || (k->has_nmsrs && k->nmsrs != k->n) ||
	    (k->at.kind != PLACE_PAGE_END && k->at.kind != PLACE_RDONLY))
		return false;
	for (int i = 0; i < k->n; i++) {
		enum verdict works = msr_verdict(k->index[i], true,
						 k->value[i]);

		if (works == VERDICT_UNKNOWN || works == VERDICT_INVAL)
			break;
		if (k->index[i] == index) {
			*v = k->value[i];
			stored = true;
		}
	}
	return stored;
}

/* What the stand-in holds for an MSR before step @step. */
static u64 stored(const struct program *p, int step, const struct step *s,
		  u32 index)
{
	u64 v;

	for (int i = step - 1; i >= 0; i--) {
		const struct step *b = &p->step[i];

		if (b->vm != s->vm || b->vcpu != s->vcpu)
			continue;
		if (b->kind == STEP_WRMSR && b->access.index == index)
			return b->access.value;
		if (b->kind == STEP_SET_MSR && b->msr.index == index)
			return b->msr.value;
		if (b->kind == STEP_MSRS && array_stored(&b->msrs, index, &v))
			return v;
		if (b->kind == STEP_CLOSE)
			break;
	}
	return 0;
}

/* An x2APIC register, by the architecture: can it be read or written? */
static bool x2apic_register(u32 index, bool write)
{
	u32 r = index - X2APIC_FIRST;

	if (r == 0x0b || r == 0x3f)
		return write;
	if (r == 0x02 || r == 0x03 || r == 0x0a || r == 0x0d ||
	    (r >= 0x10 && r <= 0x27) || r == 0x39)
		return !write;
	return r == 0x08 || r == 0x0f || r == 0x28 || r == 0x30 ||
	       (r >= 0x32 && r <= 0x38) || r == 0x3e;
}

/* Whether the vCPU of a step is in x2APIC mode before it. */
static bool x2apic_mode(const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	bool irqchip = false;

	for (int i = 0; i < step; i++)
		irqchip |= p->step[i].kind == STEP_IRQCHIP &&
			   p->step[i].vm == s->vm;
	return irqchip && stored(p, step, s, 0x1b) & 0x400;
}

static enum verdict stand_in_verdict(const struct program *c, int i)
{
	const struct step *s = &c->step[i];
	u32 index = s->access.index;
	bool write = s->kind == STEP_WRMSR;

	/* a base that is not canonical: the CPU refuses it by itself */
	if (write && index >= 0xc0000100 && index <= 0xc0000102 &&
	    !is_canonical(s->access.value))
		return VERDICT_FAULT;
	if (!is_x2apic(index))
		return msr_verdict(index, write, s->access.value);
	return x2apic_mode(c, i) && x2apic_register(index, write) ?
	       VERDICT_OK : VERDICT_INVAL;
}

static bool native(u32 index)
{
	const struct msr_info *info = msr_find(index);

	return info && info->traits & (PASS_VMX | PASS_SVM | PASS_IF);
}

static void stand_in_sweep(const struct program *c, int i, struct outcome *o)
{
	const struct step_sweep *w = &c->step[i].sweep;
	static struct program one;
	struct step *s = &one.step[i];

	memcpy(&one, c, offsetof(struct program, step[i + 1]));
	s->kind = w->write ? STEP_WRMSR : STEP_RDMSR;
	s->access = (struct step_access){ .value = w->value };
	outcome_set(o, F_RUNS, 0);
	for (u64 index = c->step[i].sweep.first;
	     index <= c->step[i].sweep.last; index++) {
		enum verdict v;

		s->access.index = index;
		v = stand_in_verdict(&one, i);
		outcome_run(o, index, v == VERDICT_UNKNOWN ?
			    sweep_class(1, REASON_UNKNOWN, CLASS_DONE) :
			    v == VERDICT_INVAL ?
			    sweep_class(1, REASON_INVAL, CLASS_DONE) :
			    sweep_class(0, 0, v == VERDICT_FAULT ? 13 :
					      CLASS_DONE));
	}
}

static void stand_in(const struct program *c, struct outcome *seen)
{
	for (int i = 0; i < c->nsteps; i++) {
		const struct step *s = &c->step[i];
		struct outcome *o = &seen[i];
		enum verdict v;
		u64 value;

		memset(o, 0, sizeof(*o));
		switch (s->kind) {
		case STEP_RDMSR:
		case STEP_WRMSR:
			v = stand_in_verdict(c, i);
			outcome_set(o, F_EXITS, v == VERDICT_UNKNOWN ||
						v == VERDICT_INVAL);
			outcome_set(o, F_X_REASON, v == VERDICT_UNKNOWN ? 2 :
						   v == VERDICT_INVAL);
			outcome_set(o, F_END, v == VERDICT_FAULT ? END_FAULT :
							       END_DONE);
			outcome_set(o, F_VECTOR, 13);
			value = stored(c, i, s, s->access.index);
			outcome_set(o, F_RAX, (u32)value);
			outcome_set(o, F_RDX, value >> 32);
			break;
		case STEP_SWEEP:
			stand_in_sweep(c, i, o);
			break;
		case STEP_CODE:
			outcome_set(o, F_EXITS, 0);
			outcome_set(o, F_END, END_DONE);
			outcome_set(o, F_RIP, s->code.len);
			break;
		case STEP_NATIVE:
			outcome_set(o, F_END, END_DONE);
			outcome_set(o, F_NATIVE, native(s->native.index));
			break;
		case STEP_GET_MSR:
		case STEP_SET_MSR:
			v = msr_verdict(s->msr.index, false, 0);
			outcome_set(o, F_RET, v != VERDICT_UNKNOWN);
			outcome_set(o, F_ERRNO, 0);
			if (s->kind == STEP_GET_MSR)
				outcome_set(o, F_VALUE,
					    stored(c, i, s, s->msr.index));
			break;
		case STEP_MSRS:
			/* what the model does not know works */
			outcome_set(o, F_RET, s->msrs.n);
			outcome_set(o, F_ERRNO, 0);
			outcome_set(o, F_VALUE, stored(c, i, s,
						       s->msrs.index[0]));
			break;
		default:
			outcome_set(o, F_RET, 0);
			outcome_set(o, F_ERRNO, 0);
		}
	}
}

/* What the stand-in shows for a case. */
static void make_control(const struct machine *m, const struct program *p,
			 struct control *ctl)
{
	static struct prediction pred;
	static struct program c;
	static struct outcome seen[MAX_STEPS];
	s8 map[MAX_STEPS];

	predict(m, p, NULL, RULE_NONE, &pred);
	memset(ctl, 0, sizeof(*ctl));
	if (control_program(m, p, &pred, &c, map)) {
		stand_in(&c, seen);
		control_fill(ctl, map, p->nsteps, seen);
	}
}

/* A hand-written expectation says less than a prediction; it must fit. */
static bool fits(const struct outcome *said, const struct outcome *want)
{
	return outcome_overlap(said, want);
}

/* No edge of a step fits what the case's author expects. */
static int contradiction(const struct program *p,
			 const struct prediction *pred)
{
	for (int i = 0; i < p->nsteps; i++) {
		bool ok = false, any = false;

		for (int e = 0; e < pred->nedges; e++) {
			if (pred->edge[e].step != i)
				continue;
			any = true;
			ok |= fits(&p->step[i].want, &pred->edge[e].want);
		}
		if (!any || !ok)
			return i;
	}
	return -1;
}

/* An observation that the prediction allows: its first path. */
static void observe(const struct program *p, const struct prediction *pred,
		    struct outcome *seen)
{
	int at = 0;

	for (int i = 0, e = 0; i < p->nsteps; i++) {
		while (e < pred->nedges && (pred->edge[e].step != i ||
					    pred->edge[e].from != at))
			e++;
		if (e == pred->nedges)
			return;
		seen[i] = pred->edge[e].want;
		for (int f = 0; f < NR_FIELDS; f++)
			seen[i].mask[f] = ~0ULL;
		at = pred->edge[e].to;
	}
}

/* A case on a machine that the stand-in speaks for, and a run of it that a
 * correct kernel could make. */
struct rehearsal {
	struct machine m;
	struct control ctl;
	struct prediction pred;
	struct outcome seen[MAX_STEPS];
	struct race_log log;
};

static void rehearse(const struct machine *on, const struct program *p,
		     struct rehearsal *r)
{
	r->m = *on;
	r->m.forced_emulation = !(p->needs & NEED_UNFORCED);
	make_control(&r->m, p, &r->ctl);
	predict(&r->m, p, &r->ctl, RULE_NONE, &r->pred);
	memset(r->seen, 0, sizeof(r->seen));
	observe(p, &r->pred, r->seen);
	race_make_up(&r->m, p, &r->ctl, &r->log);
}

/* Does a model with the rule flipped allow that run? */
static bool allowed(const struct rehearsal *r, const struct program *p,
		    enum rule flip)
{
	static struct prediction pred;
	struct mismatch why;

	predict(&r->m, p, &r->ctl, flip, &pred);
	return compare(p, &pred, r->seen, &why) &&
	       race_explained(&r->m, p, &r->ctl, &r->log, flip, NULL);
}

/* Of the rules in @left those that no flip shows on this machine either. */
static u32 unnoticed(const struct rehearsal *r, const struct program *p,
		     u32 left)
{
	if (!allowed(r, p, RULE_NONE))
		return left;	/* not even itself */
	for (int i = 0; i < p->nrules; i++)
		if (left >> i & 1 && machine_bound(&r->m, p->rules[i]) &&
		    !allowed(r, p, p->rules[i]))
			left &= ~(1u << i);
	return left;
}

static bool round_trips(const struct program *p, char *why, size_t size)
{
	static char one[TEXT_MAX], two[TEXT_MAX];
	static struct program again;
	struct text_error err;

	text_print(one, sizeof(one), p);
	if (!text_parse(&again, one, strlen(one), &err)) {
		snprintf(why, size, "its own print does not parse: line %d: %s",
			 err.line, err.what);
		return false;
	}
	text_print(two, sizeof(two), &again);
	if (strcmp(one, two)) {
		snprintf(why, size, "prints differently the second time");
		return false;
	}
	for (int i = 0; i < p->nsteps; i++)
		again.step[i].line = p->step[i].line;
	if (memcmp(p, &again, offsetof(struct program, step[p->nsteps]))) {
		snprintf(why, size, "is another program when parsed back");
		return false;
	}
	return true;
}

static bool expectations_hold(const struct program *p,
			      const struct prediction *pred, char *why,
			      size_t size)
{
	char label[256], said[256], want[256] = "";
	int bad = contradiction(p, pred);

	if (bad < 0)
		return true;
	text_step_label(label, sizeof(label), &p->step[bad]);
	outcome_print(said, sizeof(said), &p->step[bad].want, NULL);
	for (int e = 0; e < pred->nedges; e++)
		if (pred->edge[e].step == bad)
			outcome_print(want, sizeof(want), &pred->edge[e].want,
				      NULL);
	snprintf(why, size, "step %d: %s: the case says '%s', the model '%s'",
		 bad + 1, label, said, want);
	return false;
}

/* What its author expects fits the model, and some machine shows each rule. */
static bool holds(const struct program *p, bool expects, char *why, size_t size)
{
	static struct rehearsal r;
	bool arm64 = program_needs(p) & NEED_ARM64;
	u32 left = (1u << p->nrules) - 1;
	int tried = 0;

	for (size_t m = 0; m < ARRAY_SIZE(machines); m++) {
		/* written for a machine with default parameters, any era */
		bool written_for = expects && tried < 2;

		if (arm64 != (machines[m].vendor == VENDOR_ARM))
			continue;
		tried++;
		if (!left && !written_for)
			break;
		rehearse(&machines[m], p, &r);
		if (written_for && !expectations_hold(p, &r.pred, why, size))
			return false;
		if (left)
			left = unnoticed(&r, p, left);
	}
	if (left)
		snprintf(why, size, "stays green with %s flipped",
			 rule_info[p->rules[__builtin_ctz(left)]].name);
	return !left;
}

int check_suites(const struct case_list *l, const char *pattern)
{
	static struct program p;
	int tests = 0, failed = 0;
	char why[1024];

	puts("TAP version 13");
	for (int i = 0; i < l->n; i++) {
		const struct test_case *c = &l->v[i];
		bool ok;

		if (pattern ? !case_matches(c, pattern) : c->config)
			continue;
		case_program(c, &p);
		ok = round_trips(&p, why, sizeof(why)) &&
		     holds(&p, !c->config, why, sizeof(why));
		tests++;
		if (!ok) {
			failed++;
			printf("# %s (%s)\n# %s\n", c->name, c->file, why);
		}
		printf("%s %d - %s\n", ok ? "ok" : "not ok", tests, c->name);
	}
	failed += pattern ? 0 : fixes_check(l);
	printf("1..%d\n", tests);
	printf("# %d passed, %d failed\n", tests - failed, failed);
	return failed;
}
