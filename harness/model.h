/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference model of the ABI: pure, no I/O, never sees an observation.
 *
 * The model is a set of states.  A step maps each state to the outcomes it
 * allows, each with the state it leads to: an edge.  compare() keeps the
 * states whose edge fits the observation; none left is a failure.  So freedom
 * in the ABI needs no special case, and outcomes of different steps stay
 * correlated.
 */
#ifndef DEFLECT_MODEL_H
#define DEFLECT_MODEL_H

#include "machine.h"

enum { MAX_EDGES = 192 };

struct edge {
	u8 step;
	u8 from, to;		/* states before and after, per step */
	enum rule rule;		/* that decided */
	struct outcome want;
};

struct prediction {
	int nedges;
	bool overflow;		/* more than MAX_EDGES: an error of ours */
	bool asks[MAX_STEPS];	/* some state lets KVM serve the access */
	struct rule_set rules;	/* looked at on the way */
	struct edge edge[MAX_EDGES];
};

/*
 * KVM's own verdict on the accesses of a program that no filter denies: what
 * the same accesses did in a VM without filter and with mask 3.  The model's
 * one measured input; see control.h.
 */
struct control {
	bool have[MAX_STEPS];
	struct outcome seen[MAX_STEPS];
};

/*
 * Predict @p on @m.  @ctl may be NULL: then what depends on KVM's own verdict
 * is left open, and prediction.asks says which steps those are.  With @flip a
 * rule is taken for its opposite, to see whether any case would notice.
 */
void predict(const struct machine *m, const struct program *p,
	     const struct control *ctl, enum rule flip,
	     struct prediction *out);

/*
 * The rule that speaks about field @f of a step whose allowed outcome is @e;
 * the rule that decided the step if no other does.
 */
enum rule model_field_rule(const struct program *p, const struct edge *e,
			   enum field f);

#endif
