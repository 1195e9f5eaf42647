// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps: the payload makes one access after the other and records each; the
 * host answers the exits in one tight loop.  Judges nothing; what differs from
 * what the access and the reply say is noted as a bit.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "abi.h"
#include "guest.h"

enum { MAX_EXITS = 4 };	/* of one access, before it is given up */

const struct sweep_rec *guest_sweep_recs(const struct vcpu *v)
{
	return (const struct sweep_rec *)(v->window + GUEST_SWEEP);
}

static uint32_t index_of(const struct guest_sweep *g, unsigned i)
{
	return g->index + i * g->stride;
}

static u64 entry_rax(const struct guest_sweep *g)
{
	return g->write ? (u32)g->value : guest_poison(g->step, GPR_RAX);
}

static u64 entry_rdx(const struct guest_sweep *g)
{
	return g->write ? g->value >> 32 : guest_poison(g->step, GPR_RDX);
}

static void begin(struct vcpu *v, const struct guest_sweep *g)
{
	/* rdmsr or wrmsr; call *ctl.ret */
	uint8_t code[] = { 0x0f, g->write ? 0x30 : 0x32, 0xff, 0x14, 0x25,
			   (GUEST_CTL + CTL_RETURN) & 0xff,
			   (GUEST_CTL + CTL_RETURN) >> 8, 0, 0 };
	struct sweep_rec *rec = (struct sweep_rec *)(v->window + GUEST_SWEEP);
	struct guest_ctl *ctl = guest_ctl(v);
	struct guest_op *o = guest_op(v, 0);

	memset(v->window + GUEST_CODE, 0xcc, GUEST_SLOT);
	memcpy(v->window + GUEST_CODE, code, sizeof(code));
	memset(rec, 0, g->n * sizeof(*rec));
	for (unsigned i = 0; i < g->n; i++)
		rec[i].error = SWEEP_NO_ERROR;
	memset(o, 0, sizeof(*o));
	o->reg[GPR_RAX] = o->reg[GPR_R8] = entry_rax(g);
	o->reg[GPR_RDX] = o->reg[GPR_R8 + 1] = entry_rdx(g);
	o->reg[GPR_RCX] = g->index;
	o->reg[GPR_RBX] = g->stride;
	o->reg[GPR_RSI] = g->n;
	o->reg[GPR_RDI] = GUEST_SWEEP;
	o->reg[GPR_R8 + 2] = o->rip = GUEST_CODE;
	o->reg[GPR_RSP] = GUEST_OP_STACK;
	o->rflags = 2;
	o->cs = SEL_CODE;
	o->ss = SEL_DATA;
	ctl->sweep = GUEST_SWEEP;
	ctl->ret = GUEST_SWEPT;
	ctl->fault = GUEST_SWEEP_FAULT;
	ctl->nmis = 0;
	ctl->count = 1;
	ctl->cur = 0;
}

/* How many accesses have ended. */
static unsigned ended(struct vcpu *v)
{
	return (guest_ctl(v)->sweep - GUEST_SWEEP) / SWEEP_SIZE;
}

static void note_exit(const struct guest_sweep *g, uint32_t index,
		      const struct kvm_run *run, struct sweep_exits *x)
{
	static const uint8_t zero[sizeof(run->msr.pad)];

	x->n++;
	x->reason = run->msr.reason;
	if (run->msr.reason > REASON_ALL)
		x->bad |= CLASS_BAD_EXIT;
	if (run->exit_reason != (g->write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR))
		x->bad |= CLASS_BAD_EXIT;
	if (run->msr.index != index)
		x->bad |= CLASS_BAD_INDEX;
	if (run->msr.data != (g->write ? g->value : 0))
		x->bad |= CLASS_BAD_DATA;
	if (run->msr.error || memcmp(run->msr.pad, zero, sizeof(zero)))
		x->bad |= CLASS_BAD_ERROR;
}

/* Run to the end of the batch; an errno or 0. */
static int answer_exits(struct vcpu *v, const struct guest_sweep *g,
			struct sweep_exits *exits)
{
	const struct kvm_run *run = v->run;

	for (;;) {
		int err = env_run(v);
		unsigned i = ended(v);

		if (err)
			return err;
		if (i >= g->n || (run->exit_reason != EXIT_X86_RDMSR &&
				  run->exit_reason != EXIT_X86_WRMSR))
			return 0;
		if (exits[i].n == MAX_EXITS)
			return 0;
		note_exit(g, index_of(g, i), run, &exits[i]);
		guest_reply(v, &g->reply);
	}
}

unsigned guest_sweep(struct vcpu *v, const struct guest_sweep *g,
		     struct sweep_exits *exits, struct outcome *o)
{
	uint64_t valid = v->run->kvm_valid_regs;
	int err;

	begin(v, g);
	memset(exits, 0, g->n * sizeof(*exits));
	guest_poison_run(v->run);
	v->run->kvm_valid_regs = 0;
	env_arm(v);
	err = answer_exits(v, g, exits);
	env_disarm(v);
	v->run->kvm_valid_regs = valid;
	v->completing = false;
	guest_ctl(v)->ret = GUEST_RETURN;
	guest_ctl(v)->fault = GUEST_FAULT;
	if (!err && v->run->exit_reason == KVM_EXIT_IO &&
	    v->run->io.port == GUEST_PORT_DONE && ended(v) == g->n)
		return g->n;
	v->dead = true;
	outcome_set(o, F_END, err == ETIME ? END_HANG : err ? END_ERRNO :
			      v->run->exit_reason == KVM_EXIT_SHUTDOWN ?
			      END_SHUTDOWN : END_OTHER);
	outcome_set(o, F_RUN_ERRNO, err);
	outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
	return ended(v) < g->n ? ended(v) : g->n - 1;
}

/* What the registers must be after an access that ended without fault. */
static bool registers_bad(const struct guest_sweep *g,
			  const struct sweep_exits *x,
			  const struct sweep_rec *r)
{
	if (g->write)
		return r->rax != entry_rax(g) || r->rdx != entry_rdx(g);
	if (!x->n)
		return r->rax >> 32 || r->rdx >> 32;
	return r->rax != (u32)g->reply.data || r->rdx != g->reply.data >> 32;
}

static uint32_t class_of(const struct guest_sweep *g, uint32_t index,
			 const struct sweep_exits *x,
			 const struct sweep_rec *r)
{
	uint32_t class = sweep_class(x->n, x->reason, r->vector) | x->bad;

	if (r->index != index)
		class |= CLASS_BAD_INDEX;
	if (r->vector == CLASS_DONE) {
		if (registers_bad(g, x, r))
			class |= CLASS_BAD_REGS;
		return class;
	}
	if (r->rip != GUEST_CODE)
		class |= CLASS_BAD_RIP;
	if (r->rax != entry_rax(g) || r->rdx != entry_rdx(g))
		class |= CLASS_BAD_REGS;
	if (r->vector == 13 && r->error)
		class |= CLASS_BAD_CODE;
	return class;
}

void arch_sweep(struct vcpu *v, int step)
{
	static __thread struct sweep_exits exits[SWEEP_MAX];
	const struct step_sweep *s = &v->vm->env->prog->step[step].sweep;
	const struct sweep_rec *rec = guest_sweep_recs(v);
	struct outcome *o = &v->vm->env->out[step];
	struct guest_sweep g = { .write = s->write, .stride = 1, .n = 1,
				 .value = s->value, .reply = s->reply,
				 .step = step };
	u64 n = (u64)s->last - s->first + 1, done = 0, values = 0;

	outcome_set(o, F_RUNS, 0);
	if (v->dead || v->held >= 0 || v->paused >= 0 || v->mode != MODE_LONG) {
		outcome_set(o, F_END, END_SKIPPED);
		return;
	}
	while (done < n) {
		unsigned got;

		g.index = s->first + done;
		g.n = n - done < SWEEP_MAX ? n - done : SWEEP_MAX;
		got = guest_sweep(v, &g, exits, o);
		for (unsigned i = 0; i < got; i++) {
			u32 class = class_of(&g, g.index + i, &exits[i],
					     &rec[i]);

			outcome_run(o, g.index + i, class);
			if (class == CLASS_DONE && !s->write)
				values = (values ^ rec[i].rdx << 32 ^
					  rec[i].rax ^ (g.index + i)) *
					 0x9e3779b97f4a7c15;
		}
		done += got;
		outcome_set(o, F_SWEPT, done);
		if (got < g.n) {
			outcome_run(o, g.index + got, CLASS_LOST);
			return;
		}
	}
	outcome_set(o, F_VALUES, values);
	outcome_set(o, F_END, END_DONE);
}
