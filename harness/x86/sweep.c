// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sweeps: the guest makes one access after the other in a loop of as few
 * instructions as a loop can have.  The host answers the exits, each of which
 * shows what came of the access before it; faults leave their frames on the
 * stack.  Judges nothing; what differs from what the access and the reply say
 * is noted as a bit.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "../env.h"
#include "abi.h"
#include "guest.h"

enum {
	MAX_EXITS = 4,		/* of one access, before it is given up */
	VECTOR_GP = 13,
	VECTOR_NMI = 2,		/* keeps its own stack */
};

/* The registers that a sweep's exit shows; all that is asked of KVM. */
struct regs {
	u64 rax, rcx, rdx, rsi, rip;
};

/* A sweep on its way. */
struct pass {
	const struct guest_sweep *g;
	struct sweep_seen *seen;
	struct vcpu *v;
	unsigned next;		/* access behind the last exit's */
	bool known;		/* what RAX and RDX must hold: */
	u64 rax, rdx;
};

static u32 index_of(const struct guest_sweep *g, unsigned i)
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

/* ---- the loop ---- */

static unsigned put(uint8_t *code, unsigned at, const void *bytes, unsigned n)
{
	memcpy(code + at, bytes, n);
	return at + n;
}

/*
 *		push %rsi; inc %ecx; dec %esi; jz 2f	where faults go
 *	1:	rdmsr or wrmsr				where it begins
 *		mov %eax, (%rdi,%rsi,8); mov %edx, 4(%rdi,%rsi,8)  if wanted
 *		inc %ecx; dec %esi; jnz 1b
 *	2:	call *ctl.ret
 */
enum { LOOP_INSN = GUEST_CODE + 7 };

static void make_loop(uint8_t *code, const struct guest_sweep *g)
{
	static const uint8_t store[] = { 0x89, 0x04, 0xf7,
					 0x89, 0x54, 0xf7, 0x04 };
	static const uint8_t ret[] = { 0xff, 0x14, 0x25,
		(GUEST_CTL + CTL_RETURN) & 0xff, (GUEST_CTL + CTL_RETURN) >> 8,
		0, 0 };
	const unsigned insn = LOOP_INSN - GUEST_CODE;
	unsigned at;

	memset(code, 0xcc, GUEST_SLOT);
	at = put(code, 0, "\x56", 1);
	at = put(code, at, g->stride ? "\xff\xc1" : "\x66\x90", 2);
	at = put(code, at, "\xff\xce\x74", 3);
	at = put(code, insn, g->write ? "\x0f\x30" : "\x0f\x32", 2);
	if (g->values)
		at = put(code, at, store, sizeof(store));
	if (g->stride)
		at = put(code, at, "\xff\xc1", 2);
	at = put(code, at, "\xff\xce\x75", 3);
	code[at] = insn - (at + 1);
	code[insn - 1] = at + 1 - insn;
	put(code, at + 1, ret, sizeof(ret));
}

/* Faults of the loop push on its own stack, or on the handlers' again. */
static void share_stack(struct vcpu *v, bool share)
{
	for (int i = 0; i < NR_VECTORS; i++)
		if (i != VECTOR_NMI)
			v->window[GUEST_IDT + 16 * i + 4] = !share;
	guest_ctl(v)->fault = share ? GUEST_CODE : GUEST_FAULT;
}

static void begin(struct vcpu *v, const struct guest_sweep *g)
{
	struct guest_ctl *ctl = guest_ctl(v);
	struct guest_op *o = guest_op(v, 0);

	make_loop(v->window + GUEST_CODE, g);
	memset(v->window + GUEST_SWEEP, 0xff, GUEST_DATA - GUEST_SWEEP);
	memset(o, 0, sizeof(*o));
	o->reg[GPR_RAX] = entry_rax(g);
	o->reg[GPR_RDX] = entry_rdx(g);
	o->reg[GPR_RCX] = g->index;
	o->reg[GPR_RSI] = g->n;
	/* ESI counts down to 1 */
	o->reg[GPR_RDI] = SWEEP_TOP - 8;
	o->reg[GPR_RSP] = SWEEP_TOP;
	o->rip = LOOP_INSN;
	o->rflags = 2;
	o->cs = SEL_CODE;
	o->ss = SEL_DATA;
	memset(v->window + GUEST_RECS, 0, sizeof(struct guest_rec));
	ctl->nmis = 0;
	ctl->count = 1;
	ctl->cur = 0;
	share_stack(v, true);
}

/* ---- at an exit ---- */

static void get_regs(struct vcpu *v, struct regs *r)
{
	struct kvm_regs k;

	if (v->run->kvm_valid_regs & KVM_SYNC_X86_REGS)
		k = v->run->s.regs.regs;
	else
		must(ioctl(v->fd, KVM_GET_REGS, &k));
	*r = (struct regs){ k.rax, k.rcx, k.rdx, k.rsi, k.rip };
}

/* Nothing but that access has changed RAX and RDX since the last exit. */
static void check_last(struct pass *p, u64 rax, u64 rdx)
{
	if (p->known && (rax != p->rax || rdx != p->rdx))
		p->seen[p->next ? p->next - 1 : 0].bad |= CLASS_BAD_REGS;
}

static void note_exit(struct pass *p, unsigned i, const struct regs *r)
{
	static const uint8_t zero[sizeof(((struct kvm_run *)0)->msr.pad)];
	const struct guest_sweep *g = p->g;
	const struct kvm_run *run = p->v->run;
	struct sweep_seen *s = &p->seen[i];

	/* one before it that did not exit has left its own value there */
	if (i > p->next && !g->write)
		p->known = false;
	check_last(p, r->rax, r->rdx);
	s->n++;
	s->reason = run->msr.reason;
	if (run->exit_reason != (g->write ? EXIT_X86_WRMSR : EXIT_X86_RDMSR) ||
	    run->msr.reason > REASON_ALL)
		s->bad |= CLASS_BAD_EXIT;
	if (run->msr.index != index_of(g, i) || r->rcx != index_of(g, i))
		s->bad |= CLASS_BAD_INDEX;
	if (run->msr.data != (g->write ? g->value : 0))
		s->bad |= CLASS_BAD_DATA;
	if (run->msr.error || memcmp(run->msr.pad, zero, sizeof(zero)))
		s->bad |= CLASS_BAD_ERROR;
	if (r->rip != LOOP_INSN)
		s->bad |= CLASS_BAD_RIP;
	p->next = i + 1;
	p->rax = r->rax;
	p->rdx = r->rdx;
	p->known = true;
	if (!g->write && !g->reply.error) {
		p->rax = (u32)g->reply.data;
		p->rdx = g->reply.data >> 32;
	}
}

/* Run to the end; an errno or 0, with the exit that ended it in kvm_run. */
static int answer_exits(struct pass *p)
{
	const struct kvm_run *run = p->v->run;

	for (;;) {
		int err = env_run(p->v);
		struct regs r;
		unsigned i;

		if (err || (run->exit_reason != EXIT_X86_RDMSR &&
			    run->exit_reason != EXIT_X86_WRMSR))
			return err;
		get_regs(p->v, &r);
		i = p->g->n - r.rsi;
		if (i >= p->g->n || p->seen[i].n == MAX_EXITS)
			return 0;
		note_exit(p, i, &r);
		guest_reply(p->v, &p->g->reply);
	}
}

/* ---- after the loop ---- */

/* The faults' frames; which access each belongs to says its ESI. */
static void read_faults(struct pass *p)
{
	const u64 *top = (const u64 *)(p->v->window + SWEEP_TOP);

	for (unsigned k = 0; k < p->g->n; k++, top -= SWEEP_FRAME / 8) {
		/* without an error code the last word was not pushed */
		bool has_code = top[-8] != ~0ULL;
		u64 rip = top[-5], error = has_code ? top[-6] : 0;
		u64 vector = top[has_code ? -7 : -6];
		unsigned i = p->g->n - top[has_code ? -8 : -7];

		if (rip == ~0ULL || i >= p->g->n)
			return;
		p->seen[i].vector = vector;
		if (rip != LOOP_INSN)
			p->seen[i].bad |= CLASS_BAD_RIP;
		if (vector == VECTOR_GP && (!has_code || error))
			p->seen[i].bad |= CLASS_BAD_CODE;
	}
}

static void read_values(struct pass *p)
{
	const u64 *v = (const u64 *)(p->v->window + SWEEP_TOP);

	for (unsigned i = 0; i < p->g->n; i++) {
		struct sweep_seen *s = &p->seen[i];

		if (s->vector != CLASS_DONE)
			continue;
		s->value = v[p->g->n - 1 - i];
		if (s->n && s->value != p->g->reply.data)
			s->bad |= CLASS_BAD_REGS;
	}
}

/* What the loop ended with shows what came of its last access. */
static void read_end(struct pass *p)
{
	const struct guest_sweep *g = p->g;
	const struct guest_rec *rec =
		(const struct guest_rec *)(p->v->window + GUEST_RECS);
	struct sweep_seen *last = &p->seen[g->n - 1];
	bool quiet = last->vector == CLASS_DONE && !last->n;

	if (!g->write && (p->next < g->n && quiet)) {
		/* a read's own value: its upper halves are clear */
		if (rec->reg[GPR_RAX] >> 32 || rec->reg[GPR_RDX] >> 32)
			last->bad |= CLASS_BAD_REGS;
	} else if (p->next == g->n || g->write) {
		check_last(p, rec->reg[GPR_RAX], rec->reg[GPR_RDX]);
	}
	if (rec->reg[GPR_RCX] != index_of(g, g->n))
		last->bad |= CLASS_BAD_INDEX;
}

/* How far the vCPU has come, by its own registers. */
static unsigned lost_at(struct vcpu *v, const struct guest_sweep *g)
{
	struct kvm_regs k;

	if (ioctl(v->fd, KVM_GET_REGS, &k) || !k.rsi || k.rsi > g->n)
		return 0;
	return g->n - k.rsi;
}

unsigned guest_sweep(struct vcpu *v, const struct guest_sweep *g,
		     struct sweep_seen *seen, struct outcome *o)
{
	struct pass p = { .g = g, .seen = seen, .v = v, .known = true,
			  .rax = entry_rax(g), .rdx = entry_rdx(g) };
	uint64_t valid = v->run->kvm_valid_regs;
	unsigned ended = g->n;
	int err;

	begin(v, g);
	for (unsigned i = 0; i < g->n; i++)
		seen[i] = (struct sweep_seen){ .vector = CLASS_DONE };
	guest_poison_run(v->run);
	v->run->kvm_valid_regs &= KVM_SYNC_X86_REGS;
	env_arm(v);
	err = answer_exits(&p);
	env_disarm(v);
	v->run->kvm_valid_regs = valid;
	v->completing = false;
	share_stack(v, false);
	if (err || v->run->exit_reason != KVM_EXIT_IO ||
	    v->run->io.port != GUEST_PORT_DONE) {
		v->dead = true;
		outcome_set(o, F_END, err == ETIME ? END_HANG :
				      err ? END_ERRNO :
				      v->run->exit_reason == KVM_EXIT_SHUTDOWN ?
				      END_SHUTDOWN : END_OTHER);
		outcome_set(o, F_RUN_ERRNO, err);
		outcome_set(o, F_OTHER_EXIT, v->run->exit_reason);
		ended = lost_at(v, g);
	}
	read_faults(&p);
	if (g->values)
		read_values(&p);
	if (ended == g->n)
		read_end(&p);
	return ended;
}

/* ---- a `sweep` step ---- */

void guest_sweep_step(struct vcpu *v, int step)
{
	static __thread struct sweep_seen seen[SWEEP_MAX];
	const struct step_sweep *s = &v->vm->env->prog->step[step].sweep;
	struct outcome *o = &v->vm->env->out[step];
	struct guest_sweep g = { .write = s->write, .values = s->values,
				 .stride = 1, .value = s->value,
				 .reply = s->reply, .step = step };
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
		got = guest_sweep(v, &g, seen, o);
		for (unsigned i = 0; i < got; i++) {
			outcome_run(o, g.index + i,
				    sweep_class(seen[i].n, seen[i].reason,
						seen[i].vector) | seen[i].bad);
			values = (values ^ seen[i].value ^ (g.index + i)) *
				 0x9e3779b97f4a7c15;
		}
		done += got;
		outcome_set(o, F_SWEPT, done);
		if (got < g.n) {
			outcome_run(o, g.index + got, CLASS_LOST);
			return;
		}
	}
	if (s->values)
		outcome_set(o, F_VALUES, values);
	outcome_set(o, F_END, END_DONE);
}
