/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program: the one representation of a test.  Suites, .prog files and the
 * fuzzer all produce it; predict() and run() both read it.  It has a text form
 * (text.h) that prints, parses, mails and replays.
 *
 * A program is a list of steps in order.  A step names the VM, the vCPU and
 * the actor it concerns; VMs and vCPUs come into being when first named, so a
 * `vcpu` step is only needed where the moment of creation matters.
 */
#ifndef DEFLECT_PROGRAM_H
#define DEFLECT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outcome.h"
#include "rules.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int64_t s64;

enum {
	MAX_STEPS = 72,
	MAX_VMS = 3,
	MAX_VCPUS = 4,
	MAX_THREADS = 8,
	MAX_ACTORS = 1 + MAX_THREADS + 1,
	MAX_RANGES = 16,
	MAX_FLIPS = 8,
	MAX_CODE = 32,
	MAX_NESTED = 12,
	MAX_RULES_PER_CASE = 12,
	MAX_NAME = 96,
	/* what the UAPI header calls KVM_MSR_FILTER_MAX_BITMAP_SIZE, in MSRs */
	MAX_RANGE_MSRS = 0x600 * 8,
};

enum step_kind {
	STEP_CHECK_CAP,	/* KVM_CHECK_EXTENSION */
	STEP_CAP,	/* KVM_ENABLE_CAP */
	STEP_FILTER,	/* KVM_X86_SET_MSR_FILTER */
	STEP_IOCTL,	/* any request on any fd with any argument */
	STEP_VCPU,	/* KVM_CREATE_VCPU and its set-up */
	STEP_IRQCHIP,	/* KVM_CREATE_IRQCHIP or the split one */
	STEP_CPUID,	/* KVM_SET_CPUID2 */
	STEP_XEN_PAGE,	/* KVM_XEN_HVM_CONFIG: an MSR whose writes fail */
	STEP_GET_MSR,	/* KVM_GET_MSRS of one MSR */
	STEP_SET_MSR,	/* KVM_SET_MSRS of one MSR */
	STEP_SREGS,	/* KVM_GET_SREGS, KVM_SET_SREGS of the same, GET */
	STEP_INIT,	/* INIT and SIPI, then back to the payload's mode */
	STEP_RDMSR,
	STEP_WRMSR,
	STEP_CODE,	/* any instruction bytes */
	STEP_SWEEP,	/* the same access to a range of indices */
	STEP_RESUME,	/* KVM_RUN of a vCPU held at an exit, or paused after */
	STEP_SET_REGS,	/* KVM_SET_REGS, or dirty registers, of such a vCPU */
	STEP_REGS,	/* KVM_GET_REGS of it */
	STEP_EVENTS,	/* KVM_GET_VCPU_EVENTS */
	STEP_INJECT,	/* KVM_SET_VCPU_EVENTS with an exception */
	STEP_PEEK,	/* every ioctl that only looks at a vCPU */
	STEP_NMI,	/* KVM_NMI */
	STEP_DEBUG,	/* KVM_SET_GUEST_DEBUG */
	STEP_IDT,	/* limit of the IDT, through KVM_SET_SREGS */
	STEP_COPY,	/* the vCPU's whole state into another VM's */
	STEP_POKE,	/* other bytes where the held instruction stands */
	STEP_MP_STATE,	/* KVM_SET_MP_STATE */
	STEP_NESTED,	/* how L1 runs its guest from here on */
	STEP_NESTED_STATE, /* KVM_GET_NESTED_STATE, then _SET_ of the same */
	STEP_NATIVE,	/* one access many times: does each exit to KVM? */
	STEP_EACH,	/* one kind of access to every MSR of a set */
	STEP_SPIN,	/* guest loop without exits until a `stop` */
	STEP_STOP,	/* end another actor's `spin` */
	STEP_WAIT,	/* for an actor's step started with `&` */
	STEP_CLOSE,	/* drop the VM and its vCPUs */
	STEP_RACE,	/* what follows happens at once, */
	STEP_END,	/* up to here; see race.h */
	STEP_MSRS,	/* KVM_GET_MSRS or KVM_SET_MSRS of an array */
	STEP_INDEX_LIST,	/* KVM_GET_MSR_INDEX_LIST, or of features */
	STEP_ONE_REG,	/* KVM_GET_ONE_REG or KVM_SET_ONE_REG */
	STEP_LEAK,	/* kernel memory kept after many filters and VMs */
	/* of arm64 alone */
	STEP_INSN,	/* one instruction of a list, at a place in memory */
	STEP_SET_REG,	/* KVM_SET_ONE_REG of a general register or PC */
	STEP_GET_REG,	/* KVM_GET_ONE_REG of the same */
	STEP_SET_EVENTS, /* KVM_SET_VCPU_EVENTS as arm64 has it */
	STEP_GET_EVENTS, /* KVM_GET_VCPU_EVENTS */
	STEP_MMU,	/* stage 1 of the guest: on from here on */
	NR_STEP_KINDS,
};

/* The mode of a vCPU, what its payload and its operations run in. */
enum cpu_mode {
	MODE_LONG,	/* 64-bit */
	MODE_COMPAT,	/* 32-bit code of long mode */
	MODE_PROT32,	/* paging of two levels */
	MODE_PAE,	/* 32-bit code, PAE paging */
	MODE_PROT16,	/* 16-bit code segment of 64 KiB */
	MODE_V86,	/* virtual-8086 */
	MODE_REAL,
	MODE_SMM,	/* real-address-like, after an SMI; vCPU 0 only */
	NR_MODES,
};

/* Who performs a step. */
enum actor {
	ACTOR_MAIN,
	ACTOR_T1,	/* threads of the creating process */
	ACTOR_T2,
	ACTOR_T3,
	ACTOR_T_LAST = MAX_THREADS,
	ACTOR_CHILD,	/* a forked child: another address space */
};

static inline bool actor_is_thread(enum actor a)
{
	return a >= ACTOR_T1 && a <= ACTOR_T_LAST;
}

enum fd_kind {
	FD_VM,
	FD_VCPU,
	FD_KVM,		/* /dev/kvm itself */
	NR_FD_KINDS,
};

/*
 * Where an object handed to the kernel lies.  Sizes are those the kernel must
 * read: 392 bytes for the filter, the rounded bitmap, 104 for a capability.
 */
enum place_kind {
	PLACE_PAGE_END,	/* last byte readable, the next one not: the default */
	PLACE_READABLE,	/* only the first `readable` bytes before the hole */
	PLACE_NULL,
	PLACE_HOLE,	/* never mapped */
	PLACE_NOACCESS,	/* PROT_NONE */
	PLACE_KERNEL,	/* a kernel address */
	PLACE_NONCANON,
	PLACE_LAST,	/* ~0: any object there wraps */
	PLACE_RDONLY,	/* PROT_READ mapping */
	PLACE_FILE,	/* shared file mapping */
	PLACE_GUEST,	/* inside a memory slot of the VM */
	PLACE_ODD,	/* odd address, ends at a page's end all the same */
	PLACE_FIRST,	/* the object of the first range: shared, bitmaps only */
	PLACE_LATE,	/* in a page that comes when its thread is waited for:
			 * until then the kernel waits, too; bitmaps, and the
			 * array of `msrs get` */
	NR_PLACES,
};

struct place {
	enum place_kind kind;
	u16 readable;
};

/* Every bit is that of `fill` repeated, except at the `flip` positions. */
struct bitmap {
	u8 fill;
	u8 nflips;
	u16 flip[MAX_FLIPS];
	struct place at;
};

struct range {
	u32 flags;	/* 1 READ, 2 WRITE */
	u32 nmsrs;	/* 0: slot not used */
	u32 base;
	struct bitmap bits;
};

/* What happens to the caller's bitmaps once the call has returned. */
enum after { AFTER_INVERT, AFTER_UNMAP };

struct step_filter {
	u32 flags;	/* 1 DEFAULT_DENY */
	u32 request;	/* 0: KVM_X86_SET_MSR_FILTER */
	enum fd_kind fd;
	struct place at;
	u8 pad;		/* content of the struct's padding */
	enum after after;
	struct range range[MAX_RANGES];
};

struct step_cap {
	u32 nr;		/* KVM_CAP_X86_USER_SPACE_MSR unless said otherwise */
	u32 flags;
	u64 arg;	/* args[0] */
	u64 rest;	/* args[1..3] */
	u8 pad;		/* content of pad[64] */
	enum fd_kind fd;
	struct place at;
};

struct step_ioctl {
	u32 request;
	enum fd_kind fd;
	struct place at;	/* argument, unless `value` is given */
	u64 value;
	bool has_value;
	u8 ndata;
	u64 data[6];		/* what the object begins with; then zeroes */
};

/*
 * How userspace answers an MSR exit: `data` untouched unless has_data; with
 * `junk` every other field of kvm_run.msr, and exit_reason, is overwritten.
 */
struct reply {
	u64 data;
	u8 error;
	bool has_data;
	u8 junk;
};

enum shadow { SHADOW_NONE, SHADOW_STI, SHADOW_MOVSS };

struct step_access {
	u32 index;
	/* garbage above the low halves that the instruction uses */
	u32 rcx_high, rax_high, rdx_high;
	u64 value;	/* WRMSR: EDX:EAX */
	bool over;	/* RDMSR: so are they there, to be overwritten */
	u8 nprefix, prefix[4];
	u8 cpl;		/* 0 or 3 */
	bool tf;	/* RFLAGS.TF on entry */
	bool forced;	/* behind KVM's forced emulation prefix */
	bool wraps;	/* ends with the last byte of a 4 GiB segment */
	enum shadow shadow;	/* of the instruction before */
	bool hold;	/* stay at the exit; a later `resume` goes on */
	struct reply reply;
};

struct step_sweep {
	u32 first, last;	/* indices */
	bool write;
	bool values;		/* keep what reads give, as a hash */
	u64 value;		/* of each write */
	struct reply reply;	/* at every exit */
};

struct step_resume {
	struct reply reply;
	bool immediate;	/* immediate_exit set */
	bool signal;	/* an unmasked signal pending */
	u64 arg;	/* of the KVM_RUN ioctl */
	u64 valid, dirty;	/* kvm_valid_regs, kvm_dirty_regs: extra bits */
};

enum { SET_RAX = 1, SET_RCX = 2, SET_RDX = 4, SET_RIP = 8 };

struct step_regs {
	u8 set;		/* which of these */
	u64 rax, rcx, rdx;
	s8 rip;		/* relative to the held instruction */
	bool dirty;	/* by kvm_dirty_regs at the next KVM_RUN */
};

struct step_inject {
	u8 vector;
	bool has_code;
	u32 code;
};

enum guest_debug { DEBUG_OFF, DEBUG_SINGLESTEP, DEBUG_HW_BP };

struct step_code {
	u8 len;
	u8 bytes[MAX_CODE];
	u64 rax, rbx, rcx, rdx;
};

/* How often a `native` step repeats its access. */
enum { NATIVE_LOOPS = 32 };

struct step_native {
	bool write;
	u32 index;
	u64 value;
};

enum each_op { EACH_RDMSR, EACH_WRMSR, EACH_GET };
/* The MSRs of an `each` step; each_msrs() says which they are. */
enum each_set {
	EACH_KNOWN,
	EACH_X2APIC,
	EACH_ENDING,
	EACH_DEADLINE,
	NR_EACH_SETS,
};

/* What it writes: a number, or what was last read of the MSR in that VM. */
struct step_each {
	enum each_op op;
	enum each_set set;
	bool same;
	u64 value;
};

enum irqchip_kind { IRQCHIP_FULL, IRQCHIP_SPLIT };
/* None is as little as KVM lets into long mode: nothing, or LM and NX. */
enum cpuid_kind { CPUID_DEFAULT, CPUID_NONE };
enum cpuid_vendor { CPUID_VENDOR_HOST, CPUID_VENDOR_INTEL, CPUID_VENDOR_AMD };

/* Entries of a KVM_GET_MSRS or KVM_SET_MSRS, one after the other. */
struct step_msrs {
	bool set;
	enum fd_kind fd;
	struct place at;
	bool has_nmsrs;
	u32 nmsrs;	/* instead of the entries there are */
	u8 pad;		/* content of pad and reserved */
	u16 repeat;	/* the entries so many times; 0: once */
	u8 n;
	u32 index[6];
	u64 value[6];
};

/* What nmsrs of the call is. */
static inline u32 step_msrs_count(const struct step_msrs *k)
{
	return k->has_nmsrs ? k->nmsrs : k->n * (k->repeat ? k->repeat : 1);
}

struct step_index_list {
	bool features;
	enum { LIST_EXACT, LIST_ZERO, LIST_LESS, LIST_MORE } size;
	struct place at;
};

struct step_one_reg {
	bool set;
	u64 id, value;
	struct place at;	/* of the value */
};

/* CPUID features, suites/features.def; sets of them are bit masks. */
enum feature {
#define FEATURE(name, ...) FEATURE_##name,
#include "../suites/features.def"
#undef FEATURE
	NR_FEATURES
};

struct step_cpuid {
	enum cpuid_kind kind;
	enum cpuid_vendor vendor;
	u64 with, without;	/* features set and cleared in it */
};

/*
 * What L1 does about MSRs when it runs L2; suites/nested.c has examples.  The
 * lists are VMX's, in the order of the items.
 */
enum nested_what {
	NESTED_READ,	/* intercepted */
	NESTED_WRITE,
	NESTED_STATE,	/* value in the VMCB, or in a field of the VMCS */
	NESTED_LOAD,	/* VM-entry MSR-load list */
	NESTED_STORE,	/* VM-exit MSR-store list */
	NESTED_EXIT_LOAD, /* VM-exit MSR-load list */
	NR_NESTED,
};

struct step_nested {
	bool all;	/* accesses are intercepted */
	bool no_bitmap;	/* VMX: which then all are; SVM: none is */
	bool lost_bitmap; /* its address is in no memory: SVM: no entry; VMX:
			     as without */
	bool gp;	/* #GP is intercepted */
	bool enlightened; /* SVM: as by Hyper-V, that its bitmap is as before */
	u8 n;
	struct nested_item {
		u8 what;
		u32 index;
		u64 value;
	} item[MAX_NESTED];
};

/* ---- arm64 ---- */

/* The instructions that a guest may execute, suites/arm64/insns.def. */
enum insn {
#define INSN(name, ...) INSN_##name,
#include "../suites/arm64/insns.def"
#undef INSN
	NR_INSNS
};

/* What X1, the base of its address, points to. */
enum insn_place {
	AT_NOWHERE,	/* in no memory slot */
	AT_RAM,		/* in the slot with the payload */
	AT_ROM,		/* in a read-only slot */
	AT_END,		/* the last 8 bytes of the slot with the payload */
	AT_WALK,	/* virtual: its translation table lies nowhere */
	NR_INSN_PLACES,
};

/* What userspace does at the exit, or when KVM_RUN failed. */
enum insn_act {
	ACT_SKIP,	/* PC behind the instruction; MMIO: the data */
	ACT_EMULATE,	/* also X2 and X3 */
	ACT_ABORT,	/* has an external abort injected */
	NR_ACTS,
};

struct step_insn {
	enum insn op;
	enum insn_place at;
	u32 offset;
	enum insn_act act;
	bool el0;	/* executed in user mode */
	bool hold;	/* stay there; a later `resume` goes on */
	u64 data;	/* of an MMIO read */
};

enum { REG_PC = 31, NR_SET_REGS = 4 };

struct step_reg {
	u8 reg;		/* REG_PC, or one of the first NR_SET_REGS */
	u64 value;	/* PC: relative to the held instruction */
};

struct step_events {
	bool dabt, serror, has_esr;
	u64 esr;
	u8 junk;	/* offset of a reserved byte that is not 0; or 0 */
};

struct step {
	enum step_kind kind;
	enum actor actor;
	bool async;		/* `&`: do not wait for it here */
	bool int80;		/* its ioctl comes by the 32-bit syscall entry,
				 * with pointers below 4 GiB */
	bool l2;		/* a guest step of L2 */
	u8 vm, vcpu;
	u16 line;		/* of the text form */
	struct outcome want;	/* hand-written, checks the model only */
	union {
		struct step_cap cap;
		struct step_filter filter;
		struct step_ioctl ioctl;
		struct step_access access;
		struct step_sweep sweep;
		struct step_code code;
		struct step_resume resume;
		struct step_regs regs;
		struct step_inject inject;
		enum cpu_mode mode;	/* `vcpu` */
		enum guest_debug debug;
		struct { u32 index; u64 value; } msr;
		struct step_native native;
		struct step_each each;
		enum irqchip_kind irqchip;
		struct step_cpuid cpuid;
		struct step_msrs msrs;
		struct step_index_list index_list;
		struct step_one_reg one_reg;
		struct step_nested nested;
		enum actor wait;
		struct { u32 rounds, seed; bool storm, late; } race;
		struct step_insn insn;
		struct step_reg reg;
		struct step_events events;
		u32 count;	/* `leak`; `idt`: limit; `copy`: VM;
				 * `mp_state`: the state */
	};
};

/* What a machine must have; see machine_lacks(). */
enum need {
	NEED_IRQCHIP = 1 << 0,
	NEED_ROOT = 1 << 1,
	NEED_SLABINFO = 1 << 2,
	NEED_ALONE = 1 << 3,	/* no other case beside it: what it measures
				 * is the whole machine's */
	NEED_FORCED = 1 << 4,	/* kvm.force_emulation_prefix on, */
	NEED_UNFORCED = 1 << 5,	/* or off */
	NEED_INT80 = 1 << 6,	/* the 32-bit syscall entry */
	NEED_NO_IMM = 1 << 7,	/* no immediate forms of RDMSR, WRMSRNS */
	NEED_MODE = 1 << 8,	/* shifted by enum cpu_mode, up to bit 15: the
				 * modes its vCPUs are brought into */
	/* KVM counts a vCPU's exits where we can see it:
	 * KVM_CAP_BINARY_STATS_FD */
	NEED_STATS = 1 << 16,
	NEED_HARDWARE = 1 << 17,	/* guest code runs on VMX or SVM */
	/* the CPU runs real mode, and not KVM's emulator, which does not know
	 * the prefix of forced emulation */
	NEED_REAL_CPU = 1 << 18,
	NEED_XEN = 1 << 19,	/* KVM_CAP_XEN_HVM */
	NEED_NESTED = 1 << 20,	/* guests may have guests, */
	NEED_NESTED_VMX = 1 << 21,	/* by the one */
	NEED_NESTED_SVM = 1 << 22,	/* or the other */
	NEED_X86 = 1 << 23,	/* the ABI of one architecture */
	NEED_ARM64 = 1 << 24,
	NEED_LSE = 1 << 25,	/* atomic instructions */
	NEED_CACHES = 1 << 26,	/* maintenance that aborts as a store does */
	/* page faults of the kernel that this process answers */
	NEED_USERFAULT = 1 << 27,
};

struct program {
	char name[MAX_NAME];
	enum rule rules[MAX_RULES_PER_CASE];
	u8 nrules;
	u8 nsteps;
	u32 needs;
	struct step step[MAX_STEPS];
};

/* KVM waits in its call: a bitmap, or the array of `msrs`, is PLACE_LATE. */
bool step_is_late(const struct step *s);
/* Actors, as bits, who are in such a call when @step is reached. */
u32 program_late(const struct program *p, int step);
/* One of them is in a KVM_GET_MSRS of @vm: a reader of its filter, for KVM. */
bool program_reads(const struct program *p, int step, unsigned vm);
/* It sets a filter then, so its call waits for the reader. */
bool program_blocks(const struct program *p, int step);

/* Bytes the kernel must be able to read for a bitmap of @nmsrs: FLT-24. */
static inline u64 bitmap_bytes(u64 nmsrs)
{
	return (nmsrs + 63) / 64 * 8;
}

bool bitmap_bit(const struct bitmap *b, u32 pos);
/* The whole buffer of @bytes as the kernel reads it. */
void bitmap_fill(const struct bitmap *b, u8 *buf, size_t bytes);

/* What it says it needs, and what its steps do: an architecture, modes. */
u32 program_needs(const struct program *p);

/* The mode that the vCPU of step @step is in when it gets there. */
enum cpu_mode program_mode(const struct program *p, int step);

/* The `nested` step that its vCPU goes by when it gets there; -1: none. */
int program_nested(const struct program *p, int step);

/*
 * Why step @step cannot be done in the mode its vCPU is then in; NULL if it
 * can.
 */
const char *program_unfit(const struct program *p, int step);

/* Modes whose general registers are eight of 32 bits; those without paging
 * and descriptors. */
static inline bool mode_is_32bit(enum cpu_mode m)
{
	return m > MODE_COMPAT;
}

static inline bool mode_is_real(enum cpu_mode m)
{
	return m >= MODE_REAL;
}

/* True for steps that one KVM_RUN can serve together: guest instructions. */
bool step_is_guest(const struct step *s);

/* Those, and whatever else has the vCPU run. */
bool step_runs(const struct step *s);

bool step_is_arm64(const struct step *s);

/* An access that stays at its exit. */
bool step_holds(const struct step *s);

#endif
