// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that use an MSR without naming it are not filtered, neither
 * when the CPU executes them nor when KVM's emulator does: each under a filter
 * that denies every MSR, with and without exits enabled.  Groups EXIT, MATCH
 * and EMU; D4.97.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

/*
 * Where the code of a step lies if a host step precedes it that the control
 * makes as well, like get_msr: guest/layout.h.
 */
enum { CODE = 0x13000 };

enum { SYSENTER_CS = 0x174, SYSENTER_ESP, SYSENTER_EIP, TSC = 0x10, XSS = 0xda0,
       PMC0 = 0xc1, EFER = 0xc0000080, STAR, LSTAR, TSC_AUX = 0xc0000103 };

/* An instruction with what comes before and behind it. */
struct sequence {
	const char *name;
	const char *mode;
	unsigned uses;		/* an MSR it uses */
	bool emulated;		/* KVM's emulator has it, too */
	const char *before;
	const char *insn;
	const char *behind;	/* reached only by way of `target` */
	/* printf formats with the address of what follows @behind */
	const char *setup;	/* steps */
	const char *regs;
};

/*
 * The stack is in the page that every operation begins with: were it not mapped
 * yet when the INT3 there is delivered, KVM would be told by Bochs's SVM to
 * deliver the #UD of the prefix again, seen once in some thousand runs.
 */
#define SYSENTER							\
	"set_msr 0x174 0x8 -> 1\nset_msr 0x175 0x1e800 -> 1\n"		\
	"set_msr 0x176 0x%x -> 1\n"

static const struct sequence sequences[] = {
	{ "rdtsc", "long", TSC, true, "", "0f31", "", "", "" },
	{ "rdtscp", "long", TSC_AUX, true, "", "0f01f9", "", "", "" },
	{ "rdpmc", "long", PMC0, true, "", "0f33", "", "", " rcx=0x0" },
	{ "rdpid", "long", TSC_AUX, true, "", "f30fc7f8", "", "", "" },
	{ "syscall", "long", LSTAR, true, "", "0f05", "cccc",
	  "set_msr 0xc0000081 0x0018000800000000 -> 1\n"
	  "set_msr 0xc0000084 0x0 -> 1\n"
	  "set_msr 0xc0000082 0x%x -> 1\n", "" },
	/* mov $2, %r11d; sysretq; int $0x20 at CPL 3 */
	{ "sysret", "long", STAR, false, "41bb02000000", "480f07", "cccc",
	  "set_msr 0xc0000081 0x0018000800000000 -> 1\n", " rcx=0x%x" },
	{ "sysenter", "prot32", SYSENTER_EIP, true, "", "0f34", "cccc",
	  SYSENTER, "" },
	{ "sysenter-in-long-mode", "long", SYSENTER_EIP, true, "", "0f34",
	  "cccc", SYSENTER, "" },
	{ "sysexit", "prot32", SYSENTER_CS, true, "", "0f35", "cccc", SYSENTER,
	  " rcx=0x1e800 rdx=0x%x" },
	{ "sysexit-in-long-mode", "long", SYSENTER_CS, true, "", "480f35",
	  "cccc", SYSENTER, " rcx=0x1e800 rdx=0x%x" },
	/* push %rcx; push %rdx; lret */
	{ "far-return", "long", EFER, true, "5152", "48cb", "cccc", "",
	  " rcx=0x8 rdx=0x%x" },
	{ "far-return-in-protected-mode", "prot32", EFER, true, "5152", "cb",
	  "cccc", "", " rcx=0x40 rdx=0x%x" },
	/* push %rdx; ljmp *(%rsp): 32 bits of offset, a selector */
	{ "far-jump", "long", EFER, true, "52", "ff2c24", "cccc", "",
	  " rdx=0x8%08x" },
	/* mov %cr3, %rax; mov %rax, %cr3 */
	{ "load-of-cr3", "long", EFER, true, "0f20d8", "0f22d8", "", "", "" },
	/* mov %cr0, %rax; mov %rax, %cr0 */
	{ "load-of-cr0", "long", EFER, true, "0f20c0", "0f22c0", "", "", "" },
	/* with CR4.OSXSAVE; of nothing, to the stack */
	{ "xsaves", "long", XSS, false, "0f20e0480d000004000f22e031c031d2",
	  "0fc72c2500e00100", "", "", "" },
};

static void unfiltered(struct emitter *e, const struct sequence *s, bool forced)
{
	unsigned target = CODE + (strlen(s->before) + strlen(s->insn) +
				  strlen(s->behind)) / 2 + (forced ? 5 : 0);
	char setup[256], regs[64], code[160];
	/* at CPL 3 only an interrupt leads back */
	bool user = !strncmp(s->name, "sysret", 6) ||
		    !strncmp(s->name, "sysexit", 7);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(setup, sizeof(setup), s->setup, target);
	snprintf(regs, sizeof(regs), s->regs, target);
#pragma GCC diagnostic pop
	snprintf(code, sizeof(code), "code %s%s%s%s%s%s\n", s->before,
		 forced ? "0f0b6b766d" : "", s->insn, s->behind,
		 user ? "cd20" : "", regs);
	emit(e,
	     "case %s/%s-is-not-filtered\n"
	     "rules %s\n"
	     "%s"
	     "vcpu mode=%s\n"
	     "cap 0x7 -> 0\n"
	     "%s"
	     "filter deny range rw 0xdeadbeef+1 = 0 -> 0\n"
	     "rdmsr 0x%x -> exit filter\n"
	     "get_msr 0x174\n"
	     "%s"
	     "cap 0x0 -> 0\n"
	     "get_msr 0x174\n"
	     "%s",
	     forced ? "emu" : "exit", s->name,
	     forced ? "emu_implicit_use_unfiltered" :
	     s->uses == TSC || s->uses == PMC0 || s->uses == TSC_AUX ?
	     "exit_not_for_counter_reads" : "exit_not_for_msr_users",
	     forced ? "needs forced_emulation\n" : "", s->mode, setup, s->uses,
	     code, code);
}

static void families(struct emitter *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		unfiltered(e, &sequences[i], false);
		if (sequences[i].emulated)
			unfiltered(e, &sequences[i], true);
	}
}

SUITE(NULL, families);
