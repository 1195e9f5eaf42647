// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at and changing the state of a vCPU, above all of one that is held
 * at an MSR exit with its completion pending.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "guest.h"

static void record_ret(struct outcome *o, long r)
{
	outcome_set(o, F_ERRNO, r < 0 ? errno : 0);
	outcome_set(o, F_RET, r < 0 ? (u64)-1 : (u64)r);
}

static void set_regs(struct vcpu *v, const struct step_regs *s,
		     struct outcome *o)
{
	struct kvm_regs r;

	must(ioctl(v->fd, KVM_GET_REGS, &r));
	if (s->set & SET_RAX)
		r.rax = s->rax;
	if (s->set & SET_RCX)
		r.rcx = s->rcx;
	if (s->set & SET_RDX)
		r.rdx = s->rdx;
	if (s->set & SET_RIP)
		r.rip = guest_insn(v) + s->rip;
	if (!s->dirty) {
		record_ret(o, ioctl(v->fd, KVM_SET_REGS, &r));
		return;
	}
	v->run->s.regs.regs = r;
	v->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
	record_ret(o, 0);
}

static void get_regs(struct vcpu *v, struct outcome *o)
{
	const struct guest_op *op = guest_op(v, guest_ctl(v)->cur);
	struct kvm_regs r;
	uint64_t now[NR_GPRS];

	must(ioctl(v->fd, KVM_GET_REGS, &r));
	guest_regs_array(&r, now);
	outcome_set(o, F_RIP, r.rip - guest_insn(v));
	outcome_set(o, F_RFLAGS, r.rflags);
	outcome_set(o, F_RAX, r.rax);
	outcome_set(o, F_RDX, r.rdx);
	outcome_set(o, F_REGS, guest_regs_changed(now, op->reg) &
			       ~(1u << GPR_RAX | 1u << GPR_RDX));
	record_ret(o, 0);
}

static void get_events(struct vcpu *v, struct outcome *o)
{
	struct kvm_vcpu_events ev;
	bool any;

	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	any = ev.exception.injected || ev.exception.pending;
	outcome_set(o, F_EV_INJECTED, ev.exception.injected);
	outcome_set(o, F_EV_PENDING, ev.exception.pending);
	/* without an exception the rest says nothing */
	outcome_set(o, F_EV_VECTOR, any ? ev.exception.nr : 0);
	outcome_set(o, F_EV_HAS_CODE, any ? ev.exception.has_error_code : 0);
	outcome_set(o, F_EV_CODE, any ? ev.exception.error_code : 0);
	outcome_set(o, F_X_SHADOW, ev.interrupt.shadow);
	record_ret(o, 0);
}

static void inject(struct vcpu *v, const struct step_inject *s,
		   struct outcome *o)
{
	struct kvm_vcpu_events ev;

	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	ev.exception.injected = 1;
	ev.exception.pending = 0;
	ev.exception.nr = s->vector;
	ev.exception.has_error_code = s->has_code;
	ev.exception.error_code = s->code;
	ev.flags = 0;
	record_ret(o, ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
}

static void peek(struct vcpu *v, struct outcome *o)
{
	static _Alignas(64) uint8_t big[8192];
	_Alignas(8) uint8_t msrs[sizeof(struct kvm_msrs) +
				 sizeof(struct kvm_msr_entry)] = { 0 };
	struct kvm_msrs *m = (void *)msrs;

	m->nmsrs = 1;
	m->entries[0].index = 0x174;
	must(ioctl(v->fd, KVM_GET_REGS, big));
	must(ioctl(v->fd, KVM_GET_SREGS, big));
	must(ioctl(v->fd, KVM_GET_MSRS, m));
	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, big));
	must(ioctl(v->fd, KVM_GET_FPU, big));
	must(ioctl(v->fd, KVM_GET_DEBUGREGS, big));
	must(ioctl(v->fd, KVM_GET_MP_STATE, big));
	record_ret(o, 0);
}

static void guest_debug(struct vcpu *v, enum guest_debug kind,
			struct outcome *o)
{
	struct kvm_guest_debug d = { 0 };

	if (kind == DEBUG_SINGLESTEP)
		d.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP;
	if (kind == DEBUG_HW_BP) {
		d.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP;
		d.arch.debugreg[7] = 0x400;	/* none of them enabled */
	}
	record_ret(o, ioctl(v->fd, KVM_SET_GUEST_DEBUG, &d));
}

static void set_idt(struct vcpu *v, unsigned limit, struct outcome *o)
{
	struct kvm_sregs s;

	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	s.idt.limit = limit;
	record_ret(o, ioctl(v->fd, KVM_SET_SREGS, &s));
}

/* As migration would: what the ioctls give out, and the memory. */
static void copy(struct vcpu *v, unsigned vm, struct outcome *o)
{
	struct vcpu *to = env_vcpu(v->vm->env, vm, v->id);
	struct kvm_vcpu_events ev;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	memcpy(to->window, v->window, GUEST_WINDOW);
	must(ioctl(v->fd, KVM_GET_SREGS, &sregs));
	must(ioctl(v->fd, KVM_GET_REGS, &regs));
	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	if (v->nested)
		guest_nested_copy(v, to);
	must(ioctl(to->fd, KVM_SET_SREGS, &sregs));
	must(ioctl(to->fd, KVM_SET_REGS, &regs));
	must(ioctl(to->fd, KVM_SET_VCPU_EVENTS, &ev));
	to->mode = v->mode;
	to->first = v->first;
	to->held = -1;
	to->paused = v->first + guest_ctl(v)->cur;
	record_ret(o, 0);
}

bool guest_state_step(struct vcpu *v, const struct step *s, struct outcome *o)
{
	struct kvm_mp_state mp = { .mp_state = s->count };

	switch (s->kind) {
	case STEP_SET_REGS:
		set_regs(v, &s->regs, o);
		return true;
	case STEP_REGS:
		get_regs(v, o);
		return true;
	case STEP_EVENTS:
		get_events(v, o);
		return true;
	case STEP_INJECT:
		inject(v, &s->inject, o);
		return true;
	case STEP_PEEK:
		peek(v, o);
		return true;
	case STEP_NMI:
		record_ret(o, ioctl(v->fd, KVM_NMI));
		return true;
	case STEP_DEBUG:
		guest_debug(v, s->debug, o);
		return true;
	case STEP_IDT:
		set_idt(v, s->count, o);
		return true;
	case STEP_COPY:
		copy(v, s->count, o);
		return true;
	case STEP_POKE:
		memcpy(guest_insn_bytes(v), s->code.bytes, s->code.len);
		record_ret(o, 0);
		return true;
	case STEP_NESTED:
		guest_nested(v, s, o);
		return true;
	case STEP_NESTED_STATE:
		guest_nested_state(v, o);
		return true;
	case STEP_MP_STATE:
		record_ret(o, ioctl(v->fd, KVM_SET_MP_STATE, &mp));
		v->uninitialized = s->count == KVM_MP_STATE_UNINITIALIZED;
		return true;
	default:
		return false;
	}
}
