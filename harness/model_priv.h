/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the model: its state and the vocabulary in which the rules are
 * written.  rule(md, R) is true unless R is flipped; what follows it when
 * false is the plausible mistake that the rule excludes.
 */
#ifndef DEFLECT_MODEL_PRIV_H
#define DEFLECT_MODEL_PRIV_H

#include "each.h"
#include "model.h"

#define R(name) RULE_##name

struct vm_state {
	s8 filter;	/* step whose filter is in force, -1: none, */
	s8 since;	/* and the one that it came into force with */
	s8 below;	/* the one before; a merging kernel would keep it */
	u8 mask;	/* KVM_CAP_X86_USER_SPACE_MSR */
	u32 xen;	/* MSR of the Xen page; 0: none */
	u8 mask_at_filter, mask_ever;	/* what sloppy kernels would use */
};

/* How far an access that was begun has come. */
enum phase {
	PHASE_NONE,	/* the vCPU is free */
	PHASE_EXIT,	/* at its exit, the completion pending */
	PHASE_DONE,	/* completed, the next instruction not yet executed */
	PHASE_FAULT,	/* #GP pending, not yet delivered */
	PHASE_RESTART,	/* RIP at the instruction, nothing pending */
};

struct vcpu_state {
	u8 phase;
	s8 step;	/* the access, if there is one */
	u8 reason;	/* of its exit */
	s8 rip;		/* relative to the instruction */
	u8 error;	/* kvm_run.msr as userspace left it */
	u8 junk;
	u8 inject;	/* vector of an exception userspace injected, or 0 */
	bool inject_has_code;
	u8 debug;	/* enum guest_debug */
	bool nmi, no_idt, uninitialized, dirty, poked;
	bool lost;		/* KVM_RUN failed: it executes nothing more, */
	bool at_insn;		/* and stands at `step`, nothing queued */
	bool injected;		/* its #GP was on the way into the guest once,
				 * or came through KVM_SET_VCPU_EVENTS */
	bool rf_unknown;	/* KVM may have set RF already, or never will */
	u32 inject_code;
	u64 data;	/* kvm_run.msr.data */
	u64 rax, rcx, rdx;	/* as KVM_GET_REGS would show them */
};

/* Of a vCPU with a nested guest; config 0: it has none. */
struct nested_vcpu {
	u8 config;	/* its last `nested` step, plus 1 */
	u8 entered;	/* the one that L2 was entered with, plus 1; 0: in L1 */
	u8 entry;	/* the step that entered it */
	bool fresh;	/* the next step of L2 enters it anew */
	bool dead;
	u16 loaded;	/* items of the config that a VM-entry or exit loaded,
			 * of each MSR the last */
};

/* Where an arm64 vCPU is that has not finished its instruction. */
enum arm64_phase {
	A64_FREE,
	A64_NISV,	/* at that exit */
	A64_FAILED,	/* KVM_RUN failed with ENOSYS */
	A64_MMIO,	/* at that exit, which KVM is to complete */
	A64_COMPLETED,	/* it did; the next instruction is to be executed */
	A64_LOST,
};

struct arm64_vcpu {
	u8 phase;	/* enum arm64_phase */
	s8 step;	/* the instruction, if there is one */
	bool dabt;	/* an external abort was injected */
	bool mmu;
	u64 x[NR_SET_REGS], pc;	/* PC relative to the instruction */
	u64 far;	/* address of its abort */
};

struct arm64_vm {
	bool enabled;	/* KVM_CAP_ARM_NISV_TO_USER */
	struct arm64_vcpu vcpu[MAX_VCPUS];
};

struct state {
	struct arm64_vm arm64[MAX_VMS];
	struct vm_state vm[MAX_VMS];
	struct nested_vcpu nested[MAX_VMS][MAX_VCPUS];
	struct vcpu_state vcpu[MAX_VMS][MAX_VCPUS];
};

enum { MAX_STATES = 16 };

struct model {
	const struct machine *m;
	const struct program *p;
	const struct control *ctl;
	struct rule_set flipped;	/* the one, and what it restates */
	struct prediction *out;
	int step;
	bool arm64;		/* the program is for it */
	u8 from;		/* state that the step is applied to */
	enum rule decided;	/* by which model_allowed() last decided */
	int nnow, nnext;
	struct state now[MAX_STATES], next[MAX_STATES];
};

static inline bool rule(struct model *md, enum rule r)
{
	rule_set_add(&md->out->rules, r);
	return !rule_set_has(&md->flipped, r);
}

/* One allowed outcome of the current step, and the state after it. */
void model_edge(struct model *md, const struct state *after, enum rule decided,
		const struct outcome *want);

/* Outcome of an ioctl: @err an errno, or 0 and the return value. */
struct outcome model_ret(int err, long ret);

/* What the program's text says about a vCPU before the current step. */
bool model_vcpu_exists(const struct model *md, unsigned vm, unsigned vcpu);
bool model_vcpu_existed(const struct model *md, int step, unsigned vm,
			unsigned vcpu);
bool model_any_vcpu(const struct model *md, unsigned vm);
bool model_vcpu_runs(const struct model *md, unsigned vm);
/* The same two before step @step. */
bool model_vcpu_ran(const struct model *md, int step, unsigned vm);

/* The step cannot be read by the kernel: bytes missing at its place. */
bool model_unreadable(const struct place *at, u64 size);

/* The VM as if it had just been made. */
void model_fresh_vm(struct model *md, struct state *st, unsigned vm);

/* ---- the arm64 rules: arm64/model_arm64.c ---- */

void model_arm64(struct model *md, const struct state *st);
enum rule model_arm64_field(const struct program *p, const struct edge *e,
			    enum field f);

/* ---- the x86 rules ---- */

void model_cap(struct model *md, const struct state *st);
void model_check_cap(struct model *md, const struct state *st);
/* Would the ioctl of step @step succeed in @st? */
bool model_filter_accepted(struct model *md, const struct state *st, int step);
bool model_cap_accepted(struct model *md, int step);
void model_race_end(struct model *md, const struct state *st);
void model_filter(struct model *md, const struct state *st);
/* `wait`, for a filter that KVM waited for in its turn. */
void model_filter_late(struct model *md, const struct state *st);
void model_guest(struct model *md, const struct state *st);
void model_sweep(struct model *md, const struct state *st);
void model_resume(struct model *md, const struct state *st);
void model_vcpu_state(struct model *md, const struct state *st);
void model_host(struct model *md, const struct state *st);
void model_msrs(struct model *md, const struct step *s, struct outcome *o,
		enum rule *why);
void model_index_list(struct model *md, const struct step *s,
		      struct outcome *o, enum rule *why);
void model_one_reg(struct model *md, const struct step *s, struct outcome *o,
		   enum rule *why);
void model_reg_list(struct model *md, const struct step *s, struct outcome *o,
		    enum rule *why);
/* What rules say of one KVM_GET_MSRS or KVM_SET_MSRS, over the control. */
void model_one_msr(struct model *md, const struct step *s, struct outcome *o);
void model_each(struct model *md, const struct state *st);

/* ---- pieces of outcomes, shared by the files of the model ---- */

/* #GP(0) at the instruction of access step @step, @rip bytes from it. */
void want_gp(struct model *md, struct outcome *o, int step, int rip);
/* The access was completed; the next instruction is reached. */
void want_done(struct model *md, struct outcome *o, int step);
void want_value(struct outcome *o, u64 value);
void want_unchanged(struct model *md, struct outcome *o, int step);
/* RAX, RDX and RCX as @v has them, as far as the guest's mode shows. */
void want_registers(struct model *md, const struct vcpu_state *v,
		    struct outcome *o);
/* RIP @rip bytes from an access that may wrap. */
void want_rip(struct model *md, struct outcome *o, int step, int rip);
/* The step was not executed: its vCPU is not free. */
void want_skipped(struct outcome *o);
/* RFLAGS when the instruction begins. */
u64 entry_rflags(const struct program *p, int step);

/*
 * The access of step @step, executed in @st by the vCPU of the current step;
 * with @again the answer is that of a `resume`.
 */
void model_access(struct model *md, const struct state *st, int step,
		  const struct reply *again);
/* Userspace's answer, as it then stands in kvm_run.msr. */
void model_reply(struct vcpu_state *v, const struct reply *r);
/* Complete from v->data and v->error: phase and registers of @v. */
void model_complete(struct model *md, struct vcpu_state *v, u8 mask);
/* The rest of an access whose phase is DONE or FAULT. */
void model_finish(struct model *md, struct vcpu_state *v, struct outcome *o);

/* What reads of an MSR give, if a step before says that; see msrs.def. */
bool model_last_written(const struct model *md, const struct step *s,
			u32 index, u64 *value);

/* What the control VM showed for step @step; NULL if it is not there. */
const struct outcome *model_seen(const struct model *md, int step);

/* The access fails for the filter; what comes of it, were it one of many. */
bool model_denies(struct model *md, const struct state *st,
		  const struct step *s);
enum each_count model_denied_class(struct model *md, const struct state *st,
				   const struct step *s);

/* ---- pass-through: model_pass.c ---- */

void model_native(struct model *md, const struct state *st);
/* KVM passes the MSR through on some machine. */
bool model_passes(u32 index);
bool model_residency_opened(const struct model *md, const struct step *s,
			    u32 index, bool write);
/* A kernel that breaks a rule would serve the denied access natively. */
bool model_slips_by(struct model *md, const struct state *st,
		    const struct step *s, u32 index, bool write);
/* The rule of an instruction that uses an MSR which the filter denies. */
enum rule model_user_rule(struct model *md, const struct state *st,
			  const struct step *s);
/* The filter before the one in force denied it. */
bool model_denied_before(struct model *md, const struct state *st,
			 const struct step *s, u32 index, bool write);

/* ---- nested guests: model_nested.c ---- */

void model_nested(struct model *md, const struct state *st);
/*
 * Bring the vCPU to the level of the current step; false if it does not get
 * there, and then an edge says what happened.
 */
bool model_nested_level(struct model *md, struct state *st);
/* L1 takes the access; what comes of that. */
bool model_l1_intercepts(struct model *md, const struct state *st,
			 const struct step *s);
void want_l1_msr(struct model *md, struct outcome *o, int step);
/* The outcome is that of L2, and may become one of L1. */
bool model_nested_reflects(const struct model *md, const struct state *st);
void model_nested_reflect(struct model *md, struct state *st,
			  struct outcome *o);
/* A kernel that breaks a rule would let a denied access of L2 pass, or deny
 * one that the filter allows again. */
bool model_l2_slips_by(struct model *md, const struct state *st,
		       const struct step *s, u32 index);
bool model_l2_still_denied(struct model *md, const struct state *st,
			   const struct step *s);
/* What the MSR lists and KVM_SET_MSRS made of an MSR that a list names. */
bool model_list_value(const struct model *md, const struct state *st,
		      const struct step *s, u32 index, u64 *value);
/* The rule by which L2's state has the MSR, which then is *@value; RULE_NONE:
 * it has it not. */
enum rule model_nested_field(const struct model *md, const struct state *st,
			     const struct step *s, u32 index, u64 *value);

/* What the filter in force says: false if it denies. */
bool model_allowed(struct model *md, const struct state *st,
		   const struct step *s, u32 index, bool write);

#endif
