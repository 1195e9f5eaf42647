// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each step of a reproducer does, in C: with the same arguments, objects
 * and registers as the engine, so that the same outcomes are wanted.  Here what
 * the program as a whole needs, and which file writes a step.
 */
#include <string.h>

#include "repro_x86.h"

const char *const repro_locals[NR_LOCALS] = {
	[LOCAL_CAP] = "struct kvm_enable_cap cap;",
	[LOCAL_FILTER] = "struct kvm_msr_filter filter;",
	[LOCAL_BITS] = "__u8 bits[0x600];",
	[LOCAL_REGS] = "struct kvm_regs regs;",
	[LOCAL_SREGS] = "struct kvm_sregs sregs;",
	[LOCAL_EVENTS] = "struct kvm_vcpu_events events;",
	[LOCAL_DEBUG] = "struct kvm_guest_debug debug;",
	[LOCAL_MP] = "struct kvm_mp_state mp_state;",
	[LOCAL_ZERO] = "static const __u8 zero[1600];",
	[LOCAL_WORDS] = "static __u64 words[200];",
	[LOCAL_CPUID] = "const struct cpuid_bits *features;",
};

bool repro_can(const struct step *s)
{
	return s->kind != STEP_LEAK && s->kind != STEP_XEN_PAGE &&
	       !step_is_late(s) && s->kind != STEP_NATIVE &&
	       s->kind != STEP_EACH && s->kind != STEP_SWEEP && !s->int80 &&
	       s->kind != STEP_MSRS && s->kind != STEP_INDEX_LIST &&
	       s->kind != STEP_ONE_REG &&
	       s->kind != STEP_NESTED && s->kind != STEP_NESTED_STATE &&
	       !s->l2 && !(s->kind == STEP_VCPU && s->mode != MODE_LONG);
}

/* ---- what the whole program says ---- */

static bool is_access(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;
}

/* Steps that need memory of the guest, or the vCPU to have run in it. */
static bool wants_memory(const struct step *s)
{
	switch (s->kind) {
	case STEP_SET_REGS:
	case STEP_REGS:
	case STEP_COPY:
	case STEP_POKE:
	case STEP_STOP:
	case STEP_INIT:
		return true;
	default:
		return step_is_guest(s);
	}
}

/* Steps for which the vCPU must be in the mode the engine has it in. */
static bool wants_mode(const struct step *s)
{
	switch (s->kind) {
	case STEP_CPUID:
	case STEP_GET_MSR:
	case STEP_SET_MSR:
	case STEP_SREGS:
	case STEP_EVENTS:
	case STEP_INJECT:
	case STEP_PEEK:
	case STEP_NMI:
	case STEP_DEBUG:
	case STEP_IDT:
	case STEP_MP_STATE:
		return true;
	default:
		return wants_memory(s);
	}
}

static bool odd_place(const struct place *at)
{
	return at->kind == PLACE_ODD || at->kind == PLACE_FILE;
}

/* Where the step has an object; several of a filter. */
static bool any_odd_place(const struct step *s)
{
	bool odd;

	switch (s->kind) {
	case STEP_CAP:
		return odd_place(&s->cap.at);
	case STEP_IOCTL:
		return odd_place(&s->ioctl.at);
	case STEP_FILTER:
		odd = odd_place(&s->filter.at);
		for (int i = 0; i < MAX_RANGES; i++)
			odd |= odd_place(&s->filter.range[i].bits.at);
		return odd;
	default:
		return false;
	}
}

void repro_scan(struct repro *r)
{
	for (int i = 0; i < r->p->nsteps; i++) {
		const struct step *s = &r->p->step[i];

		if (wants_memory(s))
			repro_use(r, USE_mem);
		if (wants_mode(s))
			repro_use(r, USE_mode);
		if (s->kind == STEP_FILTER)
			repro_use(r, USE_filter);
		if (s->kind == STEP_FILTER && s->filter.after == AFTER_UNMAP)
			repro_use(r, USE_unmap);
		if (any_odd_place(s))
			repro_use(r, USE_place);
		if (is_access(s) && (s->access.tf || s->access.shadow ||
				     s->access.forced))
			repro_use(r, USE_before);
		if (repro_no_cpuid(r->p, s->vm, s->vcpu))
			repro_use(r, USE_no_cpuid);
		if (s->kind == STEP_IRQCHIP)
			repro_use(r, USE_irqchip);
		if (s->kind == STEP_NMI)
			repro_use(r, USE_nmi);
		if (s->kind == STEP_DEBUG)
			repro_use(r, USE_debug);
	}
}

void repro_scan_want(struct repro *r, int i, const struct outcome *want)
{
	static const struct {
		enum field f;
		enum repro_use use;
	} fields[] = {
		{ F_X_INDEX, USE_exit }, { F_X_TAIL, USE_tail_changed },
		{ F_RIP, USE_registers }, { F_RFLAGS, USE_registers },
		{ F_CR2, USE_cr2 }, { F_RAX, USE_registers },
		{ F_REGS, USE_registers }, { F_DR6, USE_dr6 },
	};

	for (size_t k = 0; k < ARRAY_SIZE(fields); k++)
		if (outcome_has(want, fields[k].f))
			repro_use(r, fields[k].use);
	if (outcome_has(want, F_X_SHADOW) &&
	    r->p->step[i].kind != STEP_EVENTS)
		repro_use(r, USE_exit_shadow);
	if (outcome_has(want, F_NMI) && repro_uses(r, USE_nmi))
		repro_use(r, USE_nmis);
}

/* Bits of a field that may be anything take the value that is wanted. */
static void forget_bits(struct repro *r, const struct outcome *want,
			enum field f, const char *member)
{
	u64 mask = want->mask[f], val = want->val[f] & ~mask;

	if (!mask || !~mask)
		return;
	if (val == ~mask)
		repro_line(r, "got.%s |= 0x%llx;\t/* or not */", member,
			   (unsigned long long)val);
	else
		repro_line(r, "got.%s &= 0x%llx;", member,
			   (unsigned long long)mask);
}

void repro_forget(struct repro *r, int i, const struct outcome *want)
{
	enum step_kind kind = r->p->step[i].kind;
	u64 end = outcome_has(want, F_END) ? want->val[F_END] : NR_ENDS;
	bool registers = kind == STEP_REGS || end == END_DONE ||
			 end == END_FAULT;

	forget_bits(r, want, F_RFLAGS, "rflags");
	forget_bits(r, want, F_DR6, "dr6");
	if (end == END_OTHER && !outcome_has(want, F_OTHER_EXIT))
		repro_line(r, "got.other_exit = 0;\t/* or another */");
	if (end == NR_ENDS && outcome_has(want, F_EXITS)) {
		repro_use(r, USE_any_end);
		repro_line(r, "got.end = ANY_END;");
		registers = true;
	} else if (end == NR_ENDS && outcome_has(want, F_X_REASON)) {
		/* known is only what is no reason */
		repro_use(r, USE_any_reason);
		repro_line(r, "got.end = ANY_REASON;\t/* but one */");
		registers = true;
	}
	if (registers && !outcome_has(want, F_REGS) &&
	    repro_uses(r, USE_registers))
		repro_line(r, "got.regs = 0;\t/* any may have changed */");
	if (registers && kind != STEP_REGS && !outcome_has(want, F_NMI) &&
	    repro_uses(r, USE_nmis))
		repro_line(r, "got.nmi = 0;");
}

void repro_step(struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];

	if (s->kind == STEP_VCPU)
		repro_create_vcpu(r, s->vm, s->vcpu);
	else if (s->kind == STEP_CLOSE)
		repro_close(r, s);
	else if (step_is_guest(s) || s->kind == STEP_RESUME)
		repro_guest_step(r, i);
	else if (!repro_config_step(r, s))
		repro_state_step(r, s);
}
