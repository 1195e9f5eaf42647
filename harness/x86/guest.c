// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86 vCPUs: putting one into the payload's mode, having it execute guest
 * steps, and recording what came of each.  Judges nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../../guest/layout.h"
#include "../env.h"
#include "abi.h"
#include "guest.h"

extern const uint8_t guest_long64[], guest_long64_end[];

enum { MAX_EXITS = 4 };	/* of one instruction, before it is given up */

/* What every register holds that the step itself does not set. */
static uint64_t poison(int step, int reg)
{
	return 0x5a00f00d00000000ULL + (uint64_t)step * 0x10000 + reg * 0x111;
}

uint64_t guest_cr2(int step)
{
	return 0xc2c2000000000000ULL >> 8 | (unsigned)step << 12;
}

void arch_vm_init(struct vm *vm)
{
	/* Wanted by VMX without unrestricted guest; harmless elsewhere. */
	uint64_t identity = 0xfffbc000;

	ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000);
}

static void put64(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, 8);
}

/*
 * Page tables, GDT, IDT, TSS and payload of one vCPU's window; the rest of it
 * is zero as mmap() made it.
 */
static void make_window(uint8_t *w, uint64_t gpa)
{
	static const uint8_t reset[] = { 0xe6, GUEST_PORT_RESET, 0xf4 };

	memcpy(w + GUEST_RESET, reset, sizeof(reset));
	put64(w + GUEST_PML4, (gpa + GUEST_PDPT) | 7);
	put64(w + GUEST_PDPT, (gpa + GUEST_PD) | 7);
	put64(w + GUEST_PD, (gpa + GUEST_PT) | 7);
	for (unsigned i = 0; i < GUEST_WINDOW / 4096; i++)
		put64(w + GUEST_PT + 8 * i, (gpa + i * 4096) | 7);

	put64(w + GUEST_GDT + 0x08, 0x00af9b000000ffff);	/* code, CPL 0 */
	put64(w + GUEST_GDT + 0x10, 0x00cf93000000ffff);	/* data, CPL 0 */
	put64(w + GUEST_GDT + 0x18, 0x00cffb000000ffff);	/* code32, 3 */
	put64(w + GUEST_GDT + 0x20, 0x00cff3000000ffff);	/* data, 3 */
	put64(w + GUEST_GDT + 0x28, 0x00affb000000ffff);	/* code, 3 */
	put64(w + GUEST_GDT + SEL_TSS,
	      0x00008b0000000067 | (uint64_t)GUEST_TSS << 16);
	put64(w + GUEST_TSS + 4, GUEST_IST_TOP);	/* RSP0 */
	put64(w + GUEST_TSS + 36, GUEST_IST_TOP);	/* IST1 */
	for (unsigned i = 0; i < NR_VECTORS; i++) {
		uint64_t off = GUEST_STUBS + 16 * i;

		put64(w + GUEST_IDT + 16 * i,
		      off | SEL_CODE << 16 | 1ULL << 32 | 0x8eULL << 40);
	}
	put64(w + GUEST_CTL + CTL_RETURN, GUEST_RETURN);
	memcpy(w + GUEST_PAYLOAD, guest_long64,
	       guest_long64_end - guest_long64);
}

static struct kvm_segment segment(unsigned sel, unsigned type)
{
	return (struct kvm_segment){
		.limit = 0xffffffff, .selector = sel, .type = type,
		.present = 1, .s = 1, .g = 1,
		.l = type & 8 ? 1 : 0, .db = type & 8 ? 0 : 1,
	};
}

/* Long mode, at the start of the payload. */
static void enter_payload(struct vcpu *v)
{
	struct kvm_sregs s;
	struct kvm_regs r = { .rip = GUEST_PAYLOAD, .rflags = 2,
			      .rsp = GUEST_STACK_TOP };
	uint64_t gpa = v->window - v->vm->mem;

	must(ioctl(v->fd, KVM_GET_SREGS, &s));
	s.cs = segment(SEL_CODE, 0xb);
	s.ds = s.es = s.fs = s.gs = s.ss = segment(SEL_DATA, 3);
	s.tr = (struct kvm_segment){ .base = GUEST_TSS, .limit = 0x67,
				     .selector = SEL_TSS, .type = 0xb,
				     .present = 1 };
	s.ldt = (struct kvm_segment){ .unusable = 1 };
	s.gdt = (struct kvm_dtable){ .base = GUEST_GDT, .limit = 0x3f };
	s.idt = (struct kvm_dtable){ .base = GUEST_IDT,
				     .limit = NR_VECTORS * 16 - 1 };
	s.cr0 = 0x80010033;	/* PG WP NE ET MP PE */
	s.cr3 = gpa + GUEST_PML4;
	s.cr4 = 0x620;		/* PAE OSFXSR OSXMMEXCPT */
	s.efer = 0xd01;		/* NXE LMA LME SCE */
	must(ioctl(v->fd, KVM_SET_SREGS, &s));
	must(ioctl(v->fd, KVM_SET_REGS, &r));
}

int guest_set_cpuid(struct vcpu *v, enum cpuid_kind kind)
{
	enum { ENTRIES = 256 };
	struct kvm_cpuid2 *c;
	int r;

	c = calloc(1, sizeof(*c) + ENTRIES * sizeof(c->entries[0]));
	if (!c)
		env_die(__FILE__, __LINE__, "calloc");
	if (kind == CPUID_DEFAULT) {
		c->nent = ENTRIES;
		must(ioctl(v->vm->env->kvm, KVM_GET_SUPPORTED_CPUID, c));
	}
	r = ioctl(v->fd, KVM_SET_CPUID2, c);
	free(c);
	return r;
}

/* `cpuid none` before the vCPU exists: nothing is ever set. */
static bool wants_cpuid(const struct vcpu *v)
{
	const struct program *p = v->vm->env->prog;

	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_CPUID &&
		    v->vm == &v->vm->env->vm[p->step[i].vm] &&
		    p->step[i].vcpu == v->id)
			return p->step[i].cpuid != CPUID_NONE;
	return true;
}

void arch_vcpu_init(struct vcpu *v)
{
	v->window = v->vm->mem + v->id * GUEST_WINDOW;
	if (wants_cpuid(v))
		must(guest_set_cpuid(v, CPUID_DEFAULT));
	make_window(v->window, v->window - v->vm->mem);
	enter_payload(v);
	/* with an in-kernel APIC all but the first would wait for a SIPI */
	if (v->vm->irqchip)
		must(ioctl(v->fd, KVM_SET_MP_STATE,
			   &(struct kvm_mp_state){ KVM_MP_STATE_RUNNABLE }));
	v->run->kvm_valid_regs = v->vm->env->machine->sync_regs &
				 (KVM_SYNC_X86_REGS | KVM_SYNC_X86_EVENTS);
}

/* ---- operations ---- */

static struct guest_ctl *ctl(struct vcpu *v)
{
	return (struct guest_ctl *)(v->window + GUEST_CTL);
}

static struct guest_op *op(struct vcpu *v, int i)
{
	return (struct guest_op *)(v->window + GUEST_OPS) + i;
}

static struct guest_rec *rec(struct vcpu *v, int i)
{
	return (struct guest_rec *)(v->window + GUEST_RECS) + i;
}

/* Set the flag, loop until told to stop. */
static const uint8_t spin_code[] = {
	0x48, 0xc7, 0x04, 0x25,				/* movq $1, */
	(GUEST_CTL + CTL_SPINS) & 0xff, (GUEST_CTL + CTL_SPINS) >> 8, 0, 0,
	1, 0, 0, 0,
	0xf3, 0x90,					/* 1: pause */
	0x48, 0x83, 0x3c, 0x25,				/* cmpq $0, */
	(GUEST_CTL + CTL_STOP) & 0xff, (GUEST_CTL + CTL_STOP) >> 8, 0, 0, 0,
	0x74, 0xf3,					/* je 1b */
};

/* call *ctl.ret */
static const uint8_t return_code[RETURN_CODE_LEN] = {
	0xff, 0x14, 0x25,
	(GUEST_CTL + CTL_RETURN) & 0xff, (GUEST_CTL + CTL_RETURN) >> 8, 0, 0,
};

/* Code bytes of a guest step; returns their number. */
static int step_code_bytes(const struct step *s, uint8_t *code)
{
	switch (s->kind) {
	case STEP_RDMSR:
		memcpy(code, "\x0f\x32", 2);
		return 2;
	case STEP_WRMSR:
		memcpy(code, "\x0f\x30", 2);
		return 2;
	case STEP_SPIN:
		memcpy(code, spin_code, sizeof(spin_code));
		return sizeof(spin_code);
	default:
		memcpy(code, s->code.bytes, s->code.len);
		return s->code.len;
	}
}

/* Operation @i of the batch executes program step @n. */
static void make_op(struct vcpu *v, int i, int n)
{
	const struct step *s = &v->vm->env->prog->step[n];
	uint8_t *code = v->window + GUEST_CODE + i * GUEST_SLOT;
	struct guest_op *o = op(v, i);
	const struct step_access *a = &s->access;
	int len;

	memset(code, 0xcc, GUEST_SLOT);
	len = step_code_bytes(s, code);
	memcpy(code + len, return_code, sizeof(return_code));
	for (int r = 0; r < NR_REGS; r++)
		o->reg[r] = poison(n, r);
	o->reg[REG_RSP] = GUEST_OP_STACK;
	o->rip = GUEST_CODE + i * GUEST_SLOT;
	o->rflags = 2;
	o->cs = SEL_CODE;
	o->ss = SEL_DATA;
	o->cr2 = guest_cr2(n);
	if (s->kind == STEP_CODE) {
		o->reg[REG_RAX] = s->code.rax;
		o->reg[REG_RBX] = s->code.rbx;
		o->reg[REG_RCX] = s->code.rcx;
		o->reg[REG_RDX] = s->code.rdx;
	} else if (s->kind != STEP_SPIN) {
		o->reg[REG_RCX] = (uint64_t)a->rcx_high << 32 | a->index;
		if (s->kind == STEP_WRMSR) {
			o->reg[REG_RAX] = (uint64_t)a->rax_high << 32 |
					  (u32)a->value;
			o->reg[REG_RDX] = (uint64_t)a->rdx_high << 32 |
					  a->value >> 32;
		}
	}
	memset(rec(v, i), 0, sizeof(struct guest_rec));
}

uint64_t guest_entry_reg(const struct step *s, int step, int reg)
{
	bool wr = s->kind == STEP_WRMSR;

	if (reg == REG_RAX && wr)
		return (uint64_t)s->access.rax_high << 32 |
		       (u32)s->access.value;
	if (reg == REG_RDX && wr)
		return (uint64_t)s->access.rdx_high << 32 |
		       s->access.value >> 32;
	return poison(step, reg);
}

/* General registers in encoding order. */
static void regs_array(const struct kvm_regs *k, uint64_t r[NR_REGS])
{
	const uint64_t a[NR_REGS] = {
		k->rax, k->rcx, k->rdx, k->rbx, k->rsp, k->rbp, k->rsi, k->rdi,
		k->r8, k->r9, k->r10, k->r11, k->r12, k->r13, k->r14, k->r15,
	};

	memcpy(r, a, sizeof(a));
}

static uint64_t changed(const uint64_t *now, const uint64_t *before)
{
	uint64_t mask = 0;

	for (int r = 0; r < NR_REGS; r++)
		if (now[r] != before[r])
			mask |= 1u << r;
	return mask;
}

static void poison_run(struct kvm_run *run)
{
	memset(run->padding, 0xa5, sizeof(run->padding));
	run->exit_reason = 0xa5a5a5a5;
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
	uint64_t now[NR_REGS], pad = 0, differ;

	memcpy(&pad, run->msr.pad, sizeof(run->msr.pad));
	exit_regs(v, &regs, &ev, &differ);
	regs_array(&regs, now);
	outcome_set(o, F_EXITS, o->val[F_EXITS] + 1);
	outcome_set(o, F_EXIT, run->exit_reason);
	outcome_set(o, F_X_REASON, run->msr.reason);
	outcome_set(o, F_X_INDEX, run->msr.index);
	outcome_set(o, F_X_DATA, run->msr.data);
	outcome_set(o, F_X_ERROR, run->msr.error);
	outcome_set(o, F_X_PAD, pad);
	outcome_set(o, F_X_TAIL, tail_changed(run));
	outcome_set(o, F_X_RIP, regs.rip - op(v, i)->rip);
	outcome_set(o, F_X_REGS, changed(now, op(v, i)->reg));
	outcome_set(o, F_X_RFLAGS, regs.rflags);
	outcome_set(o, F_X_EVENTS, (ev.exception.injected != 0) |
				   (ev.exception.pending != 0) << 1);
	outcome_set(o, F_X_SYNC, differ);
}

static void give_reply(struct vcpu *v, const struct reply *r)
{
	if (r->has_data)
		v->run->msr.data = r->data;
	if (r->error)
		v->run->msr.error = r->error;
	v->completing = true;
}

static void record_end(struct vcpu *v, int i, struct outcome *o)
{
	const struct guest_rec *r = rec(v, i);
	const struct guest_op *p = op(v, i);
	uint64_t now[NR_REGS];
	bool ran = r->vector == VECTOR_RETURN;

	memcpy(now, r->reg, sizeof(now));
	now[REG_RSP] = r->rsp;
	outcome_set(o, F_END, ran ? END_DONE : END_FAULT);
	if (!ran) {
		outcome_set(o, F_VECTOR, r->vector);
		outcome_set(o, F_HAS_CODE, r->has_code);
		outcome_set(o, F_CODE, r->error);
	}
	outcome_set(o, F_RIP,
		    r->rip - p->rip - (ran ? RETURN_CODE_LEN : 0));
	outcome_set(o, F_RFLAGS, r->rflags);
	outcome_set(o, F_CR2, r->cr2);
	outcome_set(o, F_RAX, r->reg[REG_RAX]);
	outcome_set(o, F_RDX, r->reg[REG_RDX]);
	outcome_set(o, F_REGS, changed(now, p->reg) &
			       ~(1u << REG_RAX | 1u << REG_RDX));
}

/*
 * Run the vCPU until its operations are done, it is held, or it is lost.
 * Operation i of the batch is step @first + i; the first @base of them were
 * recorded by an earlier call.
 */
static void run_ops(struct vcpu *v, int first, int n)
{
	struct outcome *out = v->vm->env->out + first;
	const struct step *step = v->vm->env->prog->step + first;
	int i, err;

	env_arm(v);
	for (;;) {
		if (!v->completing)
			poison_run(v->run);
		err = env_run(v);
		v->completing = false;
		i = ctl(v)->cur;
		if (!err && v->run->exit_reason == KVM_EXIT_IO &&
		    v->run->io.port == GUEST_PORT_DONE)
			break;
		if (i >= n) {	/* strayed off behind the last operation */
			i = n - 1;
			v->dead = true;
			break;
		}
		if (err) {
			outcome_set(&out[i], F_END,
				    err == ETIME ? END_HANG : END_ERRNO);
			outcome_set(&out[i], F_RUN_ERRNO, err);
			v->dead = true;
			break;
		}
		if (v->run->exit_reason != EXIT_X86_RDMSR &&
		    v->run->exit_reason != EXIT_X86_WRMSR) {
			bool down = v->run->exit_reason == KVM_EXIT_SHUTDOWN;

			outcome_set(&out[i], F_END,
				    down ? END_SHUTDOWN : END_OTHER);
			outcome_set(&out[i], F_OTHER_EXIT,
				    v->run->exit_reason);
			v->dead = true;
			break;
		}
		record_exit(v, i, &out[i]);
		if (step[i].access.hold) {
			outcome_set(&out[i], F_END, END_HELD);
			v->held = first + i;
			break;
		}
		if (out[i].val[F_EXITS] >= MAX_EXITS) {
			outcome_set(&out[i], F_END, END_OTHER);
			outcome_set(&out[i], F_OTHER_EXIT, v->run->exit_reason);
			v->dead = true;
			break;
		}
		give_reply(v, &step[i].access.reply);
	}
	env_disarm(v);
}

static void finish_ops(struct vcpu *v, int first, int n)
{
	struct outcome *out = v->vm->env->out + first;

	for (int i = 0; i < n; i++) {
		if (rec(v, i)->done)
			record_end(v, i, &out[i]);
		else if (!outcome_has(&out[i], F_END))
			outcome_set(&out[i], F_END, END_SKIPPED);
	}
}

void arch_guest_steps(struct vcpu *v, int first, int n)
{
	struct outcome *out = v->vm->env->out + first;

	for (int i = 0; i < n; i++)
		outcome_set(&out[i], F_EXITS, 0);
	if (v->dead || v->held >= 0) {
		for (int i = 0; i < n; i++)
			outcome_set(&out[i], F_END, END_SKIPPED);
		return;
	}
	for (int i = 0; i < n; i++)
		make_op(v, i, first + i);
	ctl(v)->stop = 0;
	ctl(v)->spins = 0;
	ctl(v)->count = n;
	ctl(v)->cur = 0;
	run_ops(v, first, n);
	finish_ops(v, first, n);
}

void arch_resume(struct vcpu *v, int n)
{
	struct outcome *o = v->vm->env->out + n;
	const struct step *s = &v->vm->env->prog->step[n];
	int held = v->held, i;

	outcome_set(o, F_EXITS, 0);
	if (v->dead || held < 0) {
		outcome_set(o, F_END, END_SKIPPED);
		return;
	}
	/*
	 * The held operation is the last of its batch.  Exits from here on,
	 * if any, and the end belong to this step.
	 */
	i = ctl(v)->cur;
	v->held = -1;
	give_reply(v, &s->resume);
	env_arm(v);
	switch (env_run(v)) {
	case 0:
		if (v->run->exit_reason == KVM_EXIT_IO && rec(v, i)->done) {
			record_end(v, i, o);
			break;
		}
		if (v->run->exit_reason == EXIT_X86_RDMSR ||
		    v->run->exit_reason == EXIT_X86_WRMSR)
			outcome_set(o, F_EXITS, 1);
		outcome_set(o, F_END, v->run->exit_reason == KVM_EXIT_SHUTDOWN ?
				      END_SHUTDOWN : END_OTHER);
		outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
		v->dead = true;
		break;
	case ETIME:
		outcome_set(o, F_END, END_HANG);
		v->dead = true;
		break;
	default:
		outcome_set(o, F_END, END_ERRNO);
		outcome_set(o, F_RUN_ERRNO, errno);
		v->dead = true;
	}
	v->completing = false;
	env_disarm(v);
}

bool guest_spins(struct vcpu *v)
{
	volatile uint64_t *spins = &ctl(v)->spins;

	return *spins;
}

void arch_stop(struct vcpu *v)
{
	volatile uint64_t *stop = &ctl(v)->stop;

	*stop = 1;
}

void guest_init_sipi(struct vcpu *v, struct outcome *o)
{
	struct kvm_mp_state mp = { .mp_state = KVM_MP_STATE_SIPI_RECEIVED };
	struct kvm_vcpu_events ev;
	int err;

	must(ioctl(v->fd, KVM_GET_VCPU_EVENTS, &ev));
	ev.flags |= KVM_VCPUEVENT_VALID_SMM;
	ev.smi.latched_init = 1;
	must(ioctl(v->fd, KVM_SET_VCPU_EVENTS, &ev));
	must(ioctl(v->fd, KVM_SET_MP_STATE, &mp));
	env_arm(v);
	/* The first KVM_RUN may only take the INIT and say EAGAIN. */
	do {
		poison_run(v->run);
		err = env_run(v);
	} while (err == EAGAIN);
	env_disarm(v);
	if (err || v->run->exit_reason != KVM_EXIT_IO ||
	    v->run->io.port != GUEST_PORT_RESET) {
		outcome_set(o, F_RET, (u64)-1);
		outcome_set(o, F_ERRNO, err ? err : EIO);
		v->dead = true;
		return;
	}
	/* Let the `out` complete before the registers are replaced. */
	v->run->immediate_exit = 1;
	ioctl(v->fd, KVM_RUN, 0);
	v->run->immediate_exit = 0;
	enter_payload(v);
	outcome_set(o, F_RET, 0);
	outcome_set(o, F_ERRNO, 0);
}
