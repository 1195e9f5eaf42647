/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the model: its state and the vocabulary in which the rules are
 * written.  rule(md, R) is true unless R is flipped; what follows it when
 * false is the plausible mistake that the rule excludes.
 */
#ifndef DEFLECT_MODEL_PRIV_H
#define DEFLECT_MODEL_PRIV_H

#include "model.h"

#define R(name) RULE_##name

struct vm_state {
	s8 filter;	/* step that installed it, -1: none */
	s8 below;	/* the one before; a merging kernel would keep it */
	u8 mask;	/* KVM_CAP_X86_USER_SPACE_MSR */
	u8 mask_at_filter, mask_ever;	/* what sloppy kernels would use */
};

struct state {
	struct vm_state vm[MAX_VMS];
	s8 held[MAX_VMS][MAX_VCPUS];	/* step at its exit, -1: none */
	u8 held_mask[MAX_VMS][MAX_VCPUS];	/* mask at that exit */
};

enum { MAX_STATES = 16 };

struct model {
	const struct machine *m;
	const struct program *p;
	const struct control *ctl;
	enum rule flip;
	struct prediction *out;
	int step;
	u8 from;		/* state that the step is applied to */
	enum rule decided;	/* by which model_allowed() last decided */
	struct state now[MAX_STATES], next[MAX_STATES];
	int nnow, nnext;
};

static inline bool rule(struct model *md, enum rule r)
{
	rule_set_add(&md->out->rules, r);
	return r != md->flip;
}

/* One allowed outcome of the current step, and the state after it. */
void model_edge(struct model *md, const struct state *after, enum rule decided,
		const struct outcome *want);

/* Outcome of an ioctl: @err an errno, or 0 and the return value. */
struct outcome model_ret(int err, long ret);

/* What the program's text says about a vCPU before the current step. */
bool model_vcpu_exists(const struct model *md, unsigned vm, unsigned vcpu);
bool model_any_vcpu(const struct model *md, unsigned vm);
bool model_vcpu_runs(const struct model *md, unsigned vm);

/* The step cannot be read by the kernel: bytes missing at its place. */
bool model_unreadable(const struct place *at, u64 size);

/* ---- the x86 rules ---- */

void model_cap(struct model *md, const struct state *st);
void model_check_cap(struct model *md, const struct state *st);
void model_filter(struct model *md, const struct state *st);
void model_guest(struct model *md, const struct state *st);
void model_resume(struct model *md, const struct state *st);
void model_host(struct model *md, const struct state *st);

/* What the filter in force says: false if it denies. */
bool model_allowed(struct model *md, const struct state *st,
		   const struct step *s, u32 index, bool write);

#endif
