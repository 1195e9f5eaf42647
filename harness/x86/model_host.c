// SPDX-License-Identifier: GPL-2.0-only
/*
 * Userspace's own ways to MSRs: group HOST.  What an access of one MSR is
 * answered comes from the catalogue where it says, otherwise from the control;
 * counts, errors and what is written follow from the rules.
 */
#include <errno.h>
#include <string.h>

#include "../model_priv.h"
#include "../reasons.h"
#include "abi.h"

enum answer_of_host { OPEN, WORKS, FAILS };

enum { UCODE_REV = 0x8b, HEADER = 8, ENTRY = 16, NR_VALUES = 3 };

static const enum field values[NR_VALUES] = { F_VALUE, F_VALUE_2, F_VALUE_3 };

static bool unknown_to_kvm(u32 index)
{
	const struct msr_info *i = msr_find(index);

	return i && i->read == VERDICT_UNKNOWN && i->write == VERDICT_UNKNOWN;
}

/* How KVM answers userspace's access to one MSR of a vCPU. */
static enum answer_of_host host_answer(struct model *md, u32 index)
{
	const struct msr_info *i = msr_find(index);

	if (unknown_to_kvm(index)) {
		if (md->m->ignore_msrs)
			return rule(md, R(host_ignore_msrs_applies)) ? WORKS :
								      FAILS;
		return rule(md, R(host_unknown_count_short)) ? FAILS : WORKS;
	}
	if (i && i->read == VERDICT_OK && i->write == VERDICT_OK)
		return WORKS;
	return OPEN;
}

/* The same of a feature MSR through /dev/kvm: OPEN unless it is none. */
static enum answer_of_host feature_answer(struct model *md, u32 index)
{
	const struct msr_info *i = msr_find(index);

	if (unknown_to_kvm(index))
		return host_answer(md, index);
	if (index == UCODE_REV)
		return rule(md, R(host_feature_msrs_not_filtered)) ? WORKS :
								    FAILS;
	/* what a guest writes at will is no feature */
	if (i && i->traits & (PASS_VMX | PASS_SVM) && !md->m->ignore_msrs)
		return rule(md, R(host_feature_msrs_not_filtered)) ? FAILS :
								    WORKS;
	return OPEN;
}

/* errno of the call as a whole, 0 if it returns a count. */
static int array_errno(struct model *md, const struct step_msrs *k, u32 nmsrs,
		       enum rule *why)
{
	if (k->fd == FD_KVM && k->set) {
		*why = RULE_NONE;
		return EINVAL;
	}
	*why = R(host_msrs_unreadable);
	if (model_unreadable(&k->at, HEADER))
		return rule(md, *why) ? EFAULT : EINVAL;
	*why = R(host_nmsrs_limit);
	if (nmsrs >= 256 && rule(md, *why))
		return E2BIG;
	if (nmsrs == 255 && !rule(md, *why))
		return E2BIG;
	*why = R(host_msrs_unreadable);
	if (model_unreadable(&k->at, HEADER + (u64)ENTRY * nmsrs))
		return rule(md, *why) ? EFAULT : EINVAL;
	*why = R(host_nmsrs_zero);
	if (!nmsrs)
		return rule(md, *why) ? 0 : EINVAL;
	*why = R(host_entries_copied_back);
	if (!k->set && k->at.kind == PLACE_RDONLY)
		return rule(md, *why) ? EFAULT : 0;
	return 0;
}

/* How many are processed; -1 if only the control knows. */
static long array_count(struct model *md, const struct step_msrs *k, u32 nmsrs,
			enum rule *why)
{
	*why = k->fd == FD_KVM ? R(host_feature_msrs_not_filtered) :
				 R(host_count_of_accessed);
	if (nmsrs > 256)
		return -1;	/* only where the limit is flipped away */
	for (u32 i = 0; i < nmsrs; i++) {
		u32 index = k->index[i % k->n];
		enum answer_of_host a = k->fd == FD_KVM ?
					feature_answer(md, index) :
					host_answer(md, index);

		if (a == OPEN)
			return -1;
		if (a == WORKS)
			continue;
		if (!i && k->fd != FD_KVM)
			*why = R(host_first_failing_returns_zero);
		if (!rule(md, *why))
			return i ? (long)nmsrs : -1;
		return i;
	}
	return nmsrs;
}

void model_msrs(struct model *md, const struct step *s, struct outcome *o,
		enum rule *why)
{
	const struct step_msrs *k = &s->msrs;
	const struct outcome *ctl = model_seen(md, md->step);
	u32 nmsrs = step_msrs_count(k);
	int err = array_errno(md, k, nmsrs, why);
	long count;

	if (err) {
		*o = model_ret(err, 0);
		outcome_set(o, F_WROTE, 0);
		return;
	}
	count = nmsrs ? array_count(md, k, nmsrs, why) : 0;
	if (count < 0 && ctl && !ctl->val[F_ERRNO])
		count = ctl->val[F_RET];
	if (!rule(md, R(host_not_filtered)) ||
	    !rule(md, R(exit_not_for_userspace_access)))
		count = 0;
	if (count >= 0)
		*o = model_ret(0, count);
	if (*why == R(host_first_failing_returns_zero) && !rule(md, *why))
		*o = model_ret(EINVAL, 0);
	outcome_set(o, F_WROTE, !rule(md, R(host_entries_copied_back)) &&
		    !k->set && count < nmsrs);
	for (u32 i = 0; !k->set && i < NR_VALUES; i++) {
		const struct msr_info *info = i < nmsrs ?
			msr_find(k->index[i % k->n]) : NULL;
		u64 value;

		if ((long)i >= count)
			outcome_set(o, values[i], 0);
		else if (unknown_to_kvm(k->index[i % k->n]))
			/* ignored: never what lay on the kernel's stack */
			outcome_set(o, values[i], 0);
		else if (k->fd == FD_VCPU &&
			 model_last_written(md, s, k->index[i % k->n], &value))
			outcome_set(o, values[i], value);
		else if (ctl && !(info && info->traits & MOVES))
			outcome_set(o, values[i], ctl->val[values[i]]);
	}
}

void model_index_list(struct model *md, const struct step *s,
		      struct outcome *o, enum rule *why)
{
	const struct step_index_list *k = &s->index_list;
	bool small = k->size == LIST_ZERO || k->size == LIST_LESS;

	*why = R(host_index_list_too_small);
	if (k->at.kind != PLACE_PAGE_END) {
		*o = model_ret(rule(md, *why) ? EFAULT : EINVAL, 0);
		return;
	}
	*o = model_ret(small && rule(md, *why) ? E2BIG : 0, 0);
	/* the needed count, whatever was asked for */
	outcome_set(o, F_VALUE, small && !rule(md, *why) ? -1 : 0);
	outcome_set(o, F_LIST, !rule(md, R(host_index_lists_constant)));
	if (k->features)
		outcome_set(o, F_VALUE_2,
			    !rule(md, R(host_listed_features_readable)));
}

/* ---- ONE_REG ---- */

#define ONE_REG_MSR	0x2030000200000000ULL

/* Whether this kernel line has ONE_REG for MSRs; -1: may be either. */
static int has_one_reg(const struct model *md)
{
	if (!(md->m->eras & K72))
		return 0;
	return md->m->eras == K72 ? 1 : -1;
}

void model_one_reg(struct model *md, const struct step *s, struct outcome *o,
		   enum rule *why)
{
	const struct step_one_reg *k = &s->one_reg;
	const struct outcome *ctl = model_seen(md, md->step);
	enum answer_of_host a;
	bool msr = k->id >> 32 == ONE_REG_MSR >> 32;

	if (has_one_reg(md) < 0)
		return;
	*why = R(host_one_reg_capability);
	if (!has_one_reg(md) || !rule(md, *why)) {
		bool other = !has_one_reg(md) && !rule(md, *why);

		*o = model_ret(other ? 0 : EINVAL, 0);
		return;
	}
	if (!msr) {
		*why = R(host_one_reg_bad_id);
		*o = model_ret(rule(md, *why) ? EINVAL : 0, 0);
		return;
	}
	a = host_answer(md, k->id);
	*why = R(host_one_reg_access_errors);
	if (k->set && model_unreadable(&k->at, 8)) {
		*o = model_ret(rule(md, *why) ? EFAULT : EINVAL, 0);
		return;
	}
	if (a == FAILS) {
		*o = model_ret(rule(md, *why) ? EINVAL : 0, 0);
		outcome_set(o, F_WROTE, 0);
		return;
	}
	if (model_unreadable(&k->at, 8) ||
	    (!k->set && k->at.kind == PLACE_RDONLY)) {
		if (a == WORKS)
			*o = model_ret(rule(md, *why) ? EFAULT : EINVAL, 0);
		return;
	}
	*why = R(host_one_reg_msr_id);
	if (!rule(md, *why) || !rule(md, R(host_one_reg_not_filtered)))
		*o = model_ret(EINVAL, 0);
	else if (a == WORKS)
		*o = model_ret(0, 0);
	else if (ctl)
		*o = model_ret(ctl->val[F_ERRNO], ctl->val[F_RET]);
	if (!k->set && ctl && a == WORKS)
		outcome_set(o, F_VALUE, ctl->val[F_VALUE]);
}

/* KVM_GET_REG_LIST with room for none. */
void model_reg_list(struct model *md, const struct step *s, struct outcome *o,
		    enum rule *why)
{
	bool shstk = md->m->features >> FEATURE_shstk & 1;

	(void)s;
	if (has_one_reg(md) < 0)
		return;
	*why = R(host_reg_list_is_no_msr_list);
	if (!has_one_reg(md)) {
		*o = model_ret(EINVAL, 0);
		return;
	}
	*o = model_ret(shstk && rule(md, *why) ? E2BIG : 0, 0);
	outcome_set(o, F_VALUE, rule(md, *why) ? shstk : 100);
}

/* ---- single MSRs: what the rules know beyond the control ---- */

static u64 last_set(const struct model *md, u32 index, bool *known)
{
	const struct step *s = &md->p->step[md->step];

	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_SET_MSR && b->msr.index == index &&
		    b->vm == s->vm && b->vcpu == s->vcpu) {
			*known = true;
			return b->msr.value;
		}
	}
	*known = false;
	return 0;
}

static bool has_run(const struct model *md)
{
	const struct step *s = &md->p->step[md->step];

	for (int i = 0; i < md->step; i++)
		if (step_is_guest(&md->p->step[i]) &&
		    md->p->step[i].vm == s->vm &&
		    md->p->step[i].vcpu == s->vcpu)
			return true;
	return false;
}

/* A PV MSR whose feature is absent and enforced, as a guest's access has it. */
static bool enforced_absent(const struct model *md, const struct step *s)
{
	static struct program probe;
	const struct reason *r;

	if (s->msr.index < 0x4b564d00 || s->msr.index > 0x4b564d07)
		return false;
	probe = *md->p;
	probe.step[md->step].kind = STEP_RDMSR;
	memset(&probe.step[md->step].access, 0, sizeof(struct step_access));
	probe.step[md->step].access.index = s->msr.index;
	r = reason_of(md->m, &probe, md->step);
	return r && r->rule == R(rsn_pv_enforced_absent) &&
	       r->verdict[1] == VERDICT_UNKNOWN;
}

/* What the program turned off that fills feature MSRs: the quirk's bit. */
static bool quirk_off(const struct model *md, u64 bit)
{
	for (int i = 0; i < md->step; i++)
		if (md->p->step[i].kind == STEP_CAP &&
		    md->p->step[i].cap.nr == 116 &&
		    md->p->step[i].cap.arg & bit)
			return true;
	return false;
}

enum { STUFF_FEATURE_MSRS = 1 << 8, SMBASE = 0x9e, PLATFORM_INFO = 0xce };

/* The last write was made while an exit of the same MSR was pending. */
static bool set_at_exit(const struct model *md, u32 index)
{
	for (int i = md->step - 1; i > 0; i--)
		if (md->p->step[i].kind == STEP_SET_MSR &&
		    md->p->step[i].msr.index == index)
			for (int k = i - 1; k >= 0; k--)
				if (md->p->step[k].kind == STEP_WRMSR)
					return md->p->step[k].access.hold;
	return false;
}

void model_one_msr(struct model *md, const struct step *s, struct outcome *o)
{
	bool set = s->kind == STEP_SET_MSR, known;
	bool late = !(md->m->eras & (K510 | K61));
	u32 index = s->msr.index;
	u64 last = last_set(md, index, &known);

	if (!set && outcome_has(o, F_VALUE) && set_at_exit(md, index) &&
	    !rule(md, R(host_set_msrs_lets_write_through)))
		o->val[F_VALUE] ^= 0x30;
	if (unknown_to_kvm(index)) {
		enum answer_of_host a = host_answer(md, index);

		*o = model_ret(0, a == WORKS);
		if (!set)
			outcome_set(o, F_VALUE, 0);
		return;
	}
	if (enforced_absent(md, s) && (late || !(md->m->eras & (K612 | K72)))) {
		/* 5.10 calls the value invalid, not the MSR unknown */
		bool works = (late && (!set || !s->msr.value)) ||
			     (md->m->ignore_msrs && !(md->m->eras & K510));

		if (!rule(md, R(host_pv_enforcement_same)) ||
		    !rule(md, R(host_advertised_but_absent)))
			works = !works;
		*o = model_ret(0, works);
		if (!set)
			outcome_set(o, F_VALUE, 0);
		return;
	}
	if (set && index == 0x10a && late && known && has_run(md)) {
		bool works = last == s->msr.value;

		if (!rule(md, R(host_feature_frozen_after_run)))
			works = !works;
		*o = model_ret(0, works);
		return;
	}
	if (!set && index == SMBASE && md->m->needs & NEED_MODE << MODE_SMM)
		outcome_set(o, F_RET,
			    rule(md, R(host_guest_read_only_settable)));
	if (set && index == 0x34) {
		*o = model_ret(0, rule(md, R(host_guest_read_only_settable)));
		return;
	}
	if (!set && index == PLATFORM_INFO && late &&
	    quirk_off(md, STUFF_FEATURE_MSRS) && !known)
		outcome_set(o, F_VALUE,
			    !rule(md, R(param_stuff_feature_quirk_off)));
}
