// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest access does: the decision and KVM's own verdict give a reason,
 * the mask makes it an exit or a #GP, the reply completes it.  Groups EXIT,
 * RPLY and GP, and the part of CAP that speaks about the mask.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "../../guest/layout.h"
#include "../model_priv.h"
#include "../each.h"
#include "../reasons.h"
#include "abi.h"
#include "guest.h"

enum {
	MSR_EFER = (int)0xc0000080,
	EXIT_INTERNAL_ERROR = 17,
	DR6_BS = 0x4000,
	MSR_X2APIC_ICR = 0x830, ICR_BUSY = 0x1000,
};

#define POISON 0xa5a5a5a5u	/* exit_reason before KVM_RUN: guest.c */

struct answer {
	enum verdict verdict;
	bool has_value;
	u64 value;	/* of a read that works */
};

/* What the control VM showed for this step, if it is there to show it. */
const struct outcome *model_seen(const struct model *md, int step)
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

/*
 * The value an MSR has if an access that failed before had its effect after
 * all: rules flipped one by one.
 */
static u64 value_with_effects(struct model *md, u32 index, u64 value)
{
	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];
		const struct step_access *a = &b->access;
		bool denied = !md->out->asks[i];

		if (b->kind == STEP_RDMSR && a->index == index && denied &&
		    !rule(md, R(exit_denied_read_no_effect)))
			return value ^ 1;
		if (b->kind != STEP_WRMSR || a->index != index)
			continue;
		if (denied && !rule(md, R(exit_denied_write_no_effect)))
			return a->value;
		if (denied && model_passes(index) &&
		    !rule(md, R(pass_denied_write_no_effect)))
			return a->value;
		if (denied && !a->reply.has_data && !a->reply.error &&
		    !rule(md, R(rply_wrmsr_untouched_drops)))
			return a->value;
		if (!denied && access_verdict(md->m, md->p, i) ==
		    VERDICT_INVAL && !rule(md, R(exit_failed_write_no_effect)))
			return a->value;
	}
	return value;
}

/* Neither of these changes an MSR of a vCPU. */
static bool leaves_msrs(enum step_kind kind)
{
	return kind == STEP_RDMSR || kind == STEP_FILTER || kind == STEP_CAP ||
	       kind == STEP_CHECK_CAP || kind == STEP_GET_MSR ||
	       kind == STEP_PEEK || kind == STEP_REGS || kind == STEP_EVENTS ||
	       kind == STEP_SREGS || kind == STEP_RESUME;
}

/* Reads give @value back if it was written last. */
static bool keeps(const struct model *md, u32 index, u64 value)
{
	const struct msr_info *info = msr_find(index);

	if (index == MSR_X2APIC_ICR && value & ICR_BUSY)
		return false;
	if (info->traits & (KEEPS | KEEPS_HOST) || !(value >> 32))
		return true;
	/* SYSENTER_ESP, SYSENTER_EIP: Intel's have 64 bits */
	return (index == 0x175 || index == 0x176) &&
	       reason_cpuid_vendor(md->m, md->p, md->step) ==
	       CPUID_VENDOR_INTEL && is_canonical(value);
}

/* What an array leaves in the MSR, up to the entry that is refused. */
static bool array_wrote(const struct model *md, const struct step_msrs *k,
			const struct outcome *o, u32 index, u64 *value)
{
	u64 n = step_msrs_count(k);
	bool wrote = false;

	if (!k->set || k->fd != FD_VCPU || !o || o->val[F_ERRNO] || n >= 256 ||
	    model_unreadable(&k->at, 8 + 16 * n))
		return false;
	for (u64 i = 0; i < n && i < o->val[F_RET]; i++) {
		enum verdict v = msr_verdict(k->index[i % k->n], true,
					     k->value[i % k->n]);

		if (v == VERDICT_INVAL ||
		    (v == VERDICT_UNKNOWN && !md->m->ignore_msrs))
			break;
		if (k->index[i % k->n] != index)
			continue;
		*value = k->value[i % k->n];
		wrote = true;
	}
	return wrote;
}

/*
 * What an MSR that keeps its value was last given, by the vCPU or for it; false
 * if it was not, or if something in between is not understood.
 */
bool model_last_written(const struct model *md, const struct step *s,
			u32 index, u64 *value)
{
	const struct msr_info *info = msr_find(index);

	if (!info || !(info->traits & (KEEPS | KEEPS_LOW | KEEPS_HOST)) || s->l2 ||
	    md->nnow > 1 || md->m->vendor == VENDOR_OTHER)
		return false;
	for (int i = md->step - 1; i >= 0; i--) {
		const struct step *b = &md->p->step[i];
		const struct outcome *o = model_seen(md, i);
		bool same = b->vm == s->vm && b->vcpu == s->vcpu;
		bool write = b->kind == STEP_WRMSR;

		if (b->l2 || program_mode(md->p, i) != MODE_LONG)
			return false;
		if (leaves_msrs(b->kind))
			continue;
		if (b->kind == STEP_MSRS && same &&
		    array_wrote(md, &b->msrs, o, index, value))
			return keeps(md, index, *value);
		if (b->kind == STEP_MSRS)
			continue;
		if (!write && b->kind != STEP_SET_MSR)
			return false;
		if (!same || index != (write ? b->access.index : b->msr.index))
			continue;
		if (write && (!md->out->asks[i] || info->traits & KEEPS_HOST ||
			      access_verdict(md->m, md->p, i) == VERDICT_INVAL))
			continue;	/* denied, ignored, or refused */
		*value = write ? b->access.value : b->msr.value;
		return o && (write ? verdict_seen(o) == VERDICT_OK :
				     o->val[F_RET] == 1) &&
		       keeps(md, index, *value);
	}
	return false;
}

/* The verdict a kernel would give that had the rule of a row wrong. */
static enum verdict other_verdict(enum verdict v)
{
	return v == VERDICT_INVAL ? VERDICT_UNKNOWN : VERDICT_INVAL;
}

/* What the rows of suites/reasons.def say; ASK if nothing. */
static enum verdict verdict_by_rule(struct model *md, int step)
{
	const struct reason *r = reason_of(md->m, md->p, step);
	enum verdict v;

	if (!r)
		return VERDICT_ASK;
	v = reason_verdict(md->m, r);
	if (v == VERDICT_ASK)
		return v;
	md->decided = r->rule;
	if (!rule(md, r->rule) || (r->also && !rule(md, r->also)))
		return other_verdict(v);
	return v;
}

/* What the access before, a read of the same MSR, was answered. */
static enum verdict verdict_of_read_before(struct model *md,
					   const struct step *s)
{
	const struct step *b = s - 1;
	enum verdict v;

	if (s == md->p->step || b->kind != STEP_RDMSR ||
	    b->access.index != s->access.index)
		return VERDICT_ASK;
	v = verdict_by_rule(md, b - md->p->step);
	return v != VERDICT_ASK ? v : msr_verdict(b->access.index, false, 0);
}

/* The rules about every failure, which no row of the catalogue names. */
static enum verdict general_rules(struct model *md, const struct step *s,
				  enum verdict v)
{
	const struct msr_info *info = msr_find(s->access.index);
	bool nowhere = info && info->read == VERDICT_UNKNOWN &&
		       info->write == VERDICT_UNKNOWN;
	bool private = info && !strcmp(info->name, "KVM_PRIVATE");
	enum verdict read;

	if (v == VERDICT_UNKNOWN &&
	    (!rule(md, R(rsn_unsupported_is_unknown)) ||
	     (nowhere && !rule(md, R(rsn_unrecognised_index))) ||
	     (private && !rule(md, R(rsn_vendor_private_index)))))
		return VERDICT_INVAL;
	if (v == VERDICT_INVAL &&
	    (!rule(md, R(rsn_other_failure_is_inval)) ||
	     (s->kind == STEP_WRMSR && !rule(md, R(rsn_refused_value)))))
		return VERDICT_UNKNOWN;
	read = verdict_of_read_before(md, s);
	if (s->kind == STEP_WRMSR && read != v &&
	    (v == VERDICT_UNKNOWN || v == VERDICT_INVAL) &&
	    (read == VERDICT_UNKNOWN || read == VERDICT_INVAL) &&
	    !rule(md, R(rsn_read_write_may_differ)))
		return read;
	return v;
}

/* ignore_msrs makes success of what KVM does not know. */
static bool ignored(struct model *md)
{
	bool on = md->m->ignore_msrs;

	if (md->m->unreported && !rule(md, R(param_report_ignored_only_logs)))
		return !on;
	return on && rule(md, R(param_ignore_msrs_unknown));
}

/* KVM's own answer to an access that no filter denies. */
static struct answer own_answer(struct model *md, const struct state *st,
				const struct step *s)
{
	const struct step_access *a = &s->access;
	const struct msr_info *info = msr_find(a->index);
	const struct outcome *o = model_seen(md, md->step);
	bool write = s->kind == STEP_WRMSR;
	struct answer r = {
		.verdict = verdict_by_rule(md, s - md->p->step),
	};

	md->out->asks[md->step] = true;
	if (r.verdict == VERDICT_ASK) {
		r.verdict = msr_verdict(a->index, write, a->value);
		/* of a vendor module of unknown make only what is documented */
		if (md->m->vendor == VENDOR_OTHER && o &&
		    r.verdict != VERDICT_UNKNOWN)
			r.verdict = VERDICT_ASK;
	}
	if (r.verdict == VERDICT_ASK && o)
		r.verdict = verdict_seen(o);
	if (r.verdict == VERDICT_OK && !write && o &&
	    !(info && info->traits & MOVES) && o->val[F_END] == END_DONE) {
		r.has_value = true;
		if (!model_last_written(md, s, a->index, &r.value))
			r.value = o->val[F_RDX] << 32 | (u32)o->val[F_RAX];
		r.value = value_with_effects(md, a->index, r.value);
	}
	if (r.verdict == VERDICT_INVAL && md->m->ignore_msrs &&
	    !rule(md, R(param_ignore_msrs_not_inval)))
		r.verdict = VERDICT_UNKNOWN;
	if (r.verdict == VERDICT_UNKNOWN && ignored(md)) {
		r.verdict = VERDICT_OK;
		r.has_value = !write;
		r.value = 0;
	}
	if (is_x2apic(a->index) && r.verdict == VERDICT_INVAL) {
		bool undefined = a->index >= 0x840;

		if (!rule(md, R(x2a_inval_possible)))
			r.verdict = VERDICT_UNKNOWN;
		if (undefined && !rule(md, R(x2a_undefined_inval)))
			r.verdict = VERDICT_OK;
	}
	if (is_x2apic(a->index) && r.verdict == VERDICT_OK && st->vm[s->vm].filter >= 0 &&
	    !rule(md, R(x2a_pass_through_unaffected)))
		r.verdict = VERDICT_INVAL;
	if ((r.verdict == VERDICT_UNKNOWN || r.verdict == VERDICT_INVAL) &&
	    !rule(md, R(match_allowed_may_still_fail)))
		r.verdict = VERDICT_OK;
	r.verdict = general_rules(md, s, r.verdict);
	return r;
}

/* ---- parts of an outcome ---- */

u64 entry_rflags(const struct program *p, int step)
{
	const struct step *s = &p->step[step];
	bool access = s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;

	return RFLAGS_FIXED |
	       (program_mode(p, step) == MODE_V86 ? RFLAGS_VM : 0) |
	       (access && s->access.tf ? RFLAGS_TF : 0) |
	       (access && s->access.shadow == SHADOW_STI ? RFLAGS_IF : 0);
}

static void want_cr2(const struct model *md, struct outcome *o, u64 value)
{
	if (!md->m->loses_cr2)
		outcome_set(o, F_CR2, value);
}

/* Real mode has neither error codes nor RF in what a fault pushes. */
static bool pushes_all(struct model *md, int step)
{
	return !mode_is_real(program_mode(md->p, step)) ||
	       !rule(md, R(gp_real_mode_no_error_code));
}

void want_rip(struct model *md, struct outcome *o, int step, int rip)
{
	const struct step *s = &md->p->step[step];
	enum rule wraps = s->access.forced ? R(emu_eip_wraps) :
					     R(rply_eip_wraps);
	/* behind an access that wraps lies offset 0 */
	bool wrapped = s->access.wraps && rip >= guest_insn_len(s) &&
		       rule(md, wraps);

	outcome_set(o, F_RIP, wrapped ? rip - (1LL << 32) : rip);
}

/*
 * VMX without unrestricted guest runs real mode as virtual-8086 mode with IOPL
 * 3, which PUSHF shows and an exit does not: not this ABI's matter.
 */
static void want_rflags(struct model *md, struct outcome *o, int step,
			u64 rflags)
{
	outcome_set(o, F_RFLAGS, rflags);
	if (md->m->wants_tss && mode_is_real(program_mode(md->p, step)))
		o->mask[F_RFLAGS] &= ~(u64)RFLAGS_IOPL;
}

void want_done(struct model *md, struct outcome *o, int step)
{
	const struct step *s = &md->p->step[step];
	int len = guest_insn_len(s);

	if (s->access.nprefix && !rule(md, R(exit_ignorable_prefixes)))
		len = 2;
	want_cr2(md, o, guest_cr2(md->p, step));
	outcome_set(o, F_REGS, !rule(md, R(rply_rdmsr_other_regs_kept)));
	want_rip(md, o, step, rule(md, R(rply_rip_past_instruction)) ? len :
			      len + 1);
	want_rflags(md, o, step, entry_rflags(md->p, step));
	if (s->access.tf && rule(md, R(rply_tf_success_db)) &&
	    (!s->access.forced || rule(md, R(emu_single_step)))) {
		outcome_set(o, F_END, END_FAULT);
		outcome_set(o, F_VECTOR, 1);
		outcome_set(o, F_HAS_CODE, 0);
		o->val[F_DR6] = DR6_BS;
		o->mask[F_DR6] = DR6_BS | 0xf;
		return;
	}
	outcome_set(o, F_END, END_DONE);
}

void want_gp(struct model *md, struct outcome *o, int step, int rip)
{
	const struct step *s = &md->p->step[step];

	outcome_set(o, F_END, END_FAULT);
	outcome_set(o, F_VECTOR, rule(md, R(gp_reason_not_enabled)) ? 13 : 6);
	outcome_set(o, F_HAS_CODE, pushes_all(md, step));
	outcome_set(o, F_CODE, !rule(md, R(gp_error_code_zero)));
	outcome_set(o, F_RIP,
		    rule(md, R(gp_saved_rip_at_instruction)) ? rip : rip + 2);
	want_rflags(md, o, step, entry_rflags(md->p, step) |
		    (pushes_all(md, step) && rule(md, R(gp_saved_flags_rf)) ?
		     RFLAGS_RF : 0));
	want_cr2(md, o, rule(md, R(gp_cr2_unchanged)) ?
			guest_cr2(md->p, step) : 0);
	want_unchanged(md, o, step);
	outcome_set(o, F_REGS, !rule(md, R(gp_registers_unchanged)));
	if (s->access.tf && !rule(md, R(rply_tf_error_gp_only)))
		outcome_set(o, F_VECTOR, 1);
	if (s->access.shadow && !rule(md, R(gp_in_mov_ss_shadow)))
		outcome_set(o, F_END, END_HANG);
	if (!rule(md, R(gp_exception_table_pattern)))
		outcome_set(o, F_RFLAGS, 0);
}

/* Raised by the CPU: whether it sets RF is not KVM's matter. */
static void want_hardware_gp(struct model *md, struct outcome *o, int step)
{
	want_gp(md, o, step, 0);
	o->mask[F_RFLAGS] &= ~(u64)RFLAGS_RF;
}

void want_value(struct outcome *o, u64 value)
{
	outcome_set(o, F_RAX, (u32)value);
	outcome_set(o, F_RDX, value >> 32);
}

void want_unchanged(struct model *md, struct outcome *o, int step)
{
	outcome_set(o, F_RAX, guest_entry_reg(md->p, step, GPR_RAX));
	outcome_set(o, F_RDX, guest_entry_reg(md->p, step, GPR_RDX));
}

void want_skipped(struct outcome *o)
{
	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_END, END_SKIPPED);
}

/* SVM has one bit for both kinds of shadow, and KVM reports both. */
static void want_shadow(struct model *md, struct outcome *o, int step)
{
	const struct step *s = &md->p->step[step];
	bool emulated = s->access.forced ||
			(md->m->wants_tss &&
			 mode_is_real(program_mode(md->p, step)));
	unsigned shadow = s->access.shadow == SHADOW_STI ? 2 :
			  s->access.shadow == SHADOW_MOVSS ? 1 : 0;

	if (md->m->vendor == VENDOR_OTHER || (shadow && md->m->loses_shadow))
		return;
	if (shadow && emulated && md->m->loses_shadow_at_fault)
		return;
	if (shadow && md->m->vendor == VENDOR_AMD)
		shadow = 3;
	if (!rule(md, R(exit_interrupt_shadow_kept)))
		shadow = shadow ? 0 : 3;
	outcome_set(o, F_X_SHADOW, shadow);
}

/* The exit of an access that failed for @reason. */
static void want_exit(struct model *md, struct outcome *o, int step,
		      const struct vcpu_state *v, u32 reason)
{
	const struct step *s = &md->p->step[step];
	const struct step_access *a = &s->access;
	bool write = s->kind == STEP_WRMSR;
	u64 data = write ? (u32)v->rax | v->rdx << 32 : 0;
	u64 changed = (v->rcx != guest_entry_reg(md->p, step, GPR_RCX)) <<
		      GPR_RCX |
		      (v->rax != guest_entry_reg(md->p, step, GPR_RAX)) << GPR_RAX |
		      (v->rdx != guest_entry_reg(md->p, step, GPR_RDX)) << GPR_RDX;
	u64 index = (u32)v->rcx;
	u32 nr = write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR;

	if (write ? !rule(md, R(exit_wrmsr)) : !rule(md, R(exit_rdmsr)))
		nr = EXIT_X86_RDMSR + EXIT_X86_WRMSR - nr;
	if (!rule(md, R(exit_one_reason)))
		reason |= REASON_INVAL | REASON_UNKNOWN;
	if (!rule(md, R(exit_index)))
		index ^= 1;
	if (s->vcpu && !rule(md, R(exit_vcpus_independent)))
		index ^= 1;	/* as if kvm_run were the other vCPU's */
	if (write && !rule(md, R(exit_wrmsr_data)))
		data = data >> 32 << 32 | (u32)~data;
	if (!write && !rule(md, R(exit_rdmsr_data_zero)))
		data = 0xa5a5a5a5a5a5a5a5;
	outcome_set(o, F_EXITS, rule(md, R(exit_once_per_execution)) ? 1 : 2);
	if (step > 0 && step_is_guest(s - 1) && s[-1].vcpu == s->vcpu &&
	    !rule(md, R(exit_consecutive_in_order)))
		outcome_set(o, F_EXITS, 0);
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
	if (a->forced && (!rule(md, R(exit_rip_after_prefix)) ||
			  !rule(md, R(emu_exit_at_bare_instruction))))
		outcome_set(o, F_X_RIP, (u64)-FORCED_LEN);
	if (s->l2 && !rule(md, R(exit_nested_looks_alike)))
		outcome_set(o, F_X_RIP, 2);
	outcome_set(o, F_X_REGS, rule(md, R(exit_registers_unchanged)) &&
				 (!a->forced ||
				  rule(md, R(emu_no_writeback_at_exit))) ?
				 changed : changed ^ 1u << GPR_RAX);
	outcome_set(o, F_X_RFLAGS, entry_rflags(md->p, step));
	outcome_set(o, F_X_EVENTS, rule(md, R(exit_no_exception_queued)) ? 0 :
				   2);
	outcome_set(o, F_X_POST, !rule(md, R(exit_post_run_fields)));
	outcome_set(o, F_X_SYNC, !rule(md, R(exit_sync_regs)));
	want_shadow(md, o, step);
}

/* The mask in force for a vCPU. */
static u8 mask_of(struct model *md, const struct state *st,
		  const struct step *s)
{
	const struct vm_state *vm = &st->vm[s->vm];

	if (!vm->mask && !rule(md, R(exit_needs_capability)))
		return REASON_ALL;
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

/* That a mode is like any other, and the emulator like the CPU. */
static bool like_any_other(struct model *md, int step, u32 reason)
{
	const struct step_access *a = &md->p->step[step].access;
	enum cpu_mode mode = program_mode(md->p, step);

	if (a->forced && !rule(md, R(emu_same_decision_as_native)))
		return false;
	/* FS_BASE, GS_BASE, KERNEL_GS_BASE: never KVM's if not denied */
	if (a->forced && reason == REASON_FILTER && a->index >= 0xc0000100 &&
	    a->index <= 0xc0000102 && !rule(md, R(emu_covers_passthrough)))
		return false;
	if (mode_is_real(mode) && md->m->wants_tss &&
	    !rule(md, R(emu_without_unrestricted_guest)))
		return false;
	return mode == MODE_LONG ||
	       rule(md, mode == MODE_SMM ? R(exit_in_smm) : R(exit_all_modes));
}

enum each_count model_denied_class(struct model *md, const struct state *st,
				   const struct step *s)
{
	u8 mask = mask_of(md, st, s);

	if (!(mask & REASON_FILTER) &&
	    mask & (REASON_UNKNOWN | REASON_INVAL) &&
	    !rule(md, R(cap_denied_not_relabelled)))
		return COUNT_UNKNOWN;
	if (rule(md, R(cap_mask_bit_selects_reason)) ? mask & REASON_FILTER :
						       mask)
		return rule(md, R(exit_one_reason)) ? COUNT_FILTER : COUNT_ODD;
	return rule(md, R(gp_reason_not_enabled)) ? COUNT_FAULT : COUNT_ODD;
}

/* An access that fails for @reason: exit or #GP, then the reply. */
static void fail_access(struct model *md, const struct state *st, int step,
			const struct reply *again, u32 reason)
{
	const struct step *cur = &md->p->step[md->step];
	const struct step *s = &md->p->step[step];
	struct state after = *st;
	struct vcpu_state *v = &after.vcpu[cur->vm][cur->vcpu];
	const struct reply *reply = again ? again : &s->access.reply;
	struct outcome o = { 0 };
	u8 mask = mask_of(md, st, cur);
	bool exits = mask & reason;

	if (!rule(md, R(cap_mask_bit_selects_reason)))
		exits = mask != 0;
	if (!like_any_other(md, step, reason))
		exits = false;
	if (mask == REASON_ALL && !rule(md, R(rsn_full_mask_takes_every_gp)))
		exits = false;
	if (reason == REASON_FILTER && !rule(md, R(rsn_filtered_is_filter)))
		reason = REASON_UNKNOWN;
	if (reason == REASON_FILTER && !(mask & REASON_FILTER) &&
	    mask & (REASON_UNKNOWN | REASON_INVAL) &&
	    !rule(md, R(cap_denied_not_relabelled))) {
		exits = true;
		reason = mask & REASON_UNKNOWN ? REASON_UNKNOWN : REASON_INVAL;
	}
	if (!again) {
		v->rax = guest_entry_reg(md->p, step, GPR_RAX);
		v->rcx = guest_entry_reg(md->p, step, GPR_RCX);
		v->rdx = guest_entry_reg(md->p, step, GPR_RDX);
	}
	v->step = step;
	v->reason = reason;
	v->rip = 0;
	v->injected = v->rf_unknown = false;
	if (!exits) {
		v->phase = PHASE_FAULT;
		outcome_set(&o, F_EXITS, !rule(md, R(gp_no_exit)));
		model_finish(md, v, &o);
		if (s->kind == STEP_RDMSR && !rule(md, R(exit_read_never_errno)))
			outcome_set(&o, F_END, END_ERRNO);
		model_edge(md, &after, md->decided, &o);
		return;
	}
	want_exit(md, &o, step, v, reason);
	v->phase = PHASE_EXIT;
	v->data = s->kind == STEP_WRMSR ? (u32)v->rax | v->rdx << 32 : 0;
	v->error = v->junk = 0;
	if (s->access.hold && !again) {
		outcome_set(&o, F_END, END_HELD);
	} else {
		model_reply(v, reply);
		if (reason == REASON_FILTER && s->kind == STEP_RDMSR &&
		    model_passes(s->access.index) &&
		    !rule(md, R(pass_denied_read_reply_value)))
			v->data ^= 1;
		model_complete(md, v, mask);
		model_finish(md, v, &o);
	}
	model_edge(md, &after, md->decided, &o);
}

/* A write whose handler in KVM fails with an errno. */
static void write_fails(struct model *md, const struct state *st, int step,
			const struct reply *again)
{
	const struct step *s = &md->p->step[step];
	struct state after = *st;
	struct vcpu_state *v = &after.vcpu[s->vm][s->vcpu];
	struct outcome o = { 0 };
	bool inval = mask_of(md, st, s) & REASON_INVAL;

	if (s->access.forced ? !rule(md, R(exit_emulated_write_errno)) :
	    inval == rule(md, R(exit_write_errno))) {
		fail_access(md, st, step, again, REASON_INVAL);
		return;
	}
	v->lost = true;
	outcome_set(&o, F_EXITS, 0);
	if (s->access.forced) {
		outcome_set(&o, F_END, END_OTHER);
		outcome_set(&o, F_OTHER_EXIT, EXIT_INTERNAL_ERROR);
		model_edge(md, &after, R(exit_emulated_write_errno), &o);
		return;
	}
	v->at_insn = true;
	v->step = step;
	v->rip = 0;
	v->rax = guest_entry_reg(md->p, step, GPR_RAX);
	v->rcx = guest_entry_reg(md->p, step, GPR_RCX);
	v->rdx = guest_entry_reg(md->p, step, GPR_RDX);
	outcome_set(&o, F_END, END_ERRNO);
	outcome_set(&o, F_RUN_ERRNO, EFAULT);
	/* before 6.12 what was there stays, here the poison */
	if (md->m->eras == K612 || md->m->eras == K72)
		outcome_set(&o, F_OTHER_EXIT,
			    rule(md, R(rply_exit_reason_reset)) ? 0 : POISON);
	else if (!(md->m->eras & (K612 | K72)))
		outcome_set(&o, F_OTHER_EXIT,
			    rule(md, R(rply_exit_reason_reset)) ? POISON : 0);
	model_edge(md, &after, R(exit_write_errno), &o);
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

bool model_denies(struct model *md, const struct state *st,
		  const struct step *s)
{
	bool write = s->kind == STEP_WRMSR;
	bool vmx_msr = s->access.index >= 0x480 && s->access.index <= 0x491;

	if (s->l2 && !rule(md, R(nest_l0_handles_the_rest)))
		return false;
	if (vmx_msr && !rule(md, R(nest_vmx_cap_msrs_filtered)))
		return false;
	if (model_l2_still_denied(md, st, s))
		return true;
	return !model_allowed(md, st, s, s->access.index, write) &&
	       !own_answer_first(md, s) &&
	       !model_slips_by(md, st, s, s->access.index, write) &&
	       !model_l2_slips_by(md, st, s, s->access.index);
}

/* A bad value for a base register that the CPU itself would refuse. */
static bool bad_base(const struct step *s)
{
	return s->kind == STEP_WRMSR && s->access.index >= 0xc0000100 &&
	       s->access.index <= 0xc0000102 && !is_canonical(s->access.value);
}

static bool without_cpuid(const struct model *md, const struct step *s)
{
	for (int i = 0; i < md->step; i++) {
		const struct step *b = &md->p->step[i];

		if (b->kind == STEP_CPUID && b->vm == s->vm &&
		    b->vcpu == s->vcpu)
			return b->cpuid.kind == CPUID_NONE;
	}
	return false;
}

static void want_ud(struct outcome *o, int rip)
{
	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_END, END_FAULT);
	outcome_set(o, F_VECTOR, 6);
	outcome_set(o, F_HAS_CODE, 0);
	outcome_set(o, F_RIP, rip);
}

/* What the CPU does before KVM or any filter can be asked. */
static bool hardware_first(struct model *md, const struct state *st, int step)
{
	const struct step *s = &md->p->step[step];
	struct outcome o = { 0 };
	bool lock = false;

	if (s->access.forced && !md->m->forced_emulation &&
	    rule(md, R(emu_prefix_disabled_ud))) {
		want_ud(&o, -FORCED_LEN);
		model_edge(md, st, R(emu_prefix_disabled_ud), &o);
		return true;
	}
	for (int i = 0; i < s->access.nprefix; i++)
		lock |= s->access.prefix[i] == 0xf0;
	if (lock && rule(md, R(exit_lock_prefix_ud))) {
		want_ud(&o, 0);
		model_edge(md, st, R(exit_lock_prefix_ud), &o);
		return true;
	}
	if (program_mode(md->p, step) == MODE_V86 &&
	    rule(md, R(exit_v8086_gp))) {
		outcome_set(&o, F_EXITS, 0);
		want_hardware_gp(md, &o, step);
		model_edge(md, st, R(exit_v8086_gp), &o);
		return true;
	}
	if (s->access.cpl == 3 && rule(md, R(exit_cpl_above_zero_gp)) &&
	    (!s->access.forced || rule(md, R(emu_cpl_checked_first)))) {
		outcome_set(&o, F_EXITS, 0);
		want_hardware_gp(md, &o, step);
		model_edge(md, st, s->access.forced ?
			   R(emu_cpl_checked_first) :
			   R(exit_cpl_above_zero_gp), &o);
		return true;
	}
	return false;
}

void model_access(struct model *md, const struct state *st, int step,
		  const struct reply *again)
{
	const struct step *cur = &md->p->step[md->step];
	const struct step *s = &md->p->step[step];
	bool write = s->kind == STEP_WRMSR;
	struct outcome o = { 0 };
	struct answer a;

	if (hardware_first(md, st, step))
		return;
	if (strchr(md->p->name, '@') &&
	    !rule(md, R(param_path_keeps_result))) {
		outcome_set(&o, F_END, END_SKIPPED);
		model_edge(md, st, R(param_path_keeps_result), &o);
		return;
	}
	/* the VM and vCPU are those of the step that executes it */
	struct step here = *s;

	here.vm = cur->vm;
	here.vcpu = cur->vcpu;
	if (model_l1_intercepts(md, st, &here)) {
		want_l1_msr(md, &o, step);
		model_edge(md, st, md->decided, &o);
		return;
	}
	if (model_denies(md, st, &here)) {
		u32 reason = REASON_FILTER;

		if (bad_base(s) && !rule(md, R(exit_denied_bad_write))) {
			outcome_set(&o, F_EXITS, 0);
			want_hardware_gp(md, &o, step);
			model_edge(md, st, R(exit_denied_bad_write), &o);
			return;
		}
		if (without_cpuid(md, s) &&
		    !rule(md, R(match_cpuid_no_influence)))
			reason = REASON_UNKNOWN;
		fail_access(md, st, step, again, reason);
		return;
	}
	if (write && s->access.index && s->access.index == st->vm[cur->vm].xen) {
		write_fails(md, st, step, again);
		return;
	}
	if (model_residency_opened(md, &here, s->access.index, write)) {
		outcome_set(&o, F_EXITS, !rule(md, R(pass_vmx_conditional)));
		model_edge(md, st, R(pass_vmx_conditional), &o);
		return;
	}
	a = own_answer(md, st, s);
	switch (a.verdict) {
	case VERDICT_UNKNOWN:
		fail_access(md, st, step, again, REASON_UNKNOWN);
		return;
	case VERDICT_INVAL:
		if (is_x2apic(s->access.index) &&
		    !rule(md, R(x2a_never_reason_filter))) {
			fail_access(md, st, step, again, REASON_FILTER);
			return;
		}
		fail_access(md, st, step, again, REASON_INVAL);
		return;
	case VERDICT_FAULT:
		if (model_denied_before(md, st, &here, s->access.index, write) &&
		    !rule(md, R(pass_allowed_again_native))) {
			fail_access(md, st, step, again, REASON_INVAL);
			return;
		}
		/* raised by the CPU itself: no exit whatever the mask */
		outcome_set(&o, F_EXITS,
			    !rule(md, R(exit_not_for_pass_through)));
		want_hardware_gp(md, &o, step);
		model_edge(md, st, R(exit_not_for_pass_through), &o);
		return;
	case VERDICT_OK:
		outcome_set(&o, F_EXITS,
			    !rule(md, R(match_allowed_never_exits)));
		want_done(md, &o, step);
		if (write)
			want_unchanged(md, &o, step);
		else if (a.has_value)
			want_value(&o, a.value);
		model_edge(md, st, md->decided, &o);
		return;
	default:
		/* nothing known but that no filter denied it */
		o.mask[F_X_REASON] = REASON_FILTER;
		model_edge(md, st, md->decided, &o);
	}
}

/*
 * The rule that code of a known form is evidence of: under forced emulation
 * WRMSRNS, the immediate forms, and what uses MSRs by the way; natively RDTSC,
 * RDTSCP, RDPMC, RDPID; RSM; the lists; the immediate forms; others.
 */
static enum rule code_rule(const struct step *s)
{
	static const u8 prefix[FORCED_LEN] = { 0x0f, 0x0b, 0x6b, 0x76, 0x6d };
	const enum rule users = R(exit_not_for_msr_users);
	const enum rule emulated = R(emu_implicit_use_unfiltered);
	const struct {
		u8 len, bytes[4];
		enum rule rule, forced;
	} t[] = {
		{ 2, { 0x0f, 0x31 },
		  R(exit_not_for_counter_reads), emulated },
		{ 3, { 0x0f, 0x01, 0xf9 },
		  R(exit_not_for_counter_reads), emulated },
		{ 2, { 0x0f, 0x33 },
		  R(exit_not_for_counter_reads), emulated },
		{ 3, { 0xf3, 0x0f, 0xc7 },
		  R(exit_not_for_counter_reads), emulated },
		{ 2, { 0x0f, 0xaa }, R(nest_rsm_efer), emulated },
		{ 4, { 0xf2, 0x0f, 0x01, 0xc6 },
		  R(exit_msr_lists_ud), emulated },
		{ 4, { 0xf3, 0x0f, 0x01, 0xc6 },
		  R(exit_msr_lists_ud), emulated },
		{ 3, { 0x0f, 0x01, 0xc6 }, users, R(emu_wrmsrns_ud) },
		{ 4, { 0xc4, 0xe7, 0x7a, 0xf6 },
		  R(imm_needs_cpuid), R(emu_immediate_form_ud) },
		{ 4, { 0xc4, 0xe7, 0x7b, 0xf6 },
		  R(imm_needs_cpuid), R(emu_immediate_form_ud) },
	};
	const u8 *insn = s->code.bytes, *end = insn + s->code.len;
	const u8 *forced = memmem(insn, s->code.len, prefix, sizeof(prefix));

	if (s->kind != STEP_CODE)
		return users;
	if (forced)
		insn = forced + sizeof(prefix);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		if (end - insn >= t[i].len &&
		    !memcmp(insn, t[i].bytes, t[i].len))
			return forced ? t[i].forced : t[i].rule;
	return forced ? emulated : users;
}

/* Encodings that this CPU, or the emulator, does not have. */
static bool code_is_ud(const struct model *md, enum rule r)
{
	/* what another vendor's emulator makes of them is not documented */
	return (r == R(imm_needs_cpuid) && !md->m->msr_imm &&
		md->m->vendor != VENDOR_OTHER) ||
	       (md->m->forced_emulation && (r == R(emu_wrmsrns_ud) ||
					    r == R(emu_immediate_form_ud)));
}

/* Any other code: as in a VM without filter, and never an MSR exit. */
static void model_code(struct model *md, const struct state *st)
{
	static const enum field same[] = { F_END, F_VECTOR, F_HAS_CODE, F_CODE,
					   F_RIP };
	const struct outcome *ctl = model_seen(md, md->step);
	enum rule r = code_rule(&md->p->step[md->step]);
	struct outcome o = { 0 };

	enum rule user = model_user_rule(md, st, &md->p->step[md->step]);
	bool sti = md->p->step[md->step].kind == STEP_CODE &&
		   md->p->step[md->step].code.bytes[0] == 0xfb;

	md->out->asks[md->step] = true;
	outcome_set(&o, F_EXITS, !rule(md, R(match_side_effects_exempt)) ||
				 !rule(md, r) ||
				 (user != RULE_NONE && !rule(md, user)));
	if (md->p->step[md->step].kind == STEP_SPIN)
		outcome_set(&o, F_END, END_DONE);
	else if (ctl && !(md->m->vendor == VENDOR_OTHER && sti))
		/* kvm_pvm takes a pending interrupt some time after the STI */
		for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
			o.val[same[i]] = ctl->val[same[i]];
			o.mask[same[i]] = ctl->mask[same[i]];
		}
	/* without its shadow the interrupt comes an instruction earlier */
	if (sti && md->m->loses_shadow)
		outcome_forget(&o, F_RIP);
	/* RSM, which restores EFER */
	if (r == R(nest_rsm_efer) &&
	    !model_allowed(md, st, &md->p->step[md->step], MSR_EFER, true) &&
	    (md->m->eras == K510) == rule(md, r)) {
		o = (struct outcome){ 0 };
		outcome_set(&o, F_END, END_OTHER);
		outcome_set(&o, F_OTHER_EXIT, EXIT_INTERNAL_ERROR);
	}
	if (code_is_ud(md, r)) {
		/* known without a control */
		want_ud(&o, r == R(imm_needs_cpuid) ? 0 : FORCED_LEN);
		if (!rule(md, r))
			outcome_set(&o, F_END, END_DONE);
	}
	model_edge(md, st, R(match_side_effects_exempt), &o);
}

void model_guest(struct model *md, const struct state *before)
{
	const struct step *s = &md->p->step[md->step];
	struct state here = *before, *st = &here;
	struct outcome o = { 0 };

	if (st->vcpu[s->vm][s->vcpu].phase != PHASE_NONE ||
	    st->vcpu[s->vm][s->vcpu].lost) {
		want_skipped(&o);
		model_edge(md, st, RULE_NONE, &o);
	} else if (!model_nested_level(md, st)) {
		return;
	} else if (s->kind == STEP_NATIVE) {
		model_native(md, st);
	} else if (s->kind == STEP_CODE || s->kind == STEP_SPIN) {
		model_code(md, st);
	} else {
		model_access(md, st, md->step, NULL);
	}
}

/* ---- host steps that the filter must not touch, and must survive ---- */

/*
 * What every guest reads and writes KVM has for userspace, too.  kvm_amd of 5.10
 * has not, for these two: it asks the hardware alone (PASS-28).
 */
static bool accessor_works(const struct model *md, const struct step *s,
			   const struct msr_info *info)
{
	if (!info || md->m->vendor == VENDOR_OTHER ||
	    (md->m->vendor == VENDOR_AMD && md->m->eras & K510 &&
	     (s->msr.index == 0xc0000100 || s->msr.index == 0xc0000101)))
		return false;
	if (s->kind == STEP_GET_MSR)
		return info->read == VERDICT_OK;
	return info->write == VERDICT_OK ||
	       (info->traits & KEEPS && s->msr.index >= 0xc0000081 &&
		is_canonical(s->msr.value));
}

static void accessor(struct model *md, const struct state *st,
		     const struct step *s, struct outcome *o)
{
	const struct outcome *ctl = model_seen(md, md->step);
	const struct msr_info *info = msr_find(s->msr.index);
	enum rule field;
	u64 value;

	if (!ctl)
		return;
	if (accessor_works(md, s, info)) {
		*o = model_ret(0, 1);
	} else {
		outcome_set(o, F_RET, ctl->val[F_RET]);
		outcome_set(o, F_ERRNO, ctl->val[F_ERRNO]);
	}
	if (!rule(md, R(host_not_filtered)) ||
	    !rule(md, R(exit_not_for_userspace_access)))
		outcome_set(o, F_RET, 0);
	if (s->kind == STEP_GET_MSR && !(info && info->traits & MOVES)) {
		if (o->val[F_RET] != 1 ||
		    !model_last_written(md, s, s->msr.index, &value))
			value = ctl->val[F_VALUE];
		outcome_set(o, F_VALUE,
			    value_with_effects(md, s->msr.index, value));
		if (model_passes(s->msr.index) &&
		    !rule(md, R(pass_userspace_sees_last_native)))
			o->val[F_VALUE] ^= 1;
		field = model_nested_field(md, st, s, s->msr.index, &value);
		/* KVM of 5.10 loses some of it: SYSENTER_ESP, FS_BASE */
		if (field != RULE_NONE && !(md->m->eras & K510)) {
			*o = model_ret(0, 1);
			outcome_set(o, F_VALUE, value);
		}
		if (field != RULE_NONE && !rule(md, field))
			o->val[F_VALUE] ^= 1;
		if (model_list_value(md, st, s, s->msr.index, &value))
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
		accessor(md, st, s, &o);
		model_one_msr(md, s, &o);
		why = R(host_not_filtered);
		break;
	case STEP_MSRS:
		model_msrs(md, s, &o, &why);
		break;
	case STEP_INDEX_LIST:
		model_index_list(md, s, &o, &why);
		break;
	case STEP_ONE_REG:
		model_one_reg(md, s, &o, &why);
		break;
	case STEP_IOCTL:
		if (s->ioctl.fd == FD_VM && s->ioctl.request == SET_EXIT_MSRS) {
			why = R(prop_ioctl_number);
			o = model_ret(rule(md, why) ? ENOTTY : 0, 0);
			break;
		}
		if (s->ioctl.fd == FD_VCPU && s->ioctl.request == GET_REG_LIST) {
			model_reg_list(md, s, &o, &why);
			break;
		}
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
	case STEP_XEN_PAGE:
		after.vm[s->vm].xen = s->msr.index;
		o = model_ret(0, 0);
		break;
	case STEP_CPUID:
		/* kvm_pvm takes none once the vCPU has run, not even the same */
		if (md->m->vendor != VENDOR_OTHER)
			o = model_ret(0, 0);
		break;
	default:
		o = model_ret(0, 0);
		break;
	}
	if (s->kind == STEP_SET_MSR &&
	    after.vcpu[s->vm][s->vcpu].phase == PHASE_EXIT &&
	    (!rule(md, R(rply_set_msrs_no_completion)) ||
	     !rule(md, R(host_usable_at_exit))))
		model_complete(md, &after.vcpu[s->vm][s->vcpu], REASON_ALL);
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

	if (program_needs(p) & NEED_ARM64)
		return model_arm64_field(p, e, f);
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
