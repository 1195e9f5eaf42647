// SPDX-License-Identifier: GPL-2.0-only
/* What a vCPU executes, in a reproducer; compare guest.c. */
#include <string.h>

#include "../../guest/layout.h"
#include "guest.h"
#include "repro_x86.h"

void repro_bytes(char *buf, size_t size, const u8 *b, unsigned n)
{
	int at = append(buf, size, 0, "\"");

	for (unsigned i = 0; i < n; i++)
		at = append(buf, size, at, "\\x%02x", b[i]);
	append(buf, size, at, "\"");
}

/* Userspace's answer at an exit; the number of statements. */
static int put_reply(struct repro *r, const char *vcpu,
		     const struct reply *a)
{
	if (a->has_data)
		repro_line(r, "%s.run->msr.data = 0x%llx;", vcpu,
			   (unsigned long long)a->data);
	if (a->error)
		repro_line(r, "%s.run->msr.error = %u;", vcpu, a->error);
	if (!a->junk)
		return a->has_data + !!a->error;
	repro_line(r, "memset(%s.run->msr.pad, 0x%x, 7);", vcpu, a->junk);
	repro_line(r, "%s.run->msr.reason = 0x%x;", vcpu,
		   a->junk * 0x01010101u);
	repro_line(r, "%s.run->msr.index = 0x%x;", vcpu,
		   a->junk * 0x01010101u);
	repro_line(r, "%s.run->exit_reason = 0x%x;", vcpu, a->junk);
	return a->has_data + !!a->error + 4;
}

static int reply_length(const struct reply *a)
{
	return a->has_data + !!a->error + (a->junk ? 4 : 0);
}

/* Run to the end; at each exit the same answer. */
static void put_run(struct repro *r, const char *vcpu, const struct reply *a)
{
	int n = reply_length(a);

	repro_use(r, USE_hangs);
	repro_line(r, n > 1 ? "while (run(&%s)) {" : "while (run(&%s))", vcpu);
	r->indent++;
	if (!n)
		repro_line(r, ";");
	put_reply(r, vcpu, a);
	r->indent--;
	if (n > 1)
		repro_line(r, "}");
}

static void put_access(struct repro *r, const struct step *s, int i)
{
	const struct step_access *a = &s->access;
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	bool write = s->kind == STEP_WRMSR;
	char prefix[32] = "", before[32] = "";

	if (a->nprefix) {
		repro_bytes(prefix, sizeof(prefix), a->prefix, a->nprefix);
		strcat(prefix, " ");
	}
	if (repro_uses(r, USE_before))
		append(before, sizeof(before), 0, "%s%s, ",
		       a->tf ? "SET_TF" : a->shadow == SHADOW_STI ? "STI" :
		       a->shadow ? "MOVSS" : "\"\"", a->forced ? " FORCED" : "");
	if (a->forced)
		repro_use(r, USE_forced);
	if (a->tf)
		repro_use(r, USE_tf);
	else if (a->shadow)
		repro_use(r, a->shadow == SHADOW_STI ? USE_sti : USE_movss);
	repro_use(r, write ? USE_wrmsr : USE_rdmsr);
	repro_line(r, "prepare(&%s, %d, %s%s%s);", vcpu, i + 1, before, prefix,
		   write ? "WRMSR" : "RDMSR");
	repro_line(r, "%s.regs.rcx = 0x%llx;", vcpu,
		   (unsigned long long)a->rcx_high << 32 | a->index);
	if (write) {
		repro_line(r, "%s.regs.rax = 0x%llx;", vcpu, (unsigned long long)
			   guest_entry_reg(r->p, i, GPR_RAX));
		repro_line(r, "%s.regs.rdx = 0x%llx;", vcpu, (unsigned long long)
			   guest_entry_reg(r->p, i, GPR_RDX));
	}
	if (!a->tf && a->shadow == SHADOW_MOVSS)
		repro_line(r, "%s.regs.rbx = 0x10;\t/* data segment */", vcpu);
	if (a->cpl == 3) {
		repro_use(r, USE_cpl3);
		repro_line(r, "%s.cpl = 3;", vcpu);
	}
	if (!a->hold) {
		put_run(r, vcpu, &a->reply);
		return;
	}
	repro_use(r, USE_hangs);
	repro_use(r, USE_hold);
	repro_line(r, "if (run(&%s))", vcpu);
	repro_line(r, "\tgot.end = HELD;");
}

static void put_code(struct repro *r, const struct step *s, int i)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_code *k = &s->code;
	const struct reply none = { 0 };
	char code[160];

	if (s->kind == STEP_SPIN) {
		repro_use(r, USE_spin);
		strcpy(code, "SPIN");
	} else {
		repro_bytes(code, sizeof(code), k->bytes, k->len);
	}
	repro_line(r, "prepare(&%s, %d, %s%s);", vcpu, i + 1,
		   repro_uses(r, USE_before) ? "\"\", " : "", code);
	if (s->kind == STEP_CODE) {
		repro_line(r, "%s.regs.rax = 0x%llx;", vcpu,
			   (unsigned long long)k->rax);
		repro_line(r, "%s.regs.rbx = 0x%llx;", vcpu,
			   (unsigned long long)k->rbx);
		repro_line(r, "%s.regs.rcx = 0x%llx;", vcpu,
			   (unsigned long long)k->rcx);
		repro_line(r, "%s.regs.rdx = 0x%llx;", vcpu,
			   (unsigned long long)k->rdx);
	} else {
		/* Bochs's SVM lets no host interrupt end it with IF clear */
		repro_line(r, "%s.regs.rflags |= 0x200;", vcpu);
	}
	put_run(r, vcpu, &none);
}

/* KVM_RUN that returns before the guest runs. */
static void put_odd_resume(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_resume *k = &s->resume;

	repro_use(r, USE_run_once);
	repro_use(r, USE_hangs);
	if (k->immediate)
		repro_line(r, "%s.run->immediate_exit = 1;", vcpu);
	if (k->valid)
		repro_line(r, "%s.run->kvm_valid_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->valid);
	if (k->dirty)
		repro_line(r, "%s.run->kvm_dirty_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->dirty);
	if (k->signal)
		repro_use(r, USE_signal);
	repro_line(r, "run_once%s(&%s, %#llx);",
		   k->signal ? "_signalled" : "", vcpu,
		   (unsigned long long)k->arg);
	if (k->dirty)
		repro_line(r, "%s.run->kvm_dirty_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->dirty);
	if (k->valid)
		repro_line(r, "%s.run->kvm_valid_regs ^= 0x%llx;", vcpu,
			   (unsigned long long)k->valid);
	if (k->immediate)
		repro_line(r, "%s.run->immediate_exit = 0;", vcpu);
	if (r->uninitialized[s->vm][s->vcpu] &&
	    r->at[s->vm][s->vcpu] == VCPU_HELD)
		repro_line(r, "%s.answered = true;\t/* nothing completed */",
			   vcpu);
}

static void put_resume(struct repro *r, const struct step *s)
{
	const char *vcpu = repro_vcpu(r, s->vm, s->vcpu);
	const struct step_resume *k = &s->resume;
	bool odd = k->immediate || k->signal || k->arg || k->valid || k->dirty;
	bool answer = reply_length(&k->reply) &&
		      r->at[s->vm][s->vcpu] == VCPU_HELD;

	if (odd) {
		if (answer)
			put_reply(r, vcpu, &k->reply);
		put_odd_resume(r, s);
		return;
	}
	repro_line(r, "got = (struct got){ 0 };");
	if (!answer) {
		put_run(r, vcpu, &k->reply);
		return;
	}
	repro_use(r, USE_hangs);
	repro_line(r, "do {");
	r->indent++;
	put_reply(r, vcpu, &k->reply);
	r->indent--;
	repro_line(r, "} while (run(&%s));", vcpu);
}

/* A NOP and the way back lie where RIP may be set to. */
static bool lands(const struct program *p)
{
	for (int i = 0; i < p->nsteps; i++)
		if (p->step[i].kind == STEP_SET_REGS &&
		    p->step[i].regs.set & SET_RIP)
			return true;
	return false;
}

void repro_guest_step(struct repro *r, int i)
{
	const struct step *s = &r->p->step[i];

	if (s->kind == STEP_RESUME) {
		put_resume(r, s);
		return;
	}
	repro_use(r, USE_access);
	if (lands(r->p))
		repro_use(r, USE_landing);
	if (s->kind == STEP_CODE || s->kind == STEP_SPIN)
		put_code(r, s, i);
	else
		put_access(r, s, i);
}
