/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine under test, probed once; read by predict() and run() alike.
 * Nothing in here is derived from the behaviour under test: which era's rules
 * bind is a declared fact of the kernel line, not a probe.
 */
#ifndef DEFLECT_MACHINE_H
#define DEFLECT_MACHINE_H

#include "program.h"

enum vendor { VENDOR_OTHER, VENDOR_INTEL, VENDOR_AMD, VENDOR_ARM };

enum { MAX_MSR_LIST = 1024 };

struct machine {
	char name[32];		/* "host", "amd", "intel", ... */
	char release[96];	/* uname -r */
	char version[96];	/* uname -v */
	char module[32];	/* "kvm_intel", "kvm_amd", "kvm_pvm", ... */
	char cpu[96];		/* model name of /proc/cpuinfo */
	char emulator[96];	/* "" on hardware */
	char params[1536];	/* "kvm.ignore_msrs=N ..." */
	enum vendor vendor;
	unsigned eras;		/* enum era; two bits between two lines */
	bool ignore_msrs;
	bool unreported;	/* kvm.report_ignored_msrs=0 */
	bool nrips;		/* the CPU tells KVM the next RIP */
	bool msr_imm;		/* KVM offers the immediate forms in CPUID */
	bool forced_emulation;	/* kvm.force_emulation_prefix */
	bool wants_tss;		/* VMX without unrestricted guest does */
	bool loses_cr2;		/* the emulator does not switch CR2: nothing can
				 * be said of it */
	bool loses_shadow;	/* the emulator sometimes forgets an interrupt
				 * shadow: one that there was may be gone */
	bool loses_shadow_at_fault;	/* that one is gone when the exit is that
				 * of a fault, as when KVM is to emulate */
	bool dies_of_tf;	/* the emulator ends: of an intercepted access
				 * with RFLAGS.TF, */
	bool dies_of_shutdown;	/* of a guest that triple faults, */
	bool dies_of_v86;	/* of one in virtual-8086 mode */
	u64 features;		/* CPUID that KVM supports: enum feature */
	bool any_address;	/* the emulator takes addresses that are not
				 * canonical where a CPU raises #GP */
	unsigned facts;		/* enum fact, reasons.h */
	unsigned sync_regs;	/* KVM_CAP_SYNC_REGS: valid bits */
	unsigned needs;		/* enum need, those it has */
	unsigned nmsrs;		/* KVM_GET_MSR_INDEX_LIST */
	u32 msr_list[MAX_MSR_LIST];
};

/*
 * Fill @m from /dev/kvm, /proc and /sys.  Returns 0, or -1 with one line in
 * @why: no /dev/kvm, not allowed, or no MSR filter in this kernel.
 */
int machine_probe(struct machine *m, char *why, size_t size);

/* Which of NEED_X86 and NEED_ARM64 this program runs on. */
extern const enum need machine_arch;

/* "6.1", "5.10", "6.12", "7.2", "7.3"; also "6.12,7.2".  0 if unknown. */
unsigned machine_eras(const char *text);

/* The other way round, the lines separated by @sep. */
const char *machine_eras_text(unsigned eras, char *buf, size_t size,
			      const char *sep);

/* "intel", "amd", "arm64", "other", and back. */
const char *vendor_name(enum vendor v);
enum vendor vendor_by_name(const char *name);

/* Era bits of a kernel release string; two when it lies between two lines. */
unsigned machine_release_eras(const char *release);

enum { MAX_LINE_NAME = 24 };

/*
 * The kernel line that a release is of: "6.1" for "6.1.0-56-cloud-amd64", "7.3"
 * for "7.3-rc7".  False if it says none; then the release itself, cut short.
 */
bool machine_line(const char *release, char line[MAX_LINE_NAME]);

/* The value of a module's parameter; false if there is none. */
bool machine_param(const char *module, const char *param, char *val,
		   size_t size);

/* The same as a yes: "Y" or "1". */
bool machine_param_on(const char *module, const char *param);

/* ---- for the machine_probe() of an architecture ---- */

/* What any machine tells: kernel, name, eras, and who we are. */
void machine_begin(struct machine *m);
/* Add the parameters of a module to m->params. */
void machine_read_params(struct machine *m, const char *module);
/* /dev/kvm and a VM on it; -1 with one line in @why. */
int machine_open(int *vm, char *why, size_t size);

/* ---- what a machine can do ---- */

/* The first need of @needs the machine lacks, in words; NULL if none. */
const char *machine_lacks(const struct machine *m, unsigned needs);

/* Whether the rule binds on this machine: era and vendor. */
bool machine_bound(const struct machine *m, enum rule r);

#endif
