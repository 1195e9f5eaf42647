// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plan on real KVM: a VM with its mask and filter makes every access of the
 * list and of its neighbours, and exactly those listed must exit with FILTER.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "../msrs.h"
#include "../plan_cli.h"
#include "abi.h"
#include "guest.h"

enum { AROUND = 2, RUN_MS = 10000 };

struct verify {
	struct vcpu *v;
	const struct plan_item *item;
	int n;
	u64 accesses, exits;
	int wrong;
};

/* What is listed for @index: the plan is what is tested, so not from it. */
static unsigned listed(const struct verify *y, u32 index)
{
	int low = 0, high = y->n;

	while (low < high) {
		int mid = (low + high) / 2;

		if (y->item[mid].index == index)
			return y->item[mid].directions;
		if (y->item[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

/* A write that KVM would serve may take the guest with it: not tried. */
static bool may_try(const struct verify *y, u32 index, bool write)
{
	return !write || listed(y, index) & PLAN_WRITE || !msr_find(index);
}

static void judge(struct verify *y, u32 index, bool write,
		  const struct sweep_seen *x)
{
	bool want = listed(y, index) & (write ? PLAN_WRITE : PLAN_READ);
	bool exited = x->n == 1 && x->reason == REASON_FILTER && !x->bad;

	y->accesses++;
	y->exits += exited;
	if (want == exited && (exited || !x->n))
		return;
	if (y->wrong++ < 10)
		fprintf(stderr, "deflect: %s of 0x%x: want %s, got %d exits, "
			"reason %d\n", write ? "write" : "read", index,
			want ? "one FILTER exit" : "none", x->n, x->reason);
}

/* Indices [first, last], in one direction. */
static bool sweep(struct verify *y, u32 first, u32 last, bool write)
{
	static struct sweep_seen exits[SWEEP_MAX];
	struct guest_sweep g = { .write = write, .stride = 1 };
	struct outcome o = { 0 };

	for (u64 at = first; at <= last; at += g.n ? g.n : 1) {
		g.index = at;
		for (g.n = 0; g.n < SWEEP_MAX && at + g.n <= last; g.n++)
			if (!may_try(y, at + g.n, write))
				break;
		if (!g.n)
			continue;
		if (guest_sweep(y->v, &g, exits, &o) < g.n)
			return false;
		for (unsigned i = 0; i < g.n; i++)
			judge(y, at + i, write, &exits[i]);
	}
	return true;
}

static bool sweep_list(struct verify *y)
{
	for (int i = 0, j; i < y->n; i = j) {
		u32 first = y->item[i].index, last = first;

		for (j = i + 1; j < y->n &&
		     y->item[j].index - last <= 2 * AROUND; j++)
			last = y->item[j].index;
		last = y->item[j - 1].index;
		first = first < AROUND ? 0 : first - AROUND;
		last = last > UINT32_MAX - AROUND ? UINT32_MAX : last + AROUND;
		if (!sweep(y, first, last, false) ||
		    !sweep(y, first, last, true)) {
			fprintf(stderr, "deflect: the guest was lost near "
				"0x%x\n", first);
			return false;
		}
	}
	return true;
}

int plan_verify(const struct machine *m, struct plan *plan,
		const struct plan_item *item, int n)
{
	static struct program none;
	static struct env env;
	static struct outcome out[MAX_STEPS];
	struct kvm_enable_cap cap = { .cap = CAP_X86_USER_SPACE_MSR,
				      .args = { PLAN_MASK } };
	struct kvm_msr_filter filter;
	struct verify y = { .item = item, .n = n };
	bool whole;

	env = (struct env){ .machine = m, .prog = &none, .out = out,
			    .run_ms = RUN_MS };
	for (int i = 0; i < MAX_VMS; i++) {
		env.vm[i].fd = -1;
		for (int j = 0; j < MAX_VCPUS; j++)
			env.vm[i].vcpu[j].fd = -1;
	}
	env.kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC));
	plan_filter(plan, &filter);
	must(ioctl(env_vm(&env, 0)->fd, KVM_ENABLE_CAP, &cap));
	must(ioctl(env_vm(&env, 0)->fd, KVM_X86_SET_MSR_FILTER, &filter));
	y.v = env_vcpu(&env, 0, 0);
	whole = sweep_list(&y);
	printf("# %s on linux %s, %s: %llu accesses, %llu FILTER exits, %d "
	       "wrong\n", whole && !y.wrong ? "verified" : "NOT verified",
	       m->release, m->module, (unsigned long long)y.accesses,
	       (unsigned long long)y.exits, y.wrong);
	return !whole || y.wrong;
}
