// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the exit to the end of an access: what userspace may do to a vCPU whose
 * completion is pending, and what KVM_RUN makes of it.  Groups RPLY and GP.
 */
#include <errno.h>
#include <string.h>

#include "../model_priv.h"
#include "abi.h"
#include "guest.h"

enum { VECTOR_DB = 1, VECTOR_DF = 8, VECTOR_GP = 13 };
enum { EXIT_DEBUG = 4, EXIT_INTR = 10, DR6_BS = 0x4000 };

void model_reply(struct vcpu_state *v, const struct reply *r)
{
	if (r->has_data)
		v->data = r->data;
	if (r->error)
		v->error = r->error;
	if (r->junk)
		v->junk = r->junk;
}

/* Where a successful completion leaves RIP. */
static int rip_after(struct model *md, const struct vcpu_state *v, int len)
{
	const struct step *s = &md->p->step[v->step];

	if (!v->rip)
		return len;
	if (s->access.forced && rule(md, R(emu_set_regs_rip_ignored)))
		return len;
	/*
	 * Undefined by the documents; VMX adds the recorded length to the new
	 * RIP, SVM with next-RIP forgets the new one, without it decodes there.
	 */
	if (rule(md, R(rply_set_rip_then_success)) ==
	    (md->m->vendor == VENDOR_INTEL || !md->m->nrips))
		return v->rip + len;
	return len;
}

void model_complete(struct model *md, struct vcpu_state *v, u8 mask)
{
	const struct step *s = &md->p->step[v->step];
	bool error = v->error;

	if (v->error > 1 && !rule(md, R(rply_error_any_nonzero)))
		error = false;
	if (v->junk && (!rule(md, R(rply_other_fields_ignored)) ||
			!rule(md, R(rply_error_is_one_byte))))
		error = !error;
	if (error && !rule(md, R(rply_error_injects_gp)))
		error = false;
	if (!(mask & v->reason) &&
	    (!rule(md, R(cap_mask_change_at_exit)) ||
	     !rule(md, R(rply_independent_of_config))))
		error = true;
	if (error) {
		v->phase = PHASE_FAULT;
		if (v->rip && !rule(md, R(rply_set_rip_then_error)))
			v->rip = 0;
		return;
	}
	v->phase = PHASE_DONE;
	v->rip = rip_after(md, v, guest_insn_len(s));
	/* decoding again to skip it clears the exception queue */
	if (!md->m->nrips && !s->access.forced)
		v->inject = 0;
	if (s->kind == STEP_WRMSR) {
		if (!rule(md, R(rply_wrmsr_only_skips)) ||
		    (v->data != s->access.value &&
		     !rule(md, R(rply_wrmsr_data_ignored)))) {
			v->rax = (u32)v->data;
			v->rdx = v->data >> 32;
		}
		return;
	}
	if (!rule(md, R(rply_rdmsr_loads_data)))
		return;
	if (!v->data && !rule(md, R(rply_rdmsr_untouched_reads_zero)))
		return;
	if (v->dirty && !rule(md, R(rply_dirty_regs_loaded_first)))
		return;
	if (v->rax != guest_entry_reg(md->p, v->step, GPR_RAX) &&
	    !rule(md, R(rply_set_rax_rdx)))
		return;
	v->rax = (u32)v->data;
	v->rdx = v->data >> 32;
}

void want_registers(struct model *md, const struct vcpu_state *v,
		    struct outcome *o)
{
	u64 mask = guest_reg_mask(program_mode(md->p, v->step));
	u64 rcx = v->rcx ^ guest_entry_reg(md->p, v->step, GPR_RCX);

	outcome_set(o, F_RAX, v->rax & mask);
	outcome_set(o, F_RDX, v->rdx & mask);
	if (rcx & mask)
		outcome_set(o, F_REGS, rule(md, R(rply_set_rcx_kept)) ?
				       1u << GPR_RCX : 0);
}

/* With a #GP on top they make a #DF: the contributory ones and #PF. */
static bool makes_df(u8 vector)
{
	return vector >= 10 && vector <= 14;
}

/* An exception pending when the vCPU enters the guest. */
static bool finish_injected(struct model *md, struct vcpu_state *v,
			    struct outcome *o)
{
	if (!v->inject)
		return false;
	if (v->phase == PHASE_FAULT && v->inject == VECTOR_DF) {
		/* a fault while #DF is delivered: triple fault */
		outcome_set(o, F_END, rule(md, R(rply_injected_df_and_error)) ?
			    END_SHUTDOWN : END_FAULT);
		return true;
	}
	outcome_set(o, F_END, END_FAULT);
	want_rip(md, o, v->step, v->rip);
	if (v->phase == PHASE_FAULT) {
		outcome_set(o, F_VECTOR, makes_df(v->inject) &&
			    rule(md, R(rply_injected_gp_and_error_df)) ?
			    VECTOR_DF : VECTOR_GP);
		outcome_set(o, F_HAS_CODE, 1);
		outcome_set(o, F_CODE, 0);
	} else {
		outcome_set(o, F_VECTOR, v->inject);
		outcome_set(o, F_HAS_CODE, v->inject_has_code);
		outcome_set(o, F_CODE, v->inject_code);
		if (!rule(md, R(rply_events_fault_after_skip)))
			outcome_set(o, F_RIP, 0);
	}
	want_registers(md, v, o);
	return true;
}

/* Where an NMI that came meanwhile is taken. */
static void want_nmi(struct model *md, const struct vcpu_state *v, bool fault,
		     struct outcome *o)
{
	enum rule r = fault ? R(gp_before_interrupt) : R(rply_before_requests);
	enum nmi_at at = fault ? NMI_IN_HANDLER : NMI_AFTER_INSN;

	/* a vendor module of unknown make may keep it for much later */
	if (md->m->vendor == VENDOR_OTHER)
		return;
	outcome_set(o, F_NMI, !v->nmi ? NMI_NONE :
			      rule(md, r) ? at : NMI_AT_INSN);
}

void model_finish(struct model *md, struct vcpu_state *v, struct outcome *o)
{
	const struct step *s = &md->p->step[v->step];
	bool fault = v->phase == PHASE_FAULT;

	if (v->no_idt && (fault || v->inject)) {
		outcome_set(o, F_END, rule(md, R(gp_escalates_to_shutdown)) ?
			    END_SHUTDOWN : END_FAULT);
		v->phase = PHASE_NONE;
		return;
	}
	if (finish_injected(md, v, o)) {
		memset(v, 0, sizeof(*v));
		return;
	}
	if (!fault && (v->debug == DEBUG_SINGLESTEP ||
		       (v->debug == DEBUG_HW_BP && s->access.tf &&
			md->m->eras == K72))) {
		enum rule r = v->debug != DEBUG_SINGLESTEP ?
			      R(rply_hw_bp_reports_tf) : s->access.forced ?
			      R(emu_single_step) : R(rply_guestdbg_singlestep);

		outcome_set(o, F_END, rule(md, r) ? END_OTHER : END_DONE);
		outcome_set(o, F_OTHER_EXIT, EXIT_DEBUG);
		outcome_set(o, F_VECTOR, VECTOR_DB);
		o->val[F_DR6] = DR6_BS;
		o->mask[F_DR6] = DR6_BS | 0xf;
		want_rip(md, o, v->step, v->rip);
		return;		/* it is still there, to be resumed */
	}
	if (fault) {
		enum rule at = v->error ? R(emu_completion_error) :
					  R(emu_reason_not_enabled);

		want_gp(md, o, v->step, v->rip);
		if (s->access.forced && !rule(md, at))
			outcome_set(o, F_RIP, (u64)-FORCED_LEN);
		/* KVM sets RF when it queues a fault, not when one is restored */
		if (v->rf_unknown)
			o->mask[F_RFLAGS] &= ~(u64)RFLAGS_RF;
		/* KVM steps by the TF that the fault then pushes */
		if (v->debug == DEBUG_SINGLESTEP)
			o->mask[F_RFLAGS] &= ~(u64)RFLAGS_TF;
		if (v->error && !rule(md, R(gp_same_for_all_causes)))
			outcome_set(o, F_CODE, 1);
	} else {
		want_done(md, o, v->step);
		if (v->rip != guest_insn_len(s))
			want_rip(md, o, v->step, v->rip);
		if (s->access.forced && !rule(md, R(emu_completion_success)))
			outcome_set(o, F_RIP, v->rip - FORCED_LEN);
		if (v->poked && !md->m->nrips && !s->access.forced) {
			/* decoded again: a NOP, then the INT3 behind it */
			outcome_set(o, F_END, END_FAULT);
			outcome_set(o, F_VECTOR, 3);
			outcome_set(o, F_RIP, 2);
			outcome_forget(o, F_RFLAGS);
			if (!rule(md, R(rply_no_nrips_decodes_again)))
				outcome_set(o, F_END, END_DONE);
		}
	}
	want_registers(md, v, o);
	want_nmi(md, v, fault, o);
	memset(v, 0, sizeof(*v));
}

/* KVM_RUN that returns before the guest runs. */
static void resume_oddly(struct model *md, const struct state *st,
			 const struct step_resume *r)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct vcpu_state *v = &after.vcpu[s->vm][s->vcpu];
	u8 mask = st->vm[s->vm].mask;
	struct outcome o = { 0 };
	enum rule why = R(rply_immediate_exit_completes);
	bool pending = v->phase == PHASE_EXIT;
	int nr = md->p->step[v->step].kind == STEP_WRMSR ? EXIT_X86_WRMSR :
							  EXIT_X86_RDMSR;

	outcome_set(&o, F_EXITS, 0);
	outcome_set(&o, F_END, END_ERRNO);
	if (pending)
		model_reply(v, &r->reply);
	if (r->arg || r->valid || r->dirty) {
		why = r->arg ? R(rply_run_argument_pending) :
		      r->valid ? R(rply_bad_valid_regs_pending) :
		      R(rply_bad_dirty_regs_pending);
		outcome_set(&o, F_RUN_ERRNO, EINVAL);
		if (pending && !rule(md, why))
			model_complete(md, v, mask);
		model_edge(md, &after, why, &o);
		return;
	}
	outcome_set(&o, F_RUN_ERRNO, EINTR);
	if (v->uninitialized) {
		why = R(rply_uninitialized_keeps_pending);
		if (pending && !rule(md, why))
			model_complete(md, v, mask);
		model_edge(md, &after, why, &o);
		return;
	}
	if (r->immediate) {
		/* nothing stores an exit reason; junk of ours stays as well */
		if (pending && !r->reply.junk)
			outcome_set(&o, F_OTHER_EXIT,
				    rule(md, R(rply_immediate_exit_stale_reason)) ?
				    nr : EXIT_INTR);
		if (pending && rule(md, why))
			model_complete(md, v, mask);
	} else {
		why = R(rply_signal_completes_then_intr);
		outcome_set(&o, F_OTHER_EXIT, EXIT_INTR);
		if (pending && rule(md, why))
			model_complete(md, v, mask);
		/* the run loop took up the fault before it saw the signal */
		if (v->phase == PHASE_FAULT)
			v->injected = v->rf_unknown = true;
	}
	if (!pending && !rule(md, R(rply_completes_once)))
		v->rip += 2;
	model_edge(md, &after, why, &o);
}

void model_resume(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	const struct step_resume *r = &s->resume;
	struct state after = *st;
	struct vcpu_state *v = &after.vcpu[s->vm][s->vcpu];
	struct outcome o = { 0 };
	enum rule why = R(rply_rip_past_instruction);

	if (v->phase == PHASE_NONE) {
		want_skipped(&o);
		model_edge(md, st, RULE_NONE, &o);
		return;
	}
	if (r->immediate || r->signal || r->arg || r->valid || r->dirty) {
		resume_oddly(md, st, r);
		return;
	}
	if (v->phase == PHASE_RESTART) {
		/* the registers are those of now, not of the first time */
		model_access(md, &after, v->step, &r->reply);
		return;
	}
	if (v->phase == PHASE_EXIT) {
		model_reply(v, &r->reply);
		model_complete(md, v, st->vm[s->vm].mask);
		if (s->actor != md->p->step[v->step].actor &&
		    !rule(md, R(rply_other_thread_completes)))
			v->phase = PHASE_FAULT;
	}
	if (v->phase == PHASE_FAULT)
		why = R(rply_error_injects_gp);
	outcome_set(&o, F_EXITS, 0);
	model_finish(md, v, &o);
	model_edge(md, &after, why, &o);
}

/* ---- what userspace does meanwhile ---- */

static void set_regs(struct model *md, struct vcpu_state *v,
		     const struct step_regs *r)
{
	if (r->set & SET_RAX)
		v->rax = r->rax;
	if (r->set & SET_RDX)
		v->rdx = r->rdx;
	if (r->set & SET_RCX)
		v->rcx = r->rcx;
	if (r->set & SET_RIP)
		v->rip = r->rip;
	v->dirty |= r->dirty;
	/* what was injected once stays */
	if (v->phase == PHASE_FAULT && !v->injected &&
	    rule(md, R(rply_set_regs_clears_pending_gp)))
		v->phase = PHASE_RESTART;
}

static void copy(struct model *md, struct state *st, const struct step *s)
{
	struct vcpu_state *v = &st->vcpu[s->count][s->vcpu];

	*v = st->vcpu[s->vm][s->vcpu];
	st->nested[s->count][s->vcpu] = st->nested[s->vm][s->vcpu];
	st->nested[s->count][s->vcpu].entry = md->step;
	v->debug = v->uninitialized = v->nmi = v->at_insn = 0;
	v->injected = v->rf_unknown = true;
	if (v->phase == PHASE_EXIT)
		v->phase = rule(md, R(rply_pending_not_migratable)) &&
			   (!md->p->step[v->step].l2 ||
			    rule(md, R(nest_pending_not_in_nested_state))) ?
			   PHASE_RESTART : PHASE_DONE;
	else if (v->phase == PHASE_FAULT &&
		 !rule(md, R(gp_events_restore_elsewhere)))
		v->phase = PHASE_RESTART;
}

static void want_regs(struct model *md, const struct vcpu_state *v,
		      struct outcome *o)
{
	int rip = v->rip;

	if (v->phase == PHASE_NONE && !v->at_insn)
		return;
	if (v->phase == PHASE_FAULT && !rule(md, R(gp_delivered_on_next_entry)))
		rip = 2;
	outcome_set(o, F_RFLAGS, entry_rflags(md->p, v->step));
	if (v->rf_unknown)
		o->mask[F_RFLAGS] &= ~(u64)RFLAGS_RF;
	if (v->dirty && v->phase == PHASE_EXIT)
		return;		/* not loaded yet */
	want_rip(md, o, v->step, rip);
	outcome_set(o, F_RAX, v->rax);
	outcome_set(o, F_RDX, v->rdx);
	outcome_set(o, F_REGS, (v->rcx != guest_entry_reg(md->p, v->step,
							  GPR_RCX)) << GPR_RCX);
}

static void want_events(struct model *md, const struct vcpu_state *v,
			struct outcome *o)
{
	const struct step *held = &md->p->step[v->step];
	bool fault = v->phase == PHASE_FAULT && rule(md, R(gp_vcpu_events));

	if (v->phase == PHASE_NONE && !v->at_insn)
		return;
	if (v->inject) {
		if (v->phase == PHASE_FAULT)
			return;		/* #DF, or a triple fault */
		outcome_set(o, F_EV_INJECTED, 1);
		outcome_set(o, F_EV_PENDING, 0);
		outcome_set(o, F_EV_VECTOR, v->inject);
		outcome_set(o, F_EV_HAS_CODE, v->inject_has_code);
		outcome_set(o, F_EV_CODE, v->inject_code);
		return;
	}
	/* without KVM_CAP_EXCEPTION_PAYLOAD pending ones say injected, too */
	outcome_set(o, F_EV_INJECTED, fault);
	outcome_set(o, F_EV_PENDING, fault && !v->injected);
	outcome_set(o, F_EV_VECTOR, fault ? VECTOR_GP : 0);
	outcome_set(o, F_EV_HAS_CODE, fault);
	outcome_set(o, F_EV_CODE, 0);
	if (v->phase == PHASE_DONE && held->access.shadow)
		outcome_set(o, F_X_SHADOW, !rule(md, R(rply_shadow_cleared)) ||
					   (held->access.forced &&
					    !rule(md, R(emu_shadow_cleared))));
	if (held->access.tf && v->phase == PHASE_DONE)
		for (int f = F_EV_INJECTED; f <= F_EV_CODE; f++)
			outcome_forget(o, f);	/* the #DB of TF */
}

void model_vcpu_state(struct model *md, const struct state *st)
{
	const struct step *s = &md->p->step[md->step];
	struct state after = *st;
	struct vcpu_state *v = &after.vcpu[s->vm][s->vcpu];
	struct outcome o = model_ret(0, 0);
	enum rule why = RULE_NONE;

	switch (s->kind) {
	case STEP_SET_REGS:
		set_regs(md, v, &s->regs);
		break;
	case STEP_REGS:
		want_regs(md, v, &o);
		why = R(rply_get_ioctls_harmless);
		break;
	case STEP_EVENTS:
		want_events(md, v, &o);
		why = R(gp_vcpu_events);
		break;
	case STEP_PEEK:
		if (v->phase == PHASE_EXIT &&
		    !rule(md, R(rply_get_ioctls_harmless)))
			model_complete(md, v, 0xff);
		break;
	case STEP_INJECT:
		v->inject = s->inject.vector;
		v->inject_has_code = s->inject.has_code;
		v->inject_code = s->inject.code;
		/* KVM_SET_VCPU_EVENTS replaces what was pending */
		if (v->phase == PHASE_FAULT)
			v->phase = PHASE_DONE;
		break;
	case STEP_NMI:
		v->nmi = true;
		break;
	case STEP_DEBUG:
		v->debug = s->debug;
		break;
	case STEP_IDT:
		v->no_idt = s->count < 16 * VECTOR_GP;
		break;
	case STEP_COPY:
		copy(md, &after, s);
		break;
	case STEP_POKE:
		v->poked = true;
		break;
	default:
		v->uninitialized = s->count == 1;
	}
	model_edge(md, &after, why, &o);
}
