/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program as one C file that needs nothing but libc and the kernel's UAPI
 * headers: what a mail to a mailing list wants.  repro.c writes main() step by
 * step with the predicted outcomes, x86/repro_x86.c what a step does, and
 * x86/repro/ has the fixed text around it, of which only what the steps use is
 * printed.
 */
#ifndef DEFLECT_REPRO_H
#define DEFLECT_REPRO_H

#include <stdio.h>

#include "model.h"

/*
 * Print the program that reproduces @p on @f.  With @have_kvm KVM's own answers
 * are asked of /dev/kvm, otherwise what depends on them is left unchecked.
 * Returns the exit status: 0, 2 with a line on stderr for a step that cannot
 * be reproduced or a program for arm64, 3 for an error of ours or the environment's.
 */
int repro_print(FILE *f, const struct machine *m, const struct program *p,
		bool have_kvm);

/*
 * What of the fixed text a program uses, by the names under which the text
 * itself knows them: `@if NAME|!NAME`, `@else`, `@end`; `@[NAME]` for a line.
 */
#define REPRO_USES(X)							\
	X(results) X(ret) X(want) X(alternatives) X(named) X(odd)	\
	X(object) X(filter) X(unmap) X(place) X(protect) X(in_guest)	\
	X(slot) X(mode) X(set_cpuid) X(long_mode) X(mem) X(no_cpuid)	\
	X(irqchip) X(vcpu_close) X(get_msr) X(set_msr) X(guest)		\
	X(access) X(rdmsr) X(wrmsr) X(before) X(tf) X(sti) X(movss)	\
	X(forced)							\
	X(spin) X(await) X(cpl3) X(landing) X(nmi) X(nmis) X(debug)	\
	X(hangs) X(run_once) X(signal) X(regs) X(events) X(peek)	\
	X(copy) X(init) X(exit) X(tail_changed) X(exit_shadow)		\
	X(registers) X(cr2) X(dr6) X(changed) X(hold) X(any_end)	\
	X(any_reason) X(threads) X(in_thread) X(child) X(dirty) X(kvm)	\
	X(cpuid_bits)

enum repro_use {
#define X(name) USE_##name,
	REPRO_USES(X)
#undef X
	NR_USES
};

/* Variables of a function, declared if it uses them. */
enum repro_local {
	LOCAL_CAP, LOCAL_FILTER, LOCAL_BITS, LOCAL_REGS, LOCAL_SREGS,
	LOCAL_EVENTS, LOCAL_DEBUG, LOCAL_MP, LOCAL_ZERO, LOCAL_WORDS,
	LOCAL_CPUID, NR_LOCALS
};

struct repro {
	const struct machine *m;
	const struct program *p;
	const struct prediction *pred;
	bool have_kvm;
	u64 uses;		/* enum repro_use */
	u32 locals;		/* enum repro_local, of the function */
	FILE *out;		/* the function being written */
	int indent;
	bool gap;		/* an empty line before the next one */
	bool vm[MAX_VMS];	/* exist at this point */
	bool mem[MAX_VMS];
	bool vcpu[MAX_VMS][MAX_VCPUS];
	bool vm_ever[MAX_VMS], mem_ever[MAX_VMS];
	bool vcpu_ever[MAX_VMS][MAX_VCPUS];
	enum { VCPU_FREE, VCPU_HELD, VCPU_PAUSED } at[MAX_VMS][MAX_VCPUS];
	bool uninitialized[MAX_VMS][MAX_VCPUS];	/* KVM_RUN completes nothing */
	/* what its held access did is not known */
	bool open[MAX_VMS][MAX_VCPUS];
};

static inline void repro_use(struct repro *r, enum repro_use u)
{
	r->uses |= 1ULL << u;
}

static inline bool repro_uses(const struct repro *r, enum repro_use u)
{
	return r->uses >> u & 1;
}

static inline void repro_local(struct repro *r, enum repro_local l)
{
	r->locals |= 1u << l;
}

/* ---- repro_lines.c ---- */

enum { REPRO_WIDTH = 80 };

void repro_indent(FILE *f, int column);
/* A line at a column; @s may begin with tabs of its own. */
void repro_put_line(FILE *f, int column, const char *s);
/* A comment at @indent tabs; a paragraph inside of one, filled. */
void repro_put_comment(FILE *f, int indent, const char *s);
void repro_put_paragraph(FILE *f, int indent, const char *s);
/* A string literal, in pieces from column @at on, then @end. */
void repro_put_string(FILE *f, int at, const char *s, const char *end);

/* A line of the function being written. */
void repro_line(struct repro *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- repro_text.c ---- */

void repro_put_text(const struct repro *r, FILE *f);

/* ---- repro.c ---- */

/* How the program calls a VM, its memory and a vCPU. */
const char *repro_vm(struct repro *r, unsigned vm);
const char *repro_mem(struct repro *r, unsigned vm);
const char *repro_vcpu(struct repro *r, unsigned vm, unsigned vcpu);

/* ---- what an architecture provides ---- */

/* Whether a step can be reproduced. */
bool repro_can(const struct step *s);

/* What the whole program says about the fixed text it will use. */
void repro_scan(struct repro *r);
/* The same of an outcome that is wanted from step @i. */
void repro_scan_want(struct repro *r, int i, const struct outcome *want);

/* Have the VM and vCPU that step @i names created. */
void repro_create(struct repro *r, int i);
/* The step itself; what it shows ends up in `got`. */
void repro_step(struct repro *r, int i);
/* What of `got` may be anything by @want, an outcome of step @i. */
void repro_forget(struct repro *r, int i, const struct outcome *want);

/* What is declared for a variable, and the fixed text. */
extern const char *const repro_locals[NR_LOCALS];
extern const char repro_text[], repro_text_end[];

#endif
