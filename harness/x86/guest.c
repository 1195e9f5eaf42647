// SPDX-License-Identifier: GPL-2.0-only
/*
 * Having an x86 vCPU execute guest steps, and recording what came of each.
 * Judges nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../env.h"
#include "abi.h"
#include "guest.h"

enum { MAX_EXITS = 4 };	/* of one instruction, before it is given up */

/* ---- operations ---- */

struct guest_ctl *guest_ctl(struct vcpu *v)
{
	return (struct guest_ctl *)(v->window + GUEST_CTL);
}

struct guest_op *guest_op(struct vcpu *v, int i)
{
	return (struct guest_op *)(v->window + GUEST_OPS) + i;
}

static struct guest_rec *rec(struct vcpu *v, int i)
{
	return (struct guest_rec *)(v->window + GUEST_RECS) + i;
}

/* call *ctl.ret */
static const uint8_t return_code[RETURN_CODE_LEN] = {
	0xff, 0x14, 0x25,
	(GUEST_CTL + CTL_RETURN) & 0xff, (GUEST_CTL + CTL_RETURN) >> 8, 0, 0,
};

static bool is_access(const struct step *s)
{
	return s->kind == STEP_RDMSR || s->kind == STEP_WRMSR;
}

/*
 * What comes before the access: TF is set right there (Bochs traps too early
 * if IRET sets it), or what leaves an interrupt shadow; the bytes that have
 * KVM emulate the access.
 */
static int code_before(enum cpu_mode mode, const struct step *s, uint8_t *code)
{
	/* pushf; or $0x100, (the stack's top); popf */
	static const uint8_t
		tf64[] = { 0x9c, 0x48, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d },
		tf32[] = { 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d },
		tf16[] = { 0x9c, 0x67, 0x81, 0x0c, 0x24, 0, 1, 0x9d },
		forced[FORCED_LEN] = { 0x0f, 0x0b, 0x6b, 0x76, 0x6d };
	int n = 0;

	if (!is_access(s))
		return 0;
	if (s->access.tf) {
		const uint8_t *tf = mode == MODE_LONG ? tf64 :
				    guest_cs_base(mode) ? tf16 : tf32;

		n = mode == MODE_LONG ? sizeof(tf64) :
		    guest_cs_base(mode) ? sizeof(tf16) : sizeof(tf32);
		memcpy(code, tf, n);
	} else if (s->access.shadow == SHADOW_STI) {
		code[n++] = 0xfb;
	} else if (s->access.shadow == SHADOW_MOVSS) {
		code[n++] = 0x8e;	/* mov %ebx, %ss */
		code[n++] = 0xd3;
	}
	if (s->access.forced) {
		memcpy(code + n, forced, sizeof(forced));
		n += sizeof(forced);
	}
	return n;
}

/* Where the code of an operation begins in its slot, and its instruction. */
static unsigned code_start(enum cpu_mode mode, const struct step *s)
{
	uint8_t none[16];

	return is_access(s) && s->access.wraps ?
	       GUEST_WRAP - guest_insn_len(s) - code_before(mode, s, none) : 0;
}

static unsigned insn_start(enum cpu_mode mode, const struct step *s)
{
	uint8_t none[16];

	return code_start(mode, s) + code_before(mode, s, none);
}

/* Offset of the instruction in its code segment. */
static uint64_t insn_address(enum cpu_mode mode, const struct step *s, int i)
{
	if (is_access(s) && s->access.wraps)
		return (uint32_t)-guest_insn_len(s);
	return GUEST_CODE + i * GUEST_SLOT + insn_start(mode, s) -
	       guest_cs_base(mode);
}

/* The step of the operation the vCPU is at. */
static const struct step *step_now(struct vcpu *v)
{
	return &v->vm->env->prog->step[v->first + guest_ctl(v)->cur];
}

uint64_t guest_insn(struct vcpu *v)
{
	return insn_address(v->mode, step_now(v), guest_ctl(v)->cur);
}

uint8_t *guest_insn_bytes(struct vcpu *v)
{
	return v->window + GUEST_CODE + guest_ctl(v)->cur * GUEST_SLOT +
	       insn_start(v->mode, step_now(v));
}

/* Where that is for the guest. */
static uint64_t guest_insn_linear(struct vcpu *v)
{
	return guest_insn_bytes(v) -
	       (mode_is_real(v->mode) ? v->vm->mem : v->window);
}

static int return_len(enum cpu_mode mode)
{
	return mode == MODE_LONG ? RETURN_CODE_LEN :
	       mode_is_real(mode) ? RETURN_FAR_LEN : RETURN_INT_LEN;
}

/* @segment: of the window, for real mode. */
static void put_return(enum cpu_mode mode, unsigned segment, uint8_t *code)
{
	static const uint8_t by_int[RETURN_INT_LEN] = { 0xcd, VECTOR_RETURN };
	const uint8_t far_call[RETURN_FAR_LEN] = {
		0x9a, GUEST_RETURN & 0xff, GUEST_RETURN >> 8,
		segment, segment >> 8,
	};

	memcpy(code, mode == MODE_LONG ? return_code :
		     mode_is_real(mode) ? far_call : by_int, return_len(mode));
}

/* The code of an operation: shadow, instruction, way back, landing. */
static void make_code(enum cpu_mode mode, unsigned segment, uint8_t *slot,
		      const struct step *s)
{
	static const uint8_t nop2[] = { 0x66, 0x90 };
	uint8_t *insn = slot + insn_start(mode, s);
	int len;

	memset(slot, 0xcc, GUEST_SLOT);
	code_before(mode, s, slot + code_start(mode, s));
	len = guest_insn_code(s, insn);
	put_return(mode, segment, insn + len);
	if (is_access(s)) {
		memcpy(insn + GUEST_LANDING, nop2, sizeof(nop2));
		put_return(mode, segment, insn + GUEST_LANDING + 2);
	}
}

/* Operation @i of the batch executes program step @n. */
static void make_op(struct vcpu *v, int i, int n)
{
	const struct step *s = &v->vm->env->prog->step[n];
	struct guest_op *o = guest_op(v, i);
	const struct step_access *a = &s->access;
	uint64_t mask = guest_reg_mask(v->mode);
	unsigned start = code_start(v->mode, s);

	make_code(v->mode, (v->window - v->vm->mem) / 16,
		  v->window + GUEST_CODE + i * GUEST_SLOT, s);
	for (int r = 0; r < NR_GPRS; r++)
		o->reg[r] = r >= GPR_R8 && mode_is_32bit(v->mode) ?
			    guest_high_reg(r) : guest_poison(n, r) & mask;
	o->reg[GPR_RSP] = GUEST_OP_STACK;
	o->rip = GUEST_CODE + i * GUEST_SLOT + start;
	o->rflags = 2;
	o->cr2 = guest_cr2(v->vm->env->prog, n);
	o->level = s->l2;
	guest_mode_op(v, i, is_access(s) ? a : NULL, GUEST_WRAP - start);
	if (s->kind == STEP_CODE) {
		o->reg[GPR_RAX] = s->code.rax;
		o->reg[GPR_RBX] = s->code.rbx;
		o->reg[GPR_RCX] = s->code.rcx;
		o->reg[GPR_RDX] = s->code.rdx;
	} else if (s->kind == STEP_NATIVE) {
		o->reg[GPR_RBX] = NATIVE_LOOPS;
		o->reg[GPR_RCX] = s->native.index;
		o->reg[GPR_RAX] = (u32)s->native.value;
		o->reg[GPR_RDX] = s->native.value >> 32;
	} else if (s->kind == STEP_SPIN) {
		/* Bochs's SVM lets no host interrupt end it with IF clear */
		o->rflags |= 0x200;
	} else if (is_access(s)) {
		for (int r = GPR_RAX; r <= GPR_RDX; r++)
			o->reg[r] = guest_entry_reg(v->vm->env->prog, n, r);
		if (a->shadow == SHADOW_MOVSS)
			o->reg[GPR_RBX] = o->ss;
	}
	memset(rec(v, i), 0, sizeof(struct guest_rec));
}

void guest_regs_array(const struct kvm_regs *k, uint64_t r[NR_GPRS])
{
	const uint64_t a[NR_GPRS] = {
		k->rax, k->rcx, k->rdx, k->rbx, k->rsp, k->rbp, k->rsi, k->rdi,
		k->r8, k->r9, k->r10, k->r11, k->r12, k->r13, k->r14, k->r15,
	};

	memcpy(r, a, sizeof(a));
}

uint64_t guest_regs_changed(const uint64_t *now, const uint64_t *before)
{
	uint64_t mask = 0;

	for (int r = 0; r < NR_GPRS; r++)
		if (now[r] != before[r])
			mask |= 1u << r;
	return mask;
}

void guest_poison_run(struct kvm_run *run)
{
	memset(run->padding, 0xa5, sizeof(run->padding));
	run->exit_reason = 0xa5a5a5a5;
	/* what KVM fills at every exit; cr8 is an input, too */
	run->if_flag = run->ready_for_interrupt_injection = 0xa5;
	run->flags = 0xa5a5;
	run->apic_base = 0xa5a5a5a5a5a5a5a5;
}

/* Bit n: the n-th post-run field does not say what it must. */
static uint64_t post_run_wrong(struct vcpu *v, uint64_t rflags)
{
	const struct kvm_run *run = v->run;
	enum { CAP_X86_GUEST_MODE = 238, RUN_X86_GUEST_MODE = 1 << 2 };
	struct kvm_sregs s;
	bool irq = rflags & 0x200;
	unsigned flags = v->mode == MODE_SMM ? KVM_RUN_X86_SMM : 0;
	unsigned ready = run->ready_for_interrupt_injection;
	bool in_l2 = guest_ctl(v)->level;
	/* KVM's own PIC takes any; where IF is set other things count too */
	bool known = v->vm->pic || (!irq && !in_l2);

	if (in_l2 && ioctl(v->vm->fd, KVM_CHECK_EXTENSION,
			   CAP_X86_GUEST_MODE) > 0)
		flags |= RUN_X86_GUEST_MODE;
	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	return (run->if_flag != irq) | (run->cr8 != s.cr8) << 1 |
	       (run->apic_base != s.apic_base) << 2 |
	       (ready > 1 || (known && ready != v->vm->pic)) << 3 |
	       (run->flags != flags) << 4;
}

static bool tail_changed(const struct kvm_run *run)
{
	for (size_t i = sizeof(run->msr); i < sizeof(run->padding); i++)
		if ((uint8_t)run->padding[i] != 0xa5)
			return true;
	return false;
}

/* Registers at an exit, by sync regs where KVM has them. */
static void exit_regs(struct vcpu *v, struct kvm_regs *r,
		      struct kvm_vcpu_events *ev, uint64_t *differ)
{
	struct kvm_run *run = v->run;
	struct env *e = v->vm->env;

	*differ = 0;
	if (!(run->kvm_valid_regs & KVM_SYNC_X86_REGS)) {
		must(ioctl(v->fd, KVM_GET_REGS, r));
		must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, ev));
		return;
	}
	*r = run->s.regs.regs;
	*ev = run->s.regs.events;
	if (!(run->kvm_valid_regs & KVM_SYNC_X86_EVENTS))
		must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, ev));
	if (!e->sync_checked) {
		struct kvm_regs again;

		must(ioctl(v->fd, KVM_GET_REGS, &again));
		*differ = memcmp(&again, r, sizeof(again)) != 0;
		e->sync_checked = true;
	}
}

static void record_exit(struct vcpu *v, int i, struct outcome *o)
{
	struct kvm_run *run = v->run;
	struct kvm_vcpu_events ev;
	struct kvm_regs regs;
	uint64_t now[NR_GPRS], pad = 0, differ;

	memcpy(&pad, run->msr.pad, sizeof(run->msr.pad));
	exit_regs(v, &regs, &ev, &differ);
	guest_regs_array(&regs, now);
	outcome_set(o, F_EXITS, o->val[F_EXITS] + 1);
	outcome_set(o, F_EXIT, run->exit_reason);
	outcome_set(o, F_X_REASON, run->msr.reason);
	outcome_set(o, F_X_INDEX, run->msr.index);
	outcome_set(o, F_X_DATA, run->msr.data);
	outcome_set(o, F_X_ERROR, run->msr.error);
	outcome_set(o, F_X_PAD, pad);
	outcome_set(o, F_X_TAIL, tail_changed(run));
	outcome_set(o, F_X_RIP, regs.rip - guest_insn(v));
	outcome_set(o, F_X_REGS, guest_regs_changed(now, guest_op(v, i)->reg));
	outcome_set(o, F_X_RFLAGS, regs.rflags);
	outcome_set(o, F_X_EVENTS, (ev.exception.injected != 0) |
				   (ev.exception.pending != 0) << 1);
	outcome_set(o, F_X_SHADOW, ev.interrupt.shadow);
	if (!v->vm->env->post_checked) {	/* costs an ioctl: once a case */
		outcome_set(o, F_X_POST, post_run_wrong(v, regs.rflags));
		v->vm->env->post_checked = true;
	} else {
		outcome_set(o, F_X_POST, 0);
	}
	outcome_set(o, F_X_SYNC, differ);
}

void guest_reply(struct vcpu *v, const struct reply *r)
{
	if (r->has_data)
		v->run->msr.data = r->data;
	if (r->error)
		v->run->msr.error = r->error;
	if (r->junk) {
		memset(v->run->msr.pad, r->junk, sizeof(v->run->msr.pad));
		v->run->msr.reason = v->run->msr.index = r->junk * 0x01010101u;
		v->run->exit_reason = r->junk;
	}
	v->completing = true;
}

static enum nmi_at nmi_at(struct vcpu *v, const struct step *s, int i)
{
	uint64_t insn = insn_address(v->mode, s, i);
	uint64_t rip = guest_ctl(v)->nmi_rip;

	if (!guest_ctl(v)->nmis)
		return NMI_NONE;
	if (rip == insn)
		return NMI_AT_INSN;
	return rip > insn && rip < insn + GUEST_SLOT ? NMI_AFTER_INSN :
						       NMI_IN_HANDLER;
}

static void record_end(struct vcpu *v, int i, struct outcome *o)
{
	const struct step *s = &v->vm->env->prog->step[v->first + i];
	const struct guest_rec *r = rec(v, i);
	const struct guest_op *p = guest_op(v, i);
	uint64_t now[NR_GPRS];
	bool ran = r->vector == VECTOR_RETURN;
	bool l1 = guest_nested_end(v, r, o);

	memcpy(now, r->reg, sizeof(now));
	now[GPR_RSP] = r->rsp;
	if (mode_is_32bit(v->mode))	/* its payload cannot see the others */
		memcpy(now + GPR_R8, p->reg + GPR_R8, 8 * sizeof(now[0]));
	if (!l1)
		outcome_set(o, F_END, ran ? END_DONE : END_FAULT);
	if (!l1 && !ran) {
		outcome_set(o, F_VECTOR, r->vector);
		outcome_set(o, F_HAS_CODE, r->has_code);
		outcome_set(o, F_CODE, r->error);
		if (r->vector == 1)
			outcome_set(o, F_DR6, r->dr6);
	}
	outcome_set(o, F_RIP, r->rip - insn_address(v->mode, s, i) -
			      (ran ? return_len(v->mode) : 0));
	outcome_set(o, F_RFLAGS, r->rflags);
	if (!v->vm->env->machine->loses_cr2)
		outcome_set(o, F_CR2, r->cr2);
	outcome_set(o, F_RAX, r->reg[GPR_RAX]);
	outcome_set(o, F_RDX, r->reg[GPR_RDX]);
	outcome_set(o, F_REGS, guest_regs_changed(now, p->reg) &
			       ~(1u << GPR_RAX | 1u << GPR_RDX));
	outcome_set(o, F_NMI, nmi_at(v, s, i));
}

enum run_end {
	RUN_DONE,	/* all operations are recorded */
	RUN_EXIT,	/* at an MSR exit, not yet answered */
	RUN_LOST,	/* anything else: in the outcome, vCPU given up */
};

/* One KVM_RUN; @o is the outcome of the operation the vCPU is at after it. */
static enum run_end run_once(struct vcpu *v, struct outcome *out, int n,
			     int *at)
{
	const struct kvm_run *run = v->run;
	struct outcome *o;
	int err, i;

	if (!v->completing)
		guest_poison_run(v->run);
	err = env_run(v);
	v->completing = false;
	*at = i = guest_ctl(v)->cur;
	if (!err && run->exit_reason == KVM_EXIT_IO &&
	    run->io.port == GUEST_PORT_DONE)
		return RUN_DONE;
	o = &out[i < n ? i : n - 1];
	if (!err && i < n && (run->exit_reason == EXIT_X86_RDMSR ||
			      run->exit_reason == EXIT_X86_WRMSR)) {
		record_exit(v, i, o);
		return RUN_EXIT;
	}
	v->dead = true;
	if (err) {
		outcome_set(o, F_END, err == ETIME ? END_HANG : END_ERRNO);
		outcome_set(o, F_RUN_ERRNO, err);
	} else {
		outcome_set(o, F_END, run->exit_reason == KVM_EXIT_SHUTDOWN ?
				      END_SHUTDOWN : END_OTHER);
	}
	outcome_set(o, F_OTHER_EXIT, run->exit_reason);
	return RUN_LOST;
}

/*
 * Run the vCPU until its operations are done, it is held, or it is lost.
 * Operation i of the batch is step v->first + i.
 */
static void run_ops(struct vcpu *v, int n)
{
	struct outcome *out = v->vm->env->out + v->first;
	const struct step *step = v->vm->env->prog->step + v->first;
	int i;

	env_arm(v);
	while (run_once(v, out, n, &i) == RUN_EXIT) {
		if (step[i].access.hold) {
			outcome_set(&out[i], F_END, END_HELD);
			v->held = v->first + i;
			break;
		}
		if (out[i].val[F_EXITS] >= (step[i].kind == STEP_NATIVE ?
					    NATIVE_LOOPS + 1 : MAX_EXITS)) {
			outcome_set(&out[i], F_END, END_OTHER);
			outcome_set(&out[i], F_OTHER_EXIT, v->run->exit_reason);
			v->dead = true;
			break;
		}
		if (is_access(&step[i]))
			guest_reply(v, &step[i].access.reply);
		else
			v->completing = true;
	}
	env_disarm(v);
	for (i = 0; i < n; i++) {
		if (rec(v, i)->done)
			record_end(v, i, &out[i]);
		else if (!outcome_has(&out[i], F_END))
			outcome_set(&out[i], F_END, END_SKIPPED);
	}
}

static void no_exit_yet(struct outcome *o)
{
	outcome_set(o, F_EXITS, 0);
	outcome_set(o, F_X_REASON, 0);
}

static void guest_steps(struct vcpu *v, int first, int n)
{
	struct outcome *out = v->vm->env->out + first;

	for (int i = 0; i < n; i++)
		no_exit_yet(&out[i]);
	if (v->dead || v->held >= 0 || v->paused >= 0) {
		for (int i = 0; i < n; i++)
			outcome_set(&out[i], F_END, END_SKIPPED);
		return;
	}
	for (int i = 0; i < n; i++)
		make_op(v, i, first + i);
	v->first = first;
	guest_ctl(v)->stop = 0;
	guest_ctl(v)->spins = 0;
	guest_ctl(v)->nmis = 0;
	guest_ctl(v)->count = n;
	guest_ctl(v)->cur = 0;
	run_ops(v, n);
}

/* KVM_RUN as the step wants it, once; an errno or 0. */
static int run_oddly(struct vcpu *v, const struct step_resume *s)
{
	struct kvm_run *run = v->run;
	uint64_t valid = run->kvm_valid_regs, dirty = run->kvm_dirty_regs;
	_Alignas(8) uint8_t none[sizeof(struct kvm_signal_mask) + 8] = { 0 };
	struct kvm_signal_mask *mask = (void *)none;
	sigset_t usr1, old;
	int err;

	if (s->signal) {
		/* blocked here, so pending; not blocked inside KVM_RUN */
		sigemptyset(&usr1);
		sigaddset(&usr1, SIGUSR1);
		signal(SIGUSR1, SIG_DFL);
		pthread_sigmask(SIG_BLOCK, &usr1, &old);
		pthread_kill(pthread_self(), SIGUSR1);
		mask->len = 8;
		must(ioctl(v->fd, KVM_SET_SIGNAL_MASK, mask));
	}
	run->immediate_exit = s->immediate;
	run->kvm_valid_regs |= s->valid;
	run->kvm_dirty_regs |= s->dirty;
	err = ioctl(v->fd, KVM_RUN, s->arg) ? errno : 0;
	run->immediate_exit = 0;
	run->kvm_valid_regs = valid;
	run->kvm_dirty_regs = s->dirty ? dirty : run->kvm_dirty_regs;
	if (s->signal) {
		must(ioctl(v->fd, KVM_SET_SIGNAL_MASK, NULL));
		sigwaitinfo(&usr1, NULL);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	return err;
}

/* A KVM_RUN that must come back at once, for a reason of its own. */
static void resume_oddly(struct vcpu *v, const struct step_resume *s,
			 struct outcome *o)
{
	int err;

	env_arm(v);
	err = run_oddly(v, s);
	env_disarm(v);
	outcome_set(o, F_END, err ? END_ERRNO : END_OTHER);
	outcome_set(o, F_RUN_ERRNO, err);
	outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
	if (err == EINTR && v->held >= 0 && !v->uninitialized) {
		v->paused = v->held;
		v->held = -1;
		v->completing = false;
	} else if (!err) {
		v->dead = true;
	}
}

static void resume(struct vcpu *v, int n)
{
	struct outcome *out = v->vm->env->out, *o = &out[n];
	const struct step_resume *s = &v->vm->env->prog->step[n].resume;
	int i;

	no_exit_yet(o);
	if (v->dead || (v->held < 0 && v->paused < 0)) {
		outcome_set(o, F_END, END_SKIPPED);
		return;
	}
	if (v->held >= 0)
		guest_reply(v, &s->reply);
	if (s->immediate || s->signal || s->arg || s->valid || s->dirty) {
		resume_oddly(v, s, o);
		return;
	}
	/*
	 * The operation is the last of its batch.  Exits from here on, if any,
	 * and the end belong to this step.
	 */
	i = guest_ctl(v)->cur;
	v->paused = v->held >= 0 ? v->held : v->paused;
	v->held = -1;
	env_arm(v);
	for (;;) {
		enum run_end end = run_once(v, o - i, i + 1, &i);

		if (end == RUN_EXIT && o->val[F_EXITS] < MAX_EXITS) {
			guest_reply(v, &s->reply);
			continue;
		}
		if (end == RUN_DONE && rec(v, i - 1)->done) {
			record_end(v, i - 1, o);
			v->paused = -1;
		} else if (end == RUN_LOST &&
			   v->run->exit_reason == KVM_EXIT_DEBUG) {
			/* a linear address */
			outcome_set(o, F_RIP, v->run->debug.arch.pc -
				    guest_insn_linear(v));
			outcome_set(o, F_VECTOR, v->run->debug.arch.exception);
			outcome_set(o, F_DR6, v->run->debug.arch.dr6);
			v->dead = false;	/* it can go on */
		} else {
			v->dead = true;
		}
		break;
	}
	env_disarm(v);
}

void arch_await_spin(struct vcpu *v)
{
	volatile uint64_t *spins = &guest_ctl(v)->spins;
	struct timespec ms = { 0, 1000000 };

	for (unsigned i = 0; i < v->vm->env->run_ms && !*spins; i++)
		nanosleep(&ms, NULL);
}

void guest_stop(struct vcpu *v)
{
	volatile uint64_t *stop = &guest_ctl(v)->stop;

	*stop = 1;
}

/* What KVM has counted for the vCPU under "exits". */
static uint64_t exits_so_far(struct vcpu *v)
{
	struct kvm_stats_header h;
	struct kvm_stats_desc d;
	char name[64];
	uint64_t exits = 0;
	int fd = must(ioctl(v->fd, KVM_GET_STATS_FD, NULL));

	must(pread(fd, &h, sizeof(h), 0));
	if (h.name_size > sizeof(name))
		env_die(__FILE__, __LINE__, "names of KVM's statistics");
	for (unsigned i = 0; i < h.num_desc; i++) {
		off_t at = h.desc_offset + i * (sizeof(d) + h.name_size);

		must(pread(fd, &d, sizeof(d), at));
		must(pread(fd, name, h.name_size, at + sizeof(d)));
		if (strcmp(name, "exits"))
			continue;
		must(pread(fd, &exits, sizeof(exits), h.data_offset + d.offset));
		close(fd);
		return exits;
	}
	env_die(__FILE__, __LINE__, "KVM counts no exits");
}

/*
 * Every access that KVM serves is an exit; others come from interrupts of the
 * host. On a busy one those can be as many, but not each time.
 */
static void native(struct vcpu *v, int step)
{
	enum { ATTEMPTS = 5 };
	struct outcome *o = &v->vm->env->out[step];
	bool is_native = false;

	for (int i = 0; i < ATTEMPTS && !is_native; i++) {
		uint64_t before = exits_so_far(v);

		guest_steps(v, step, 1);
		if (o->val[F_END] != END_DONE)
			return;
		is_native = exits_so_far(v) - before < NATIVE_LOOPS / 2;
	}
	outcome_set(o, F_NATIVE, is_native);
}

void arch_run_steps(struct vcpu *v, int first, int n)
{
	const struct step *s = &v->vm->env->prog->step[first];

	if (step_is_guest(s))
		v->int80 = s->int80;
	if (s->kind == STEP_RESUME)
		resume(v, first);
	else if (s->kind == STEP_NATIVE)
		native(v, first);
	else if (s->kind == STEP_SWEEP)
		guest_sweep_step(v, first);
	else
		guest_steps(v, first, n);
}
