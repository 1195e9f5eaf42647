// SPDX-License-Identifier: GPL-2.0-only
/*
 * Having an arm64 vCPU execute instructions one at a time, and recording what
 * came of each. Judges nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "guest.h"

enum {
	MAX_EXITS = 4,		/* of one instruction, before it is given up */
	NR_GENERAL = 24,	/* registers that are not the payload's */
	REG_ESR = 24, REG_FAR, REG_ELR, REG_SPSR, REG_WHAT, REG_PORT,
	POISON = 0xa5,
};

_Static_assert(KVM_CAP_ARM_NISV_TO_USER == CAP_ARM_NISV_TO_USER &&
	       KVM_CAP_ARM_INJECT_EXT_DABT == CAP_ARM_INJECT_EXT_DABT &&
	       KVM_EXIT_MMIO == EXIT_MMIO &&
	       KVM_EXIT_ARM_NISV == EXIT_ARM_NISV,
	       "abi.h disagrees with <linux/kvm.h>");
_Static_assert(sizeof(struct kvm_vcpu_events) == EVENTS_SIZE,
	       "struct kvm_vcpu_events");

/* What registers hold as userspace left them, in memory that no slot has. */
static u64 *known(struct vcpu *v)
{
	return (u64 *)(v->vm->mem + A64_RAM_SIZE + A64_ROM_SIZE +
		       v->id * 0x1000);
}

static void record_ret(struct outcome *o, long r)
{
	outcome_set(o, F_ERRNO, r < 0 ? errno : 0);
	outcome_set(o, F_RET, r < 0 ? (u64)-1 : (u64)r);
}

static const struct step_insn *insn_of(struct vcpu *v, int step)
{
	return &v->vm->env->prog->step[step].insn;
}

static u64 get_pc(struct vcpu *v, int step)
{
	return guest_get(v, guest_reg_id(REG_PC)) -
	       arm64_insn_at(v->vm->env->prog, step);
}

static void set_reg(struct vcpu *v, unsigned reg, u64 value)
{
	guest_set(v, guest_reg_id(reg), value);
	if (reg < NR_GENERAL)
		known(v)[reg] = value;
}

static void set_pc(struct vcpu *v, int step, u64 pc)
{
	set_reg(v, REG_PC, arm64_insn_at(v->vm->env->prog, step) + pc);
}

/* Bit n: register n is not as userspace left it. */
static u64 changed(struct vcpu *v, unsigned first)
{
	u64 mask = 0;

	for (unsigned i = first; i < NR_GENERAL; i++)
		if (guest_get(v, guest_reg_id(i)) != known(v)[i])
			mask |= 1u << i;
	return mask;
}

/* ---- kvm_run ---- */

static size_t own_part(const struct kvm_run *run, int err)
{
	return err || run->exit_reason != KVM_EXIT_ARM_NISV ?
	       0 : sizeof(run->arm_nisv);
}

/* Not after KVM_EXIT_MMIO: KVM completes what it finds there. */
static void poison(struct kvm_run *run)
{
	run->exit_reason = 0xa5a5a5a5;
	memset(run->padding, POISON, sizeof(run->padding));
}

static bool tail_changed(const struct kvm_run *run, int err)
{
	for (size_t i = own_part(run, err); i < sizeof(run->padding); i++)
		if ((u8)run->padding[i] != POISON)
			return true;
	return false;
}

/* Have KVM complete the MMIO exit it is at, if any, and do nothing else. */
static void complete(struct vcpu *v)
{
	v->completing = false;
	v->run->immediate_exit = 1;
	ioctl(v->fd, KVM_RUN, 0);
	v->run->immediate_exit = 0;
}

static bool at_port(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_MMIO && run->mmio.is_write &&
	       run->mmio.phys_addr == A64_PORT;
}

/* ---- what is recorded ---- */

static void record_exit(struct vcpu *v, int step, struct outcome *o)
{
	const struct kvm_run *run = v->run;
	u64 data = 0;

	outcome_set(o, F_EXITS, o->val[F_EXITS] + 1);
	outcome_set(o, F_EXIT, run->exit_reason);
	outcome_set(o, F_X_RIP, get_pc(v, step));
	outcome_set(o, F_X_REGS, changed(v, 0));
	if (run->exit_reason == KVM_EXIT_ARM_NISV) {
		outcome_set(o, F_X_ISS, run->arm_nisv.esr_iss);
		outcome_set(o, F_X_IPA, run->arm_nisv.fault_ipa);
		outcome_set(o, F_X_TAIL, tail_changed(run, 0));
		return;
	}
	if (run->mmio.is_write && run->mmio.len <= sizeof(data))
		memcpy(&data, run->mmio.data, run->mmio.len);
	outcome_set(o, F_X_IPA, run->mmio.phys_addr);
	outcome_set(o, F_X_LEN, run->mmio.len);
	outcome_set(o, F_X_WRITE, run->mmio.is_write);
	outcome_set(o, F_X_DATA, data);
}

/* The payload told that the instruction is over. */
static void record_end(struct vcpu *v, int step, struct outcome *o)
{
	u64 what, esr;

	memcpy(&what, v->run->mmio.data, sizeof(what));
	esr = guest_get(v, guest_reg_id(REG_ESR));
	outcome_set(o, F_END, what == A64_DONE ? END_DONE : END_FAULT);
	for (int i = 0; i < NR_SET_REGS; i++)
		outcome_set(o, F_X0 + i, guest_get(v, guest_reg_id(i)));
	outcome_set(o, F_REGS, changed(v, NR_SET_REGS));
	if (what != A64_DONE) {
		outcome_set(o, F_VECTOR, 0x100 | (esr >> 26 & 0x3f) | 1);
		outcome_set(o, F_ESR, (u32)esr);
		outcome_set(o, F_FAR, guest_get(v, guest_reg_id(REG_FAR)));
		outcome_set(o, F_RIP, guest_get(v, guest_reg_id(REG_ELR)) -
			    arm64_insn_at(v->vm->env->prog, step));
		outcome_set(o, F_PSTATE, guest_get(v, guest_reg_id(REG_SPSR)));
		outcome_set(o, F_HANDLER, what);
	}
	complete(v);
	v->held = -1;
}

static void record_errno(struct vcpu *v, int step, int err, bool poisoned,
			 struct outcome *o)
{
	outcome_set(o, F_END, err == ETIME ? END_HANG : END_ERRNO);
	outcome_set(o, F_RUN_ERRNO, err);
	v->dead = err == ETIME;
	if (err != ENOSYS)
		return;
	outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
	outcome_set(o, F_RIP, get_pc(v, step));
	outcome_set(o, F_X_REGS, changed(v, 0));
	if (poisoned)
		outcome_set(o, F_X_TAIL, tail_changed(v->run, err));
}

/* ---- running ---- */

static void inject_dabt(struct vcpu *v)
{
	struct kvm_vcpu_events ev = { .exception.ext_dabt_pending = 1 };

	must(ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
}

static void act(struct vcpu *v, int step)
{
	const struct step_insn *k = insn_of(v, step);

	if (k->act == ACT_ABORT) {
		inject_dabt(v);
	} else if (v->run->exit_reason == KVM_EXIT_MMIO) {
		if (!v->run->mmio.is_write)
			memcpy(v->run->mmio.data, &k->data, sizeof(k->data));
	} else {
		set_pc(v, step, 4);
		if (k->act == ACT_EMULATE) {
			set_reg(v, 2, EMULATED_X2);
			set_reg(v, 3, EMULATED_X3);
		}
	}
}

/* KVM_RUN from where @v stands until instruction @step ends or is held. */
static void run(struct vcpu *v, int step, bool hold, struct outcome *o)
{
	for (;;) {
		bool fresh = !v->completing;
		int err;

		if (fresh)
			poison(v->run);
		env_arm(v);
		err = env_run(v);
		env_disarm(v);
		v->completing = false;
		if (err) {
			record_errno(v, step, err, fresh, o);
			return;
		}
		v->completing = v->run->exit_reason == KVM_EXIT_MMIO;
		if (at_port(v->run)) {
			record_end(v, step, o);
			return;
		}
		if (v->run->exit_reason != KVM_EXIT_ARM_NISV &&
		    v->run->exit_reason != KVM_EXIT_MMIO) {
			outcome_set(o, F_END, END_OTHER);
			outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
			v->dead = true;
			return;
		}
		record_exit(v, step, o);
		if (hold) {
			outcome_set(o, F_END, END_HELD);
			return;
		}
		if (o->val[F_EXITS] == MAX_EXITS) {
			outcome_set(o, F_END, END_HANG);
			v->dead = true;
			return;
		}
		act(v, step);
	}
}

static void step_insn(struct vcpu *v, int step)
{
	const struct program *p = v->vm->env->prog;
	struct outcome *o = &v->vm->env->out[step];

	outcome_set(o, F_EXITS, 0);
	/* one that failed may be left where it is, one at an exit may not */
	if (v->dead || (v->held >= 0 && !v->paused)) {
		outcome_set(o, F_END, END_SKIPPED);
		return;
	}
	for (unsigned i = 0; i < NR_GENERAL; i++)
		set_reg(v, i, arm64_entry_reg(p, step, i));
	set_reg(v, REG_PORT, A64_PORT);
	set_reg(v, REG_PSTATE, p->step[step].insn.el0 ? PSTATE_EL0T :
							 PSTATE_EL1H);
	set_pc(v, step, 0);
	v->held = step;
	run(v, step, p->step[step].insn.hold, o);
	v->paused = v->held >= 0 && o->val[F_END] == END_ERRNO;
}

static void resume(struct vcpu *v, int step)
{
	const struct step_resume *k = &v->vm->env->prog->step[step].resume;
	struct outcome *o = &v->vm->env->out[step];

	outcome_set(o, F_EXITS, 0);
	if (v->dead || v->held < 0) {
		outcome_set(o, F_END, END_SKIPPED);
		return;
	}
	if (v->completing && !v->run->mmio.is_write)
		memcpy(v->run->mmio.data, &k->reply.data, sizeof(k->reply.data));
	if (!k->immediate) {
		run(v, v->held, true, o);
		v->paused = v->held >= 0 && o->val[F_END] == END_ERRNO;
		return;
	}
	errno = 0;
	complete(v);
	record_errno(v, v->held, errno, false, o);
}

void arch_run_steps(struct vcpu *v, int first, int n)
{
	if (v->vm->env->prog->step[first].kind == STEP_RESUME) {
		resume(v, first);
		return;
	}
	for (int i = 0; i < n; i++)
		step_insn(v, first + i);
}

/* ---- host steps ---- */

static void set_events(struct vcpu *v, const struct step_events *s,
		       struct outcome *o)
{
	struct kvm_vcpu_events ev = {
		.exception.ext_dabt_pending = s->dabt,
		.exception.serror_pending = s->serror,
		.exception.serror_has_esr = s->has_esr,
		.exception.serror_esr = s->esr,
	};

	if (s->junk)
		((u8 *)&ev)[s->junk] = 1;
	record_ret(o, ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
}

static void get_events(struct vcpu *v, struct outcome *o)
{
	struct kvm_vcpu_events ev;

	memset(&ev, POISON, sizeof(ev));
	record_ret(o, ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	outcome_set(o, F_EV_DABT, ev.exception.ext_dabt_pending);
	outcome_set(o, F_EV_SERROR, ev.exception.serror_pending);
}

void arch_host_step(struct env *e, int step)
{
	const struct step *s = &e->prog->step[step];
	struct vcpu *v = env_vcpu(e, s->vm, s->vcpu);
	struct outcome *o = &e->out[step];
	int held = v->held < 0 ? step : v->held;

	switch (s->kind) {
	case STEP_SET_REG:
		if (s->reg.reg == REG_PC)
			set_pc(v, held, s->reg.value);
		else
			set_reg(v, s->reg.reg, s->reg.value);
		record_ret(o, 0);
		break;
	case STEP_GET_REG:
		outcome_set(o, F_VALUE, s->reg.reg == REG_PC ? get_pc(v, held) :
			    guest_get(v, guest_reg_id(s->reg.reg)));
		record_ret(o, 0);
		break;
	case STEP_SET_EVENTS:
		set_events(v, &s->events, o);
		break;
	case STEP_GET_EVENTS:
		get_events(v, o);
		break;
	case STEP_MMU:
		guest_mmu(v);
		record_ret(o, 0);
		break;
	default:
		env_die(__FILE__, __LINE__, "no such step on arm64");
	}
}

/* ---- what arm64 has not ---- */

long env_ioctl(bool int80, int fd, unsigned long request, uintptr_t arg)
{
	(void)int80;
	return ioctl(fd, request, arg);
}

void arch_await_spin(struct vcpu *v)
{
	(void)v;
	env_die(__FILE__, __LINE__, "no program for arm64 spins");
}
