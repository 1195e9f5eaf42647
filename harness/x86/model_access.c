// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest access does: the decision and KVM's own verdict give a reason,
 * the mask makes it an exit or a #GP, the reply completes it.  Groups EXIT,
 * RPLY and GP, and the part of CAP that speaks about the mask.
 */
#include <errno.h>
#include <string.h>

#include "../../guest/layout.h"
#include "../model_priv.h"
#include "../msrs.h"
#include "abi.h"
#include "guest.h"

enum { RFLAGS_FIXED = 2, RFLAGS_RF = 0x10000 };

struct answer {
	enum verdict verdict;
	bool has_value;
	u64 value;	/* of a read that works */
};

/* What the control VM showed for this step, if it is there to show it. */
static const struct outcome *seen(const struct model *md, int step)
{
	return md->ctl && md->ctl->have[step] ? &md->ctl->seen[step] : NULL;
}

static enum verdict verdict_seen(const struct outcome *o)
{
	if (o->val[F_EXITS] == 1)
		return o->val[F_X_REASON] == REASON_UNKNOWN ? VERDICT_UNKNOWN :
		       o->val[F_X_REASON] == REASON_INVAL ? VERDICT_INVAL :
		       VERDICT_ASK;
	if (o->val[F_EXITS])
		return VERDICT_ASK;
	if (o->val[F_END] == END_DONE)
		return VERDICT_OK;
	if (o->val[F_END] == END_FAULT && o->val[F_VECTOR] == 13)
		return VERDICT_FAULT;
	return VERDICT_ASK;
}

/* A denied write before this read would have left this value. */
static bool denied_write_before(const struct model *md, u32 index, u64 *value)
{
	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_WRMSR && b->access.index == index &&
		    !md->out->asks[i]) {
			*value = b->access.value;
			return true;
		}
	}
	return false;
}

/* KVM's own answer to an access that no filter denies. */
static struct answer own_answer(struct model *md, const struct state *st,
				const struct step *s)
{
	const struct step_access *a = &s->access;
	const struct msr_info *info = msr_find(a->index);
	const struct outcome *o = seen(md, md->step);
	bool write = s->kind == STEP_WRMSR;
	struct answer r = {
		.verdict = msr_verdict(a->index, write, a->value),
	};
	bool x2apic = a->index >= X2APIC_FIRST && a->index <= X2APIC_LAST;

	md->out->asks[md->step] = true;
	/* of a vendor module of unknown make only the documented is known */
	if (md->m->vendor == VENDOR_OTHER && r.verdict != VERDICT_UNKNOWN && o)
		r.verdict = VERDICT_ASK;
	if (r.verdict == VERDICT_ASK && o)
		r.verdict = verdict_seen(o);
	if (r.verdict == VERDICT_OK && !write && o &&
	    !(info && info->traits & MOVES) && o->val[F_END] == END_DONE) {
		r.has_value = true;
		r.value = o->val[F_RDX] << 32 | (u32)o->val[F_RAX];
		if (!rule(md, R(exit_denied_write_no_effect)))
			denied_write_before(md, a->index, &r.value);
	}
	if (r.verdict == VERDICT_UNKNOWN && md->m->ignore_msrs &&
	    rule(md, R(param_ignore_msrs_unknown))) {
		r.verdict = VERDICT_OK;
		r.has_value = !write;
		r.value = 0;
	}
	if (x2apic && r.verdict == VERDICT_INVAL) {
		bool undefined = a->index >= 0x840;

		if (!rule(md, R(x2a_inval_possible)))
			r.verdict = VERDICT_UNKNOWN;
		if (undefined && !rule(md, R(x2a_undefined_inval)))
			r.verdict = VERDICT_OK;
	}
	if (x2apic && r.verdict == VERDICT_OK && st->vm[s->vm].filter >= 0 &&
	    !rule(md, R(x2a_pass_through_unaffected)))
		r.verdict = VERDICT_INVAL;
	if ((r.verdict == VERDICT_UNKNOWN || r.verdict == VERDICT_INVAL) &&
	    !rule(md, R(match_allowed_may_still_fail)))
		r.verdict = VERDICT_OK;
	return r;
}

/* ---- parts of an outcome ---- */

/* The instruction was completed; the next one is reached. */
static void want_done(struct model *md, struct outcome *o, int step, int len)
{
	outcome_set(o, F_END, END_DONE);
	outcome_set(o, F_RIP, rule(md, R(rply_rip_past_instruction)) ? len :
			      len + 1);
	outcome_set(o, F_RFLAGS, RFLAGS_FIXED);
	outcome_set(o, F_CR2, guest_cr2(step));
	outcome_set(o, F_REGS, !rule(md, R(rply_rdmsr_other_regs_kept)));
}

/* #GP(0) at the instruction. */
static void want_gp(struct model *md, struct outcome *o, const struct step *s,
		    int step)
{
	outcome_set(o, F_END, END_FAULT);
	outcome_set(o, F_VECTOR, rule(md, R(gp_reason_not_enabled)) ? 13 : 6);
	outcome_set(o, F_HAS_CODE, 1);
	outcome_set(o, F_CODE, !rule(md, R(gp_error_code_zero)));
	outcome_set(o, F_RIP,
		    rule(md, R(gp_saved_rip_at_instruction)) ? 0 : 2);
	outcome_set(o, F_RFLAGS, RFLAGS_FIXED |
		    (rule(md, R(gp_saved_flags_rf)) ? RFLAGS_RF : 0));
	outcome_set(o, F_CR2,
		    rule(md, R(gp_cr2_unchanged)) ? guest_cr2(step) : 0);
	outcome_set(o, F_RAX, guest_entry_reg(s, step, REG_RAX));
	outcome_set(o, F_RDX, guest_entry_reg(s, step, REG_RDX));
	outcome_set(o, F_REGS, !rule(md, R(gp_registers_unchanged)));
}

static void want_value(struct outcome *o, u64 value)
{
	outcome_set(o, F_RAX, (u32)value);
	outcome_set(o, F_RDX, value >> 32);
}

static void want_unchanged(struct outcome *o, const struct step *s, int step)
{
	outcome_set(o, F_RAX, guest_entry_reg(s, step, REG_RAX));
	outcome_set(o, F_RDX, guest_entry_reg(s, step, REG_RDX));
}

/* How userspace's answer completes the access of step @step. */
static void want_completion(struct model *md, struct outcome *o, int step,
			    const struct reply *r)
{
	const struct step *s = &md->p->step[step];
	u64 data = r->has_data ? r->data : 0;
	u8 error = r->error;

	if (error > 1 && !rule(md, R(rply_error_any_nonzero)))
		error = 0;
	if (error && rule(md, R(rply_error_injects_gp))) {
		want_gp(md, o, s, step);
		return;
	}
	want_done(md, o, step, 2);
	if (s->kind == STEP_WRMSR) {
		want_unchanged(o, s, step);
		if (!rule(md, R(rply_wrmsr_only_skips)) ||
		    (r->has_data && !rule(md, R(rply_wrmsr_data_ignored))))
			want_value(o, data);
		return;
	}
	want_value(o, data);
	if (!rule(md, R(rply_rdmsr_loads_data)))
		want_unchanged(o, s, step);
	if (!r->has_data && !rule(md, R(rply_rdmsr_untouched_reads_zero)))
		want_unchanged(o, s, step);
}

/* The exit of an access that failed for @reason. */
static void want_exit(struct model *md, struct outcome *o,
		      const struct step *s, u32 reason)
{
	const struct step_access *a = &s->access;
	bool write = s->kind == STEP_WRMSR;
	u64 data = write ? a->value : 0;
	u64 index = a->index;
	u32 nr = write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR;

	if (write ? !rule(md, R(exit_wrmsr)) : !rule(md, R(exit_rdmsr)))
		nr = EXIT_X86_RDMSR + EXIT_X86_WRMSR - nr;
	if (!rule(md, R(exit_one_reason)))
		reason |= REASON_INVAL | REASON_UNKNOWN;
	if (!rule(md, R(exit_index)))
		index ^= 1;
	if (write && !rule(md, R(exit_wrmsr_data)))
		data = data >> 32 << 32 | (u32)~data;
	if (!write && !rule(md, R(exit_rdmsr_data_zero)))
		data = 0xa5a5a5a5a5a5a5a5;
	outcome_set(o, F_EXITS, rule(md, R(exit_once_per_execution)) ? 1 : 2);
	outcome_set(o, F_EXIT, nr);
	outcome_set(o, F_X_REASON, reason);
	outcome_set(o, F_X_INDEX, index);
	outcome_set(o, F_X_DATA, data);
	outcome_set(o, F_X_ERROR, rule(md, R(exit_error_zero)) ? 0 : 0xa5);
	outcome_set(o, F_X_PAD, rule(md, R(exit_pad_zero)) ? 0 :
				0xa5a5a5a5a5a5a5);
	/*
	 * A vendor module of unknown make may fill the union before it knows
	 * which exit it will be (kvm_pvm does); no document forbids it.
	 */
	if (md->m->vendor != VENDOR_OTHER)
		outcome_set(o, F_X_TAIL,
			    !rule(md, R(exit_rest_of_union_kept)));
	outcome_set(o, F_X_RIP, rule(md, R(exit_rip_at_instruction)) ? 0 : 2);
	outcome_set(o, F_X_REGS, rule(md, R(exit_registers_unchanged)) ? 0 :
				 1u << REG_RAX);
	outcome_set(o, F_X_RFLAGS, RFLAGS_FIXED);
	outcome_set(o, F_X_EVENTS, rule(md, R(exit_no_exception_queued)) ? 0 :
				   2);
	outcome_set(o, F_X_SYNC, !rule(md, R(exit_sync_regs)));
}

/* The mask in force for a vCPU. */
static u8 mask_of(struct model *md, const struct state *st,
		  const struct step *s)
{
	const struct vm_state *vm = &st->vm[s->vm];

	if (!rule(md, R(cap_mask_per_vm)))
		return s->vcpu ? 0 : st->vm[0].mask;
	if (!(vm->mask & REASON_FILTER) && vm->mask_ever & REASON_FILTER &&
	    !rule(md, R(cap_filter_bit_disabled)))
		return vm->mask | REASON_FILTER;
	if (vm->filter >= 0 && vm->mask & REASON_FILTER &&
	    !(vm->mask_at_filter & REASON_FILTER) &&
	    !rule(md, R(cap_filter_bit_enabled_late)))
		return vm->mask & ~REASON_FILTER;
	return vm->mask;
}

static void not_executed(struct outcome *o)
{
	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_END, END_SKIPPED);
}

/* An access that fails for @reason: exit or #GP, then the reply. */
static void fail_access(struct model *md, const struct state *st,
			const struct step *s, u32 reason)
{
	struct state after = *st;
	struct outcome o = { 0 };
	u8 mask = mask_of(md, st, s);
	bool exits = mask & reason;

	if (!rule(md, R(cap_mask_bit_selects_reason)))
		exits = mask != 0;
	if (reason == REASON_FILTER && !(mask & REASON_FILTER) &&
	    mask & (REASON_UNKNOWN | REASON_INVAL) &&
	    !rule(md, R(cap_denied_not_relabelled))) {
		exits = true;
		reason = mask & REASON_UNKNOWN ? REASON_UNKNOWN : REASON_INVAL;
	}
	if (!exits) {
		outcome_set(&o, F_EXITS, !rule(md, R(gp_no_exit)));
		want_gp(md, &o, s, md->step);
		model_edge(md, &after, md->decided, &o);
		return;
	}
	want_exit(md, &o, s, reason);
	if (s->access.hold) {
		outcome_set(&o, F_END, END_HELD);
		after.held[s->vm][s->vcpu] = md->step;
		after.held_mask[s->vm][s->vcpu] = reason;
	} else {
		want_completion(md, &o, md->step, &s->access.reply);
	}
	model_edge(md, &after, md->decided, &o);
}

/* Denied, but a kernel that asks its own handlers first would say so. */
static bool own_answer_first(struct model *md, const struct step *s)
{
	enum verdict v = msr_verdict(s->access.index, s->kind == STEP_WRMSR,
				     s->access.value);

	if (v == VERDICT_UNKNOWN && !rule(md, R(match_denied_before_unknown)))
		return true;
	if (v == VERDICT_INVAL && !rule(md, R(match_denied_before_invalid)))
		return true;
	if (v == VERDICT_UNKNOWN && md->m->ignore_msrs &&
	    !rule(md, R(match_ignore_msrs_no_rescue)))
		return true;
	if (md->m->ignore_msrs && v == VERDICT_UNKNOWN &&
	    !rule(md, R(param_ignore_msrs_not_filter)))
		return true;
	return false;
}

static bool without_cpuid(const struct model *md, const struct step *s)
{
	for (int i = 0; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_CPUID && b->vm == s->vm &&
		    b->vcpu == s->vcpu)
			return b->cpuid == CPUID_NONE;
	}
	return false;
}

static void model_access(struct model *md, const struct state *st,
			 const struct step *s)
{
	bool write = s->kind == STEP_WRMSR;
	struct outcome o = { 0 };
	struct answer a;

	if (!model_allowed(md, st, s, s->access.index, write) &&
	    !own_answer_first(md, s)) {
		u32 reason = REASON_FILTER;

		if (without_cpuid(md, s) &&
		    !rule(md, R(match_cpuid_no_influence)))
			reason = REASON_UNKNOWN;
		fail_access(md, st, s, reason);
		return;
	}
	a = own_answer(md, st, s);
	switch (a.verdict) {
	case VERDICT_UNKNOWN:
		fail_access(md, st, s, REASON_UNKNOWN);
		return;
	case VERDICT_INVAL:
		if (s->access.index >= X2APIC_FIRST &&
		    s->access.index <= X2APIC_LAST &&
		    !rule(md, R(x2a_never_reason_filter))) {
			fail_access(md, st, s, REASON_FILTER);
			return;
		}
		fail_access(md, st, s, REASON_INVAL);
		return;
	case VERDICT_FAULT:
		/* raised by the CPU itself: no exit whatever the mask */
		outcome_set(&o, F_EXITS, !rule(md, R(exit_not_for_pass_through)));
		want_gp(md, &o, s, md->step);
		model_edge(md, st, R(exit_not_for_pass_through), &o);
		return;
	case VERDICT_OK:
		outcome_set(&o, F_EXITS, !rule(md, R(match_allowed_never_exits)));
		want_done(md, &o, md->step, 2);
		if (write)
			want_unchanged(&o, s, md->step);
		else if (a.has_value)
			want_value(&o, a.value);
		model_edge(md, st, md->decided, &o);
		return;
	default:
		/* nothing known but that no filter denied it */
		o.val[F_X_REASON] = 0;
		o.mask[F_X_REASON] = 0;
		model_edge(md, st, RULE_NONE, &o);
	}
}

/* Any other code: as in a VM without filter, and never an MSR exit. */
static void model_code(struct model *md, const struct state *st)
{
	static const enum field same[] = { F_END, F_VECTOR, F_HAS_CODE, F_CODE,
					   F_RIP };
	const struct outcome *ctl = seen(md, md->step);
	struct outcome o = { 0 };

	md->out->asks[md->step] = true;
	outcome_set(&o, F_EXITS, !rule(md, R(match_side_effects_exempt)));
	if (md->p->step[md->step].kind == STEP_SPIN)
		outcome_set(&o, F_END, END_DONE);
	else if (ctl)
		for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
			o.val[same[i]] = ctl->val[same[i]];
			o.mask[same[i]] = ctl->mask[same[i]];
		}
	model_edge(md, st, R(match_side_effects_exempt), &o);
}

void model_guest(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct outcome o = { 0 };

	if (st->held[s->vm][s->vcpu] >= 0) {
		not_executed(&o);
		model_edge(md, st, RULE_NONE, &o);
	} else if (s->kind == STEP_CODE || s->kind == STEP_SPIN) {
		model_code(md, st);
	} else {
		model_access(md, st, s);
	}
}

void model_resume(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	int held = st->held[s->vm][s->vcpu];
	struct state after = *st;
	struct outcome o = { 0 };

	if (held < 0) {
		not_executed(&o);
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	outcome_set(&o, F_EXITS, 0);
	if (!(st->vm[s->vm].mask & st->held_mask[s->vm][s->vcpu]) &&
	    !rule(md, R(cap_mask_change_at_exit)))
		want_gp(md, &o, &md->p->step[held], held);
	else
		want_completion(md, &o, held, &s->resume);
	after.held[s->vm][s->vcpu] = -1;
	model_edge(md, &after, R(rply_rip_past_instruction), &o);
}

/* ---- host steps that the filter must not touch, and must survive ---- */

static void accessor(struct model *md, const struct step *s, struct outcome *o)
{
	const struct outcome *ctl = seen(md, md->step);
	const struct msr_info *info = msr_find(s->msr.index);

	if (!ctl)
		return;
	outcome_set(o, F_RET, ctl->val[F_RET]);
	outcome_set(o, F_ERRNO, ctl->val[F_ERRNO]);
	if (!rule(md, R(host_not_filtered)))
		outcome_set(o, F_RET, 0);
	if (s->kind == STEP_GET_MSR && !(info && info->traits & MOVES)) {
		u64 value = ctl->val[F_VALUE];

		if (!rule(md, R(exit_denied_write_no_effect)))
			denied_write_before(md, s->msr.index, &value);
		outcome_set(o, F_VALUE, value);
	}
}

void model_host(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct outcome o = { 0 };
	enum rule why = RULE_NONE;

	switch (s->kind) {
	case STEP_GET_MSR:
	case STEP_SET_MSR:
		accessor(md, s, &o);
		why = R(host_not_filtered);
		break;
	case STEP_IOCTL:
		/* same type and number as the filter's, other size */
		if (s->ioctl.fd == FD_VM &&
		    (s->ioctl.request & 0xffff) == (SET_MSR_FILTER & 0xffff) &&
		    s->ioctl.request != SET_MSR_FILTER) {
			why = R(flt_other_request_enotty);
			o = model_ret(rule(md, why) ? ENOTTY : 0, 0);
			if (s->actor == ACTOR_CHILD)
				o = model_ret(EIO, 0);
		}
		break;
	case STEP_LEAK:
		why = R(flt_freed_with_vm);
		o = model_ret(0, 0);
		outcome_set(&o, F_KEPT, !rule(md, why));
		break;
	default:
		o = model_ret(0, 0);
		break;
	}
	if ((s->kind == STEP_INIT || s->kind == STEP_CPUID ||
	     s->kind == STEP_SREGS || s->kind == STEP_SET_MSR) &&
	    !rule(md, R(flt_survives_vcpu_state)))
		after.vm[s->vm].filter = -1;
	model_edge(md, &after, why, &o);
}

enum rule model_field_rule(const struct program *p, const struct edge *e,
			   enum field f)
{
	bool write = p->step[e->step].kind == STEP_WRMSR;
	bool fault = e->want.val[F_END] == END_FAULT;
	bool exits = e->want.val[F_EXITS];

	switch (f) {
	case F_WROTE:
		return R(flt_struct_not_written);
	case F_EXIT:
		return write ? R(exit_wrmsr) : R(exit_rdmsr);
	case F_X_INDEX:
		return R(exit_index);
	case F_X_DATA:
		return write ? R(exit_wrmsr_data) : R(exit_rdmsr_data_zero);
	case F_X_ERROR:
		return R(exit_error_zero);
	case F_X_PAD:
		return R(exit_pad_zero);
	case F_X_TAIL:
		return R(exit_rest_of_union_kept);
	case F_X_RIP:
		return R(exit_rip_at_instruction);
	case F_X_REGS:
	case F_X_RFLAGS:
		return R(exit_registers_unchanged);
	case F_X_EVENTS:
		return R(exit_no_exception_queued);
	case F_X_SYNC:
		return R(exit_sync_regs);
	case F_END:
		return exits && fault ? R(rply_error_injects_gp) : e->rule;
	case F_VECTOR:
		return R(gp_reason_not_enabled);
	case F_HAS_CODE:
	case F_CODE:
		return R(gp_error_code_zero);
	case F_RIP:
		return fault ? R(gp_saved_rip_at_instruction) :
			       R(rply_rip_past_instruction);
	case F_RFLAGS:
		return fault ? R(gp_saved_flags_rf) : e->rule;
	case F_CR2:
		return R(gp_cr2_unchanged);
	case F_RAX:
	case F_RDX:
		return fault ? R(gp_registers_unchanged) :
		       !exits ? e->rule : write ? R(rply_wrmsr_only_skips) :
		       R(rply_rdmsr_loads_data);
	case F_REGS:
		return fault ? R(gp_registers_unchanged) :
			       R(rply_rdmsr_other_regs_kept);
	default:
		return e->rule;
	}
}
