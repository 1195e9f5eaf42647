// SPDX-License-Identifier: GPL-2.0-only
/*
 * Userspace's own ways to MSRs, beside the guest's: KVM_GET_MSRS and
 * KVM_SET_MSRS with whole arrays, the index lists, ONE_REG.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

enum { POISON = 0xa5, LIST_MAX = 4096, MAX_ENTRIES = 255 };

/* struct kvm_msrs as the program says it, of as many entries as KVM takes. */
struct array {
	u32 nmsrs, pad;
	struct kvm_msr_entry entries[MAX_ENTRIES];
};

static void record_ret(struct outcome *o, long r)
{
	outcome_set(o, F_ERRNO, r < 0 ? errno : 0);
	outcome_set(o, F_RET, r < 0 ? (u64)-1 : (u64)r);
}

static u32 fill_array(struct array *a, const struct step_msrs *s)
{
	u32 n = s->n * (s->repeat ? s->repeat : 1);

	if (n > MAX_ENTRIES)
		n = MAX_ENTRIES;
	memset(a, s->pad, sizeof(*a));
	a->nmsrs = s->has_nmsrs ? s->nmsrs : n;
	for (u32 i = 0; i < n; i++) {
		a->entries[i].index = s->index[i % s->n];
		if (s->set)
			a->entries[i].data = s->value[i % s->n];
		else
			memset(&a->entries[i].data, POISON, 8);
	}
	return n;
}

/* Anything but the values of the first @done entries is not as it was. */
static bool changed_beside(const struct array *now, const struct array *before,
			   const struct step_msrs *s, u32 n, long done)
{
	bool changed = now->nmsrs != before->nmsrs || now->pad != before->pad;

	for (u32 i = 0; i < n; i++) {
		const struct kvm_msr_entry *e = &now->entries[i];
		const struct kvm_msr_entry *b = &before->entries[i];

		changed |= e->index != b->index || e->reserved != b->reserved;
		/* the value of the one that failed may be cleared */
		if (s->set || (long)i > done)
			changed |= e->data != b->data;
	}
	return changed;
}

static void host_msrs(struct env *e, const struct step *s, struct outcome *o)
{
	static const enum field values[] = { F_VALUE, F_VALUE_2, F_VALUE_3 };
	const struct step_msrs *k = &s->msrs;
	const struct array *now;
	struct object obj;
	struct array a;
	u32 n = fill_array(&a, k);
	long r;

	object_make(&obj, env_vm(e, s->vm), &k->at, false, &a,
		    offsetof(struct array, entries[n]));
	if (k->at.kind == PLACE_LATE)
		late_hold(e, s->actor, &obj);
	r = ioctl(env_fd(e, s, k->fd), k->set ? KVM_SET_MSRS : KVM_GET_MSRS,
		  obj.user);
	record_ret(o, r);
	/* what came late is there now, or comes when this thread is waited for */
	now = k->at.kind == PLACE_LATE ? obj.user : (const void *)obj.bytes;
	outcome_set(o, F_WROTE, now && obj.size >= 8 &&
		    changed_beside(now, &a, k, obj.size < 8 + 16 * n ? 0 : n,
				   r));
	for (int i = 0; !k->set && i < 3; i++)
		outcome_set(o, values[i], now && i < r ? now->entries[i].data :
						     0);
	object_free(&obj);
}

/* ---- the lists ---- */

struct list {
	u32 nmsrs, indices[LIST_MAX];
};

/* How many there are, by a call that must succeed; the list in @l. */
static u32 whole_list(struct env *e, bool features, struct list *l)
{
	l->nmsrs = LIST_MAX;
	must(ioctl(e->kvm, features ? KVM_GET_MSR_FEATURE_INDEX_LIST :
				      KVM_GET_MSR_INDEX_LIST, l));
	return l->nmsrs;
}

static bool has_twins(const struct list *l)
{
	for (u32 i = 0; i < l->nmsrs; i++)
		for (u32 j = 0; j < i; j++)
			if (l->indices[i] == l->indices[j])
				return true;
	return false;
}

/* How many of the list KVM_GET_MSRS on /dev/kvm does not read. */
static u32 unreadable(struct env *e, const struct list *l)
{
	u32 n = 0;

	for (u32 i = 0; i < l->nmsrs; i++) {
		struct array one = { .nmsrs = 1 };

		one.entries[0].index = l->indices[i];
		n += ioctl(e->kvm, KVM_GET_MSRS, &one) != 1;
	}
	return n;
}

static void host_index_list(struct env *e, const struct step *s,
			    struct outcome *o)
{
	static struct list first[2], got;
	const struct step_index_list *k = &s->index_list;
	unsigned long request = k->features ? KVM_GET_MSR_FEATURE_INDEX_LIST :
					      KVM_GET_MSR_INDEX_LIST;
	struct list *ref = &first[k->features];
	struct object obj;
	u32 count;
	long r;

	if (!ref->nmsrs)
		whole_list(e, k->features, ref);
	count = ref->nmsrs;
	memset(&got, POISON, sizeof(got));
	got.nmsrs = k->size == LIST_ZERO ? 0 : k->size == LIST_LESS ?
		    count - 1 : k->size == LIST_MORE ? count + 1 : count;
	if (k->at.kind != PLACE_PAGE_END) {
		object_make(&obj, env_vm(e, s->vm), &k->at, false, &got,
			    4 + 4 * 256);
		record_ret(o, ioctl(e->kvm, request, obj.user));
		object_free(&obj);
		return;
	}
	r = ioctl(e->kvm, request, &got);
	record_ret(o, r);
	outcome_set(o, F_VALUE, got.nmsrs - count);
	outcome_set(o, F_LIST, r ? got.indices[0] != 0xa5a5a5a5 :
		    memcmp(got.indices, ref->indices, 4 * count) ||
		    got.indices[count] != 0xa5a5a5a5 || has_twins(ref));
	if (k->features)
		outcome_set(o, F_VALUE_2, unreadable(e, ref));
}

/* ---- ONE_REG ---- */

static void host_one_reg(struct env *e, const struct step *s,
			 struct outcome *o)
{
	const struct step_one_reg *k = &s->one_reg;
	struct vcpu *v = env_vcpu(e, s->vm, s->vcpu);
	struct kvm_one_reg reg = { .id = k->id };
	struct object obj;
	u64 value = k->set ? k->value : 0xa5a5a5a5a5a5a5a5;

	object_make(&obj, v->vm, &k->at, false, &value, sizeof(value));
	reg.addr = (uintptr_t)obj.user;
	record_ret(o, ioctl(v->fd, k->set ? KVM_SET_ONE_REG : KVM_GET_ONE_REG,
			    &reg));
	if (obj.bytes && !k->set)
		memcpy(&value, obj.bytes, sizeof(value));
	outcome_set(o, F_VALUE, o->val[F_RET] || k->set ? 0 : value);
	outcome_set(o, F_WROTE, (o->val[F_RET] || k->set) &&
		    object_changed(&obj));
	object_free(&obj);
}

bool guest_accessor_step(struct env *e, int step)
{
	const struct step *s = &e->prog->step[step];
	struct outcome *o = &e->out[step];

	switch (s->kind) {
	case STEP_MSRS:
		host_msrs(e, s, o);
		return true;
	case STEP_INDEX_LIST:
		host_index_list(e, s, o);
		return true;
	case STEP_ONE_REG:
		host_one_reg(e, s, o);
		return true;
	default:
		return false;
	}
}
