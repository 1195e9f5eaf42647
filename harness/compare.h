/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEFLECT_COMPARE_H
#define DEFLECT_COMPARE_H

#include "model.h"

struct mismatch {
	int step;		/* -1: everything fits */
	enum rule rule;		/* that decided the step */
	enum field field;	/* first one that differs */
	const struct edge *want;	/* the closest allowed outcome */
};

/*
 * Keep the states whose outcome the observation fits, step by step.  Returns
 * true if one is left at the end; else @why says where none was.
 */
bool compare(const struct program *p, const struct prediction *pred,
	     const struct outcome *seen, struct mismatch *why);

#endif
