/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control of a program: the same steps in a VM without filter, with mask 3
 * (at mask 0 both reasons would be the same #GP), without the accesses that
 * every state of the model denies.  What it shows is KVM's own verdict on the
 * rest.  Many programs share one control; the runner makes each once.
 */
#ifndef DEFLECT_CONTROL_H
#define DEFLECT_CONTROL_H

#include "model.h"

/*
 * Make the control of @p from its prediction without one.  @map[i] is the step
 * of @out that shows what step i of @p asks, -1 for none.  Returns false if
 * nothing needs to be asked.
 */
bool control_program(const struct machine *m, const struct program *p,
		     const struct prediction *pred, struct program *out,
		     s8 map[MAX_STEPS]);

/* The control as predict() wants it, from what running @out showed. */
void control_fill(struct control *ctl, const s8 map[MAX_STEPS], int nsteps,
		  const struct outcome *seen);

#endif
