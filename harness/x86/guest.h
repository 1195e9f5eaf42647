/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 vCPUs.  vcpu.c makes them, guest.c has them execute guest steps,
 * state.c looks at and changes the state of one that is held at an exit.
 */
#ifndef DEFLECT_X86_GUEST_H
#define DEFLECT_X86_GUEST_H

#include "../../guest/layout.h"
#include "../program.h"

struct vcpu;
struct kvm_regs;
struct kvm_sregs;
struct kvm_run;
struct machine;

/* ---- what the model knows of an operation ---- */

/* Contents of RAX, RCX or RDX, and of CR2, when an access begins. */
uint64_t guest_entry_reg(const struct program *p, int step, int reg);
uint64_t guest_cr2(const struct program *p, int step);

/* The bytes of a step's instruction into @code; returns their length. */
int guest_insn_code(const struct step *s, uint8_t *code);

/* Length of a step's instruction, prefixes included; the one that forces
 * emulation is not counted, it lies before. */
int guest_insn_len(const struct step *s);
enum { FORCED_LEN = 5 };

enum {
	RFLAGS_FIXED = 2,
	RFLAGS_TF = 0x100,
	RFLAGS_IF = 0x200,
	RFLAGS_IOPL = 0x3000,
	RFLAGS_RF = 0x10000,
	RFLAGS_VM = 0x20000,
};

/*
 * Where `set_regs rip=` may lead: behind this offset from the instruction lie
 * a two-byte NOP and the way back into the payload.
 */
enum { GUEST_LANDING = 16 };

/* ---- modes.c ---- */

/* Bit n: guests can be in the n-th enum cpu_mode. */
unsigned guest_probe_modes(const struct machine *m);

/* Window and registers for a mode, at the start of its payload. */
void guest_mode_set(struct vcpu *v, enum cpu_mode mode);
void guest_mode_sregs(const struct vcpu *v, struct kvm_sregs *s);

/* The bits that general registers have, and the rest of them. */
uint64_t guest_reg_mask(enum cpu_mode m);
uint64_t guest_high_reg(int reg);

/* Address of offset 0 of the operations' code segment, unless it wraps. */
unsigned guest_cs_base(enum cpu_mode m);

/*
 * CS:RIP, SS:RSP and flags of operation @i, whose code begins at linear RIP;
 * @a if it is an access, and @len the bytes of it before offset 0 if it wraps.
 */
void guest_mode_op(struct vcpu *v, int i, const struct step_access *a,
		   unsigned len);

/* Offset 0 of the code segment of an access that wraps, within its slot. */
enum { GUEST_WRAP = 24 };

/* ---- vcpu.c ---- */

/* `vcpu`: into another mode, unless it is amid an access (EBUSY). */
void guest_set_mode(struct vcpu *v, enum cpu_mode mode, struct outcome *o);

/* The payload's registers, in the mode of the vCPU. */
void guest_enter_payload(struct vcpu *v);

/* ---- vm.c ---- */

/* Is there a 32-bit syscall entry? Tried in a child: without, it is a signal. */
bool env_has_int80(void);

/* ---- cpuid.c ---- */

/* What KVM_GET_SUPPORTED_CPUID has of suites/features.def; 0 if it fails. */
u64 cpuid_supported(int kvm);

/*
 * What @n-th change @want makes to a register (0 to 3: EAX to EDX) of a leaf:
 * false after the last.
 */
struct cpuid_change {
	u32 function, index;
	int reg;
	u32 clear, set;
};
bool cpuid_change(const struct step_cpuid *want, int n,
		  struct cpuid_change *change);

/* KVM_SET_CPUID2; returns what the ioctl does. */
int guest_set_cpuid(struct vcpu *v, const struct step_cpuid *want);

/* INIT and SIPI for a vCPU with an in-kernel APIC that is not the BSP. */
void guest_init_sipi(struct vcpu *v, struct outcome *o);

/* ---- guest.c ---- */

struct guest_ctl *guest_ctl(struct vcpu *v);
struct guest_op *guest_op(struct vcpu *v, int i);

/* Offset in CS of the instruction of the operation the vCPU is at. */
uint64_t guest_insn(struct vcpu *v);

/* And where its bytes are. */
uint8_t *guest_insn_bytes(struct vcpu *v);

/* General registers in encoding order; bit mask of those that differ. */
void guest_regs_array(const struct kvm_regs *k, uint64_t r[NR_GPRS]);
uint64_t guest_regs_changed(const uint64_t *now, const uint64_t *before);

/* ---- each.c ---- */

/* An `each` step. */
void guest_each(struct vcpu *v, const struct step *s, struct outcome *o);

/* ---- guest.c ---- */

/* `stop`: leave the `spin` loop. */
void guest_stop(struct vcpu *v);

/* Content of a register that a step does not set. */
uint64_t guest_poison(int step, int reg);

/* kvm_run's content before a KVM_RUN that completes nothing. */
void guest_poison_run(struct kvm_run *run);

/* Userspace's answer into kvm_run.msr. */
void guest_reply(struct vcpu *v, const struct reply *r);

/* ---- nested.c ---- */

/* `nested`: what L1 will tell the CPU about L2. */
void guest_nested(struct vcpu *v, const struct step *s, struct outcome *o);
/* How the operation ended if it exited to L1; false: it did not. */
bool guest_nested_end(struct vcpu *v, const struct guest_rec *r,
		      struct outcome *o);
/* `nested_state`; and that state into another vCPU. */
void guest_nested_state(struct vcpu *v, struct outcome *o);
void guest_nested_copy(struct vcpu *from, struct vcpu *to);

/* ---- sweep.c ---- */

/* Up to SWEEP_MAX accesses that the guest makes in a loop. */
struct guest_sweep {
	bool write;
	bool values;		/* of reads: keep what they give */
	uint32_t index, stride;	/* of the first; to the next, 0 or 1 */
	unsigned n;
	uint64_t value;		/* of each write */
	struct reply reply;	/* at every exit */
	int step;		/* whose registers it has */
};

/* What came of one of them. */
struct sweep_seen {
	uint8_t n, reason;	/* exits; of the last one */
	uint8_t vector;		/* of its fault, or CLASS_DONE */
	uint32_t bad;		/* CLASS_BAD_* */
	uint64_t value;		/* without a fault, if wanted: EDX:EAX */
};

/*
 * Have @v make them.  Returns how many ended, with @seen filled for each: fewer
 * than asked if the vCPU was lost, and then @o says how.
 */
unsigned guest_sweep(struct vcpu *v, const struct guest_sweep *g,
		     struct sweep_seen *seen, struct outcome *o);

/* A `sweep` step. */
void guest_sweep_step(struct vcpu *v, int step);

/* ---- accessors.c ---- */

struct env;

/* A host step of userspace's accessors; false: none of these. */
bool guest_accessor_step(struct env *e, int step);

/* ---- state.c ---- */

/* A host step that concerns the state of one vCPU; false: none of these. */
bool guest_state_step(struct vcpu *v, const struct step *s,
		      struct outcome *o);

#endif
