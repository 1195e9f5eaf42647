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

enum { VECTOR_GP = 13 };	/* a class: no exit, no other fault */

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

static enum each_count count_of(const struct sweep_seen *x)
{
	switch (sweep_class(x->n, x->reason, x->vector) | x->bad) {
	case CLASS_DONE:
		return COUNT_DONE;
	case VECTOR_GP:
		return COUNT_FAULT;
	case 1 << 8 | REASON_FILTER << 16 | CLASS_DONE:
		return COUNT_FILTER;
	case 1 << 8 | REASON_UNKNOWN << 16 | CLASS_DONE:
		return COUNT_UNKNOWN;
	case 1 << 8 | REASON_INVAL << 16 | CLASS_DONE:
		return COUNT_INVAL;
	default:
		return COUNT_ODD;
	}
}

/* How many of @n indices follow on each other and are written the same. */
static unsigned run_length(const struct step_each *e, const u32 *msrs,
			   const u64 *same, unsigned n)
{
	unsigned k = 1;

	while (k < n && k < SWEEP_MAX && msrs[k] == msrs[0] + k &&
	       (!e->same || same[k] == same[0]))
		k++;
	return k;
}

/*
 * The vCPU makes @n accesses to indices that follow on each other.  If it is
 * lost meanwhile, *@lost says how.
 */
static void make_accesses(struct vcpu *v, const struct step_each *e,
			  u32 first, u64 value, unsigned n,
			  struct result *res, struct outcome *lost)
{
	static struct sweep_seen seen[SWEEP_MAX];
	struct guest_sweep g = { .write = e->op == EACH_WRMSR,
				 .values = e->op == EACH_RDMSR,
				 .index = first, .stride = 1, .n = n,
				 .value = value };
	unsigned ended = 0;

	if (!v->dead && v->held < 0 && v->paused < 0 && v->mode == MODE_LONG)
		ended = guest_sweep(v, &g, seen, lost);
	for (unsigned i = 0; i < n; i++) {
		res[i].class = i < ended ? count_of(&seen[i]) : COUNT_ODD;
		res[i].value = i < ended && g.values ? seen[i].value : 0;
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
	struct outcome lost = { 0 };
	const u32 *msrs;
	unsigned n = each_msrs(v->vm->env->machine, e->set, &msrs);

	for (unsigned i = 0; i < n && e->op == EACH_GET; i++)
		get(v, msrs[i], &res[i]);
	for (unsigned i = 0, k; i < n && e->op != EACH_GET; i += k) {
		k = run_length(e, msrs + i, read + i, n - i);
		make_accesses(v, e, msrs[i], e->same ? read[i] : e->value, k,
			      res + i, &lost);
		if (outcome_has(&lost, F_END)) {
			*o = lost;
			return;
		}
	}
	count(o, msrs, res, n);
	if (memory.have[e->op][e->set])
		compare_last(o, msrs, res, last, n);
	memory.have[e->op][e->set] = true;
	memcpy(last, res, n * sizeof(*res));
	if (e->op == EACH_RDMSR)
		for (unsigned i = 0; i < n; i++)
			read[i] = res[i].value;
}
