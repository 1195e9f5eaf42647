/* SPDX-License-Identifier: GPL-2.0-only */
/* What a case saw, whatever was expected: the text that records are made of. */
#ifndef DEFLECT_SEEN_H
#define DEFLECT_SEEN_H

#include "program.h"

/*
 * What the steps of @p did, a line for all that did the same:
 * "1-2,5: returns 0". Allocated; "" if there is no outcome in @out.
 */
char *seen_text(const struct program *p, const struct outcome *out);

#endif
