// SPDX-License-Identifier: GPL-2.0-only
/* compare(): a prediction and an observation become a verdict. */
#include <string.h>

#include "compare.h"

bool compare(const struct program *p, const struct prediction *pred,
	     const struct outcome *seen, struct mismatch *why)
{
	u32 live = 1, next;
	int e = 0;

	memset(why, 0, sizeof(*why));
	for (int i = 0; i < p->nsteps; i++) {
		const struct edge *closest = NULL;
		enum field best = 0;

		next = 0;
		for (; e < pred->nedges && pred->edge[e].step == i; e++) {
			const struct edge *edge = &pred->edge[e];
			enum field f;

			if (!(live >> edge->from & 1))
				continue;
			f = outcome_differs(&edge->want, &seen[i]);
			if (f == NR_FIELDS)
				next |= 1u << edge->to;
			if (!closest || f > best) {
				closest = edge;
				best = f;
			}
		}
		if (!next) {
			why->step = i;
			why->want = closest;
			why->field = best;
			why->rule = closest ?
				    model_field_rule(p, closest, best) :
				    RULE_NONE;
			return false;
		}
		live = next;
	}
	why->step = -1;
	return true;
}
