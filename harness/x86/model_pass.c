// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs that KVM passes through to hardware.  For the filter's decision they are
 * MSRs like all others; here is what a kernel that forgets to switch their
 * interception would do instead, and whether an allowed access goes by KVM at
 * all.  Group PASS.
 */
#define _GNU_SOURCE
#include <string.h>

#include "../model_priv.h"
#include "../reasons.h"
#include "abi.h"

enum {
	MSR_TSC = 0x10, MSR_APIC_BASE = 0x1b, MSR_SPEC_CTRL = 0x48,
	MSR_SYSENTER_ESP = 0x175, MSR_SYSENTER_EIP = 0x176,
	MSR_XFD = 0x1c4, MSR_LSTAR = 0xc0000082, MSR_FS_BASE = 0xc0000100,
};

/* Passed through by some vendor, always or under conditions. */
bool model_passes(u32 index)
{
	const struct msr_info *info = msr_find(index);

	return info && info->traits & (PASS_VMX | PASS_SVM | PASS_IF);
}

/* Both vendors' bitmaps: two or three times 0x2000 MSRs. */
static bool in_bitmaps(u32 index)
{
	return index < 0x2000 || index - 0xc0000000 < 0x2000 ||
	       index - 0xc0010000 < 0x2000;
}

static bool same_vcpu(const struct step *a, const struct step *b)
{
	return a->vm == b->vm && a->vcpu == b->vcpu;
}

/* What happened to the vCPU of @s after the filter in force was set. */
static bool cpuid_since(const struct model *md, const struct state *st,
			const struct step *s)
{
	for (int i = st->vm[s->vm].since + 1; i < md->step; i++)
		if (md->p->step[i].kind == STEP_CPUID &&
		    same_vcpu(&md->p->step[i], s))
			return true;
	return false;
}

static bool apic_mode_since(const struct model *md, const struct state *st,
			    const struct step *s)
{
	for (int i = st->vm[s->vm].since + 1; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (same_vcpu(b, s) &&
		    ((b->kind == STEP_SET_MSR &&
		      b->msr.index == MSR_APIC_BASE) ||
		     (b->kind == STEP_WRMSR && md->out->asks[i] &&
		      b->access.index == MSR_APIC_BASE)))
			return true;
	}
	return false;
}

/* A write that would have KVM pass the MSR through from then on. */
static bool written_before(const struct model *md, const struct step *s,
			   u32 index)
{
	for (int i = 0; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_WRMSR && same_vcpu(b, s) &&
		    b->access.index == index && b->access.value &&
		    md->out->asks[i])
			return true;
	}
	return false;
}

static int filters_so_far(const struct model *md, unsigned vm)
{
	int n = 0;

	for (int i = 0; i < md->step; i++)
		n += md->p->step[i].kind == STEP_FILTER &&
		     md->p->step[i].vm == vm;
	return n;
}

bool model_slips_by(struct model *md, const struct state *st,
		    const struct step *s, u32 index, bool write)
{
	int set = st->vm[s->vm].since;

	if (st->vm[s->vm].filter < 0)
		return false;
	if (!in_bitmaps(index))
		return !rule(md, R(pass_outside_bitmaps));
	if (!model_passes(index))
		return false;
	if (!rule(md, write ? R(pass_denied_write_exits) :
			      R(pass_denied_read_exits)))
		return true;
	if (!model_vcpu_existed(md, set, s->vm, s->vcpu) ?
	    !rule(md, R(pass_filter_before_vcpu)) :
	    !rule(md, R(pass_filter_between_runs)))
		return true;
	if (model_vcpu_ran(md, set, s->vm) &&
	    !rule(md, R(pass_filter_while_running)))
		return true;
	if (filters_so_far(md, s->vm) > 2 &&
	    !rule(md, R(pass_deny_allow_loop)))
		return true;
	if (cpuid_since(md, st, s) &&
	    !rule(md, R(pass_cpuid_change_keeps_filter)))
		return true;
	if ((index == MSR_SPEC_CTRL || index == MSR_XFD) &&
	    written_before(md, s, index) &&
	    !rule(md, R(pass_first_write_keeps_filter)))
		return true;
	return apic_mode_since(md, st, s) &&
	       !rule(md, R(pass_apicv_toggle_keeps_filter));
}

/* The filter before the one in force denied it. */
bool model_denied_before(struct model *md, const struct state *st,
			 const struct step *s, u32 index, bool write)
{
	struct state then = *st;

	then.vm[s->vm].filter = st->vm[s->vm].below;
	then.vm[s->vm].below = -1;
	return !model_allowed(md, &then, s, index, write);
}

/* An instruction that uses an MSR which the filter denies, and its rule. */
enum rule model_user_rule(struct model *md, const struct state *st,
			  const struct step *s)
{
	static const struct {
		const char *bytes;
		u8 len;
		u32 index;
		enum rule rule;
	} users[] = {
		/* rdtsc, rdtscp; swapgs, mov to %fs, wrfsbase; syscall,
		 * sysenter */
		{ "\x0f\x31", 2, MSR_TSC, R(pass_tsc_denied_rdtsc_works) },
		{ "\x0f\x01\xf9", 3, MSR_TSC, R(pass_tsc_denied_rdtsc_works) },
		{ "\x0f\x01\xf8", 3, MSR_FS_BASE,
		  R(pass_bases_denied_users_work) },
		{ "\x8e\xe3", 2, MSR_FS_BASE, R(pass_bases_denied_users_work) },
		{ "\x0f\xae\xd3", 3, MSR_FS_BASE,
		  R(pass_bases_denied_users_work) },
		{ "\x0f\x05", 2, MSR_LSTAR, R(pass_syscall_msrs_users_work) },
		{ "\x0f\x34", 2, MSR_LSTAR, R(pass_syscall_msrs_users_work) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(users); i++)
		if (s->kind == STEP_CODE &&
		    memmem(s->code.bytes, s->code.len, users[i].bytes,
			   users[i].len) &&
		    !model_allowed(md, st, s, users[i].index, false))
			return users[i].rule;
	return RULE_NONE;
}

/*
 * SVM passes SYSENTER_ESP and SYSENTER_EIP through from 6.1 on, unless the
 * guest's CPUID says Intel: with that they have 64 bits, which the CPU has not.
 */
static bool sysenter_native(const struct model *md, u32 index, bool *native)
{
	enum cpuid_vendor guest = reason_cpuid_vendor(md->m, md->p, md->step);

	if (md->m->vendor != VENDOR_AMD || md->m->eras & K510 ||
	    (index != MSR_SYSENTER_ESP && index != MSR_SYSENTER_EIP))
		return false;
	*native = guest == CPUID_VENDOR_AMD;
	return guest != CPUID_VENDOR_HOST;
}

/*
 * KVM_X86_DISABLE_EXITS_CSTATE has VMX open them, for vCPUs that come later:
 * where KVM took it, which the control tells.
 */
bool model_residency_opened(const struct model *md, const struct step *s,
			    u32 index, bool write)
{
	enum { DISABLE_EXITS = 143, CSTATE = 8 };

	if (md->m->vendor != VENDOR_INTEL || write ||
	    (index - 0x3fc > 2 && index != 0x660))
		return false;
	for (int i = 0; i < md->step; i++) {
		const struct step *b = &md->p->step[i];
		const struct outcome *ctl = model_seen(md, i);

		if (b->kind == STEP_CAP && b->vm == s->vm &&
		    b->cap.nr == DISABLE_EXITS && b->cap.arg & CSTATE)
			return ctl && !ctl->val[F_RET] &&
			       !model_vcpu_existed(md, i, s->vm, s->vcpu);
	}
	return false;
}

void model_native(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	const struct step_native *n = &s->native;
	const struct msr_info *info = msr_find(n->index);
	const struct outcome *ctl = model_seen(md, md->step);
	unsigned traits = info ? info->traits : 0;
	struct outcome o = { 0 };
	enum rule why = R(pass_allowed_again_native);
	bool opened = model_residency_opened(md, s, n->index, n->write);
	bool known = false, native = false;

	/* denied ones exit each time: `rdmsr` and `wrmsr` are for these */
	if (!model_allowed(md, st, s, n->index, n->write)) {
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	md->out->asks[md->step] = true;
	/* what KVM does not know it refuses, as the mask says: other cases */
	if (ctl && ctl->val[F_EXITS] && !opened) {
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	if (opened)
		outcome_set(&o, F_EXITS, 0);
	if (ctl && !ctl->val[F_EXITS]) {
		outcome_set(&o, F_EXITS, 0);
		outcome_set(&o, F_END, ctl->val[F_END]);
		known = outcome_has(ctl, F_NATIVE);
		native = ctl->val[F_NATIVE];
	}
	if (md->m->vendor == VENDOR_INTEL && traits & PASS_VMX) {
		why = R(pass_vmx_always_native);
		known = true;
		native = !(n->write && traits & READS_ONLY) == rule(md, why);
	} else if (md->m->vendor == VENDOR_INTEL && traits & NEVER_VMX) {
		why = R(pass_vmx_always_intercepted);
		known = true;
		native = !rule(md, why);
	} else if (md->m->vendor == VENDOR_AMD && traits & PASS_SVM) {
		why = R(pass_svm_always_native);
		known = true;
		native = rule(md, why);
	} else if (md->m->vendor == VENDOR_AMD && traits & NEVER_SVM) {
		why = R(pass_svm_conditional);
		known = true;
		native = !rule(md, why);
	} else if (sysenter_native(md, n->index, &native)) {
		why = R(pass_svm_conditional);
		known = true;
		native = native == rule(md, why);
	} else if (traits & PASS_IF && known &&
		   !rule(md, md->m->vendor == VENDOR_INTEL ?
			     R(pass_vmx_conditional) :
			     R(pass_svm_conditional))) {
		native = !native;
	}
	/* as in a VM without filter, whatever was denied before ... */
	if (native && model_denied_before(md, st, s, n->index, n->write) &&
	    !rule(md, R(pass_allowed_again_native)))
		native = false;
	/* ... and whatever is denied in the other direction */
	if (native && !model_allowed(md, st, s, n->index, !n->write) &&
	    !rule(md, R(pass_directions_independent)))
		native = false;
	if (known)
		outcome_set(&o, F_NATIVE, native);
	model_edge(md, st, why, &o);
}
