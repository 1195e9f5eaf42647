// SPDX-License-Identifier: GPL-2.0-only
/*
 * An `each` step: one kind of access to every MSR of a set, counted by what
 * came of it.  The guest executes it as batches of ordinary access steps.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/ioctl.h>

#include "../each.h"
#include "../env.h"
#include "../msrs.h"
#include "abi.h"
#include "guest.h"

enum { VECTOR_GP = 13 };

struct result {
	enum each_count class;
	u64 value;
};

/* Of the last step of this kind, in whichever VM, and of this VM's reads. */
struct each_memory {
	bool have[EACH_GET + 1][NR_EACH_SETS];
	struct result last[EACH_GET + 1][NR_EACH_SETS][MAX_EACH];
	u64 read[MAX_VMS][NR_EACH_SETS][MAX_EACH];
};

static struct each_memory memory;

/* The one exit, if all but its reason is as it must be. */
static bool good_exit(const struct outcome *o, const struct step *s)
{
	bool write = s->kind == STEP_WRMSR;

	return o->val[F_EXITS] == 1 &&
	       o->val[F_EXIT] == (write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR) &&
	       o->val[F_X_INDEX] == s->access.index &&
	       o->val[F_X_DATA] == (write ? s->access.value : 0) &&
	       !o->val[F_X_ERROR] && !o->val[F_X_PAD] && !o->val[F_X_RIP] &&
	       !o->val[F_X_REGS] && !o->val[F_X_EVENTS];
}

static bool unchanged(const struct outcome *o, const struct program *p,
		      int step)
{
	return o->val[F_RAX] == guest_entry_reg(p, step, GPR_RAX) &&
	       o->val[F_RDX] == guest_entry_reg(p, step, GPR_RDX) &&
	       !o->val[F_REGS];
}

static enum each_count class_of(const struct outcome *o,
				const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	bool write = s->kind == STEP_WRMSR;

	if (o->val[F_END] == END_FAULT && !o->val[F_EXITS])
		return o->val[F_VECTOR] == VECTOR_GP && !o->val[F_CODE] &&
		       o->val[F_HAS_CODE] && !o->val[F_RIP] &&
		       unchanged(o, p, step) ? COUNT_FAULT : COUNT_ODD;
	if (o->val[F_END] != END_DONE || o->val[F_RIP] != 2 ||
	    o->val[F_REGS] || (write && !unchanged(o, p, step)))
		return COUNT_ODD;
	if (!o->val[F_EXITS])
		return COUNT_DONE;
	/* completed with what kvm_run said at the exit: 0 */
	if (!good_exit(o, s) || (!write && (o->val[F_RAX] || o->val[F_RDX])))
		return COUNT_ODD;
	switch (o->val[F_X_REASON]) {
	case REASON_FILTER:
		return COUNT_FILTER;
	case REASON_UNKNOWN:
		return COUNT_UNKNOWN;
	case REASON_INVAL:
		return COUNT_INVAL;
	default:
		return COUNT_ODD;
	}
}

/* @n accesses as a program of their own, run in the place of the step. */
static void run_batch(struct vcpu *v, const struct step *each, const u32 *msrs,
		      const u64 *same, unsigned n, struct result *res)
{
	static struct program p;
	static struct outcome out[MAX_STEPS];
	struct env *env = v->vm->env, sub = *env;

	memset(out, 0, sizeof(out));
	p.nsteps = n;
	for (unsigned i = 0; i < n; i++) {
		struct step *s = &p.step[i];

		memset(s, 0, sizeof(*s));
		s->kind = each->each.op == EACH_RDMSR ? STEP_RDMSR : STEP_WRMSR;
		s->access.index = msrs[i];
		if (each->each.op == EACH_WRMSR)
			s->access.value = each->each.same ? same[i] :
					  each->each.value;
	}
	sub.prog = &p;
	sub.out = out;
	v->vm->env = &sub;
	arch_guest_steps(v, 0, n);
	v->vm->env = env;
	for (unsigned i = 0; i < n; i++) {
		res[i].class = class_of(&out[i], &p, i);
		res[i].value = each->each.op == EACH_RDMSR ?
			       out[i].val[F_RDX] << 32 | (u32)out[i].val[F_RAX]
			       : 0;
	}
}

static void get(struct vcpu *v, u32 index, struct result *res)
{
	_Alignas(8) uint8_t buf[sizeof(struct kvm_msrs) +
				sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *x = (void *)buf;
	bool ok;

	x->nmsrs = 1;
	x->entries[0].index = index;
	ok = ioctl(v->fd, KVM_GET_MSRS, x) == 1;
	res->class = ok ? COUNT_DONE : COUNT_FAULT;
	res->value = ok ? x->entries[0].data : 0;
}

static bool changed(u32 index, const struct result *a, const struct result *b)
{
	const struct msr_info *info = msr_find(index);

	return a->class != b->class ||
	       (a->class == COUNT_DONE && a->value != b->value &&
		!(info && info->traits & MOVES));
}

static void count(struct outcome *o, const u32 *msrs, const struct result *res,
		  unsigned n)
{
	unsigned in[NR_COUNTS] = { 0 }, fewest = COUNT_DONE;

	for (unsigned i = 0; i < n; i++)
		in[res[i].class]++;
	for (int c = 0; c < NR_COUNTS; c++) {
		outcome_set(o, F_E_DONE + c, in[c]);
		if (in[c] && (!in[fewest] || in[c] < in[fewest]))
			fewest = c;
	}
	outcome_set(o, F_E_FEWEST, 0);
	for (unsigned i = 0; i < n && in[fewest] < n; i++)
		if (res[i].class == fewest) {
			outcome_set(o, F_E_FEWEST, msrs[i]);
			break;
		}
}

static void compare_last(struct outcome *o, const u32 *msrs,
			 const struct result *res, const struct result *last,
			 unsigned n)
{
	unsigned differ = 0;

	outcome_set(o, F_E_CHANGED_AT, 0);
	for (unsigned i = 0; i < n; i++)
		if (changed(msrs[i], &res[i], &last[i]) && !differ++)
			outcome_set(o, F_E_CHANGED_AT, msrs[i]);
	outcome_set(o, F_E_CHANGED, differ);
}

void guest_each(struct vcpu *v, const struct step *s, struct outcome *o)
{
	static struct result res[MAX_EACH];
	const struct step_each *e = &s->each;
	u64 *read = memory.read[s->vm][e->set];
	struct result *last = memory.last[e->op][e->set];
	const u32 *msrs;
	unsigned n = each_msrs(v->vm->env->machine, e->set, &msrs);

	for (unsigned i = 0; i < n && e->op == EACH_GET; i++)
		get(v, msrs[i], &res[i]);
	for (unsigned i = 0; i < n && e->op != EACH_GET; i += MAX_STEPS)
		run_batch(v, s, msrs + i, read + i,
			  n - i < MAX_STEPS ? n - i : MAX_STEPS, res + i);
	count(o, msrs, res, n);
	if (memory.have[e->op][e->set])
		compare_last(o, msrs, res, last, n);
	memory.have[e->op][e->set] = true;
	memcpy(last, res, n * sizeof(*res));
	if (e->op == EACH_RDMSR)
		for (unsigned i = 0; i < n; i++)
			read[i] = res[i].value;
}
